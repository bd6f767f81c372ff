"""What `my_model.dataset` stands for."""

from __future__ import annotations

import inspect
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yzlite_core.data.listing import ListValidFilenames
from yzlite_core.errors import DatasetError

if TYPE_CHECKING:
    from yzlite_core.data.datagen.mixin import DataGeneratorDatasetMixin


@dataclass(frozen=True)
class NamedData:
    """What a model's `dataset` is, or what its function or `load_data` returned.

    Attributes:
        training: What was given for training, or for all subsets together.
        evaluation: What was given for evaluation, if subsets were asked for apart; else None.
        list_valid_filenames: Lists the files of one class, or None.
        label: What a sentence calls it.
    """

    training: Any
    evaluation: Any = None
    list_valid_filenames: ListValidFilenames | None = None
    label: str = "dataset"


@dataclass(frozen=True)
class FolderData:
    """Class folders.

    Attributes:
        training: The folder of the training data, of which a share is for validation.
        evaluation: The folder of the evaluation data, or None if there is none of its own.
        list_valid_filenames: Lists the files of one class, or None.
    """

    training: Path
    evaluation: Path | None = None
    list_valid_filenames: ListValidFilenames | None = None


def named_data(model: DataGeneratorDatasetMixin) -> NamedData:
    """Return what a model's `dataset` names; a function or `load_data` is called, for each subset it knows.

    Raises:
        DatasetError: If it is not set.
    """
    dataset = model.dataset
    label = f"{type(model).__name__}.dataset"
    if dataset is None:
        raise DatasetError(f"{label} is not set", hint="my_model.dataset = 'folder of class folders'")
    load = getattr(dataset, "load_data", dataset)
    if not callable(load):
        return NamedData(dataset, label=label)
    label = f"{label} ({getattr(load, '__name__', type(load).__name__)})"
    lister = getattr(dataset, "list_valid_filenames_in_directory", None)
    if "subset" not in inspect.signature(load).parameters:
        return NamedData(load(), None, lister, label)
    return NamedData(load(subset="training"), load(subset="evaluation"), lister, label)


def folder_data(model: DataGeneratorDatasetMixin, named: NamedData) -> FolderData:
    """Return the folders that a model's `dataset` names; one for both subsets is no evaluation data.

    Raises:
        DatasetError: If something else than a folder's path was given.
    """
    training = _folder(model, named.training, named)
    evaluation = None if named.evaluation is None else _folder(model, named.evaluation, named)
    return FolderData(training, None if evaluation == training else evaluation, named.list_valid_filenames)


def folder_of(model: DataGeneratorDatasetMixin, folder: str | os.PathLike[str]) -> Path:
    """Return a folder's path: relative to the model's script if it is there, else to where we are."""
    path = Path(folder).expanduser()
    home = getattr(model, "home", None)
    beside = None if home is None else home / path
    return (beside if beside is not None and beside.is_dir() else path).absolute()


def _folder(model: DataGeneratorDatasetMixin, value: Any, named: NamedData) -> Path:
    if not isinstance(value, (str, os.PathLike)):
        raise DatasetError(
            f"{named.label} gives a {type(value).__name__}, which is no folder", hint="give a folder's path"
        )
    return folder_of(model, value)
