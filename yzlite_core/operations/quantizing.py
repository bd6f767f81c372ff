"""`quantize_model`: convert a trained model to `.tflite`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from yzlite_core.artefacts import keras_model as trained_network
from yzlite_core.artefacts import with_weights
from yzlite_core.files import write_atomic
from yzlite_core.model import YZLiteModel
from yzlite_core.operations.loading import load_yzlite_model
from yzlite_core.operations.session import session
from yzlite_core.run import Run, execute
from yzlite_core.tflite.model import TfliteModel

RETURN_MODEL = "tflite_model"


def quantize_model(
    model: str | os.PathLike[str] | YZLiteModel,
    keras_model: Any = None,
    output: str | os.PathLike[str] | None = None,
    weights: str | None = None,
    build: bool = False,
    update_archive: bool | None = None,
    tflite_converter_override: Mapping[str, Any] | None = None,
    post_process: bool = False,
    *,
    test: bool = False,
) -> str | TfliteModel:
    """Convert a trained model to `.tflite`.

    Args:
        model: A model with TrainMixin, a script's path, an archive's path, or a name.
        keras_model: The network to convert, instead of the trained one.
        output: Where to: a `.tflite`, a folder, or `tflite_model` to have it returned; None for the log
            directory.
        weights: Other weights of the network: `best`, a file's name in the folder of the weights, or a path.
        build: Build the network anew and train it in test mode, to see how it converts.
        update_archive: Put the result into the archive; None does so if neither `output`, `build` nor
            `tflite_converter_override` is given.
        tflite_converter_override: Options of `tflite_converter` for this conversion alone.
        post_process: Told to the handlers of model events.
        test: Take what a training in test mode has left.

    Returns:
        The path of the `.tflite`, or the model itself.

    Raises:
        ArtefactNotFoundError: If the model has not been trained.
        ConversionError: If the network cannot be converted.
    """
    if update_archive is None:
        update_archive = not (output or build or tflite_converter_override)
    settings = {f"tflite_converter.{key}": value for key, value in (tflite_converter_override or {}).items()}
    with session(load_yzlite_model(model), test=test or build, settings=settings) as run:
        run.post_process = post_process
        choose_network(run, keras_model, weights)
        stages = [*(["load", "fit"] if build else []), "convert", *(["archive"] if update_archive else [])]
        if output is None:
            execute(run, stages)
            return str(run.paths.tflite)
        with elsewhere(run, build) as result:
            execute(run, stages)
            if output == RETURN_MODEL:
                return TfliteModel.load_flatbuffer_file(result)
            return str(deliver(result, Path(output)))


def choose_network(run: Run, keras_model: Any, weights: str | None) -> None:
    """Let a run convert another network than the trained one, or other weights."""
    if keras_model is not None:
        run.keras_model = keras_model
    elif weights is not None:
        run.keras_model = with_weights(run, weights)


@contextmanager
def elsewhere(run: Run, build: bool) -> Iterator[Path]:
    """Let a run write into a folder of its own that is gone afterwards; yield the path of its `.tflite`."""
    if not build and run.keras_model is None:
        run.keras_model = trained_network(run)
    with tempfile.TemporaryDirectory(prefix="yzlite-") as folder:
        run.paths = replace(run.paths, root=Path(folder))
        yield run.paths.tflite


def deliver(tflite: Path, output: Path) -> Path:
    """Write a `.tflite` where the user wants it, a file or a folder, and return its path."""
    target = output.expanduser()
    if target.suffix != ".tflite":
        target = target / tflite.name
    return write_atomic(target, tflite.read_bytes())
