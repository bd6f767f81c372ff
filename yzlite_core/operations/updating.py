"""`update_model_parameters`: change what a `.tflite` says of itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from yzlite_core.compat.vendor import refuse_compiling
from yzlite_core.model import YZLiteModel
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.updating import update_parameters


def update_model_parameters(
    model: str | os.PathLike[str] | YZLiteModel,
    params: Mapping[str, Any] | None = None,
    description: str | None = None,
    output: str | os.PathLike[str] | None = None,
    accelerator: str | None = None,
) -> TfliteModel:
    """Change parameters and description of a trained model; weights and layers stay as they are.

    Args:
        model: A model, a `.tflite`'s path, a script's path, an archive's path, or a name.
        params: Parameters to set; with neither these nor a description, both are taken from the script.
        description: The new description.
        output: Write the result there (a `.tflite`, or a folder for it) and leave everything else alone.
        accelerator: Of the original's compilers; refused.

    Returns:
        The changed model.

    Raises:
        YZLiteError: If there is no such model, it has not been trained, or a value does not fit.
    """
    if accelerator is not None:
        refuse_compiling(accelerator)
    name = (
        str(model._source_archive or model.model_specification_path)
        if isinstance(model, YZLiteModel)
        else model
    )
    updated = update_parameters(
        os.fspath(name), params, description=description, output=None if output is None else os.fspath(output)
    )
    path = next((file for file in updated.files if file.suffix == ".tflite"), None)
    return TfliteModel(updated.tflite, path=path)
