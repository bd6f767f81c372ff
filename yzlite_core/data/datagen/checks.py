"""What in the specification of any model with a data generator cannot work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from yzlite_core.contract.values import Problem
from yzlite_core.data.datagen.naming import folder_of
from yzlite_core.errors import DatasetError, MissingSettingError

if TYPE_CHECKING:
    from yzlite_core.data.datagen.mixin import DataGeneratorDatasetMixin


def data_problems(model: DataGeneratorDatasetMixin, generator: str) -> Iterator[Problem]:
    """Yield what cannot work; no sample is read, and no function of the user is called.

    Args:
        model: The model.
        generator: The name of the class that `datagen` takes.
    """
    if not is_known(model, "classes"):
        yield Problem("my_model.classes is not set", "name the class folders, in the order of the outputs")
    elif model.class_mode == "binary" and len(model.classes) != 2:
        yield Problem(
            f"class_mode 'binary' is for 2 classes, and there are {len(model.classes)}", "use 'categorical'"
        )
    if model.datagen is None:
        yield Problem("my_model.datagen is not set", f"my_model.datagen = {generator}(...)")
    if model.dataset is None:
        yield Problem("my_model.dataset is not set", "give a folder with a folder for each class")
    elif isinstance(model.dataset, (str, os.PathLike)) and model.datagen is not None:
        yield from _folder_problems(model, generator)


def is_known(model: object, name: str) -> bool:
    """Tell whether a setting without a default has been set."""
    try:
        getattr(model, name)
    except MissingSettingError:
        return False
    return True


def _folder_problems(model: DataGeneratorDatasetMixin, generator: str) -> Iterator[Problem]:
    try:
        if is_known(model, "classes"):
            folder = folder_of(model, model.dataset)
            model.datagen.listing(folder, model.classes, follow_links=model.follow_links)
    except DatasetError as error:
        yield Problem(error.message, error.hint)
    if not model.datagen.validation_split:
        yield Problem(
            "There is no validation data: datagen.validation_split is 0, and a folder has no evaluation data",
            f"set it: {generator}(validation_split=0.1, ...)",
        )
