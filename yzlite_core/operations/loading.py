"""Models as objects: specifications, `.tflite` files and Keras models."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, Literal, overload

from yzlite_core.artefacts import artefact, keras_model, with_weights
from yzlite_core.errors import UsageError, did_you_mean
from yzlite_core.lines import SCRIPT_MODULE
from yzlite_core.model import YZLiteModel
from yzlite_core.operations.session import session
from yzlite_core.plugins import Plugins, load_plugins
from yzlite_core.run import DEFAULT_SEED, execute
from yzlite_core.spec import load_model, locate
from yzlite_core.stages.build import build as build_network
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.trained import find_trained
from yzlite_core.training.determinism import prepare_environment, seeded

_AnyModel = str | os.PathLike[str] | YZLiteModel | TfliteModel


def load_yzlite_model(
    model: str | os.PathLike[str] | YZLiteModel,
    test: bool = False,
    print_not_found_err: bool = False,
    logger: logging.Logger | None = None,
    reload: bool = True,
    *,
    trust: bool = False,
) -> YZLiteModel:
    """Load a model specification.

    Args:
        model: A script's path, an archive's path, a name (`my_model`, `folder.my_model`; the suffix `-test`
            is test mode), or a model, which is returned as it is.
        test: Enable test mode.
        print_not_found_err: Accepted for older scripts; what was not found is always said.
        logger: Accepted for older scripts.
        reload: Execute the script even if this process has executed it before.
        trust: Run an archive's code even if this user has not written it.

    Raises:
        ModelNotFoundError: If there is no such model; with close matches.
        UntrustedError: If an archive's code is not this user's, and `trust` is not given.
        ScriptError: If the script fails, or does not hold exactly one model.
    """
    if isinstance(model, YZLiteModel):
        loaded = model
    elif not isinstance(model, (str, os.PathLike)):
        raise UsageError(
            f"A model is asked for, and this is of type {type(model).__name__}",
            hint="give a YZLiteModel, the path of a script or an archive, or a name",
        )
    else:
        plugins = load_plugins()
        path, named_test = locate(os.fspath(model), plugins)
        test = test or named_test
        loaded = (None if reload else _executed_before(path)) or _executed(path, plugins, trust)
    if test:
        loaded.enable_test_mode()
    return loaded


def load_yzlite_model_with_path(
    model_path: str | os.PathLike[str], logger: logging.Logger | None = None
) -> YZLiteModel:
    """Load the model specification at a path, a script or an archive; see `load_yzlite_model`."""
    return load_yzlite_model(Path(model_path).expanduser().absolute(), logger=logger)


def _executed(path: Path, plugins: Plugins, trust: bool) -> YZLiteModel:
    prepare_environment()
    with seeded(DEFAULT_SEED):
        return load_model(path, plugins, trust=trust)


def _executed_before(path: Path) -> YZLiteModel | None:
    module = sys.modules.get(SCRIPT_MODULE + path.stem)
    if module is None or getattr(module, "__file__", None) != str(path):
        return None
    return next((value for value in vars(module).values() if isinstance(value, YZLiteModel)), None)


@overload
def load_tflite_model(
    model: _AnyModel,
    build: bool = ...,
    print_not_found_err: bool = ...,
    return_tflite_path: Literal[False] = ...,
    test: bool = ...,
    archive_file_ext: str | None = ...,
) -> TfliteModel: ...
@overload
def load_tflite_model(
    model: _AnyModel,
    build: bool = ...,
    print_not_found_err: bool = ...,
    *,
    return_tflite_path: Literal[True],
    test: bool = ...,
    archive_file_ext: str | None = ...,
) -> str: ...
def load_tflite_model(
    model: _AnyModel,
    build: bool = False,
    print_not_found_err: bool = False,
    return_tflite_path: bool = False,
    test: bool = False,
    archive_file_ext: str | None = None,
) -> TfliteModel | str:
    """Load a `.tflite`.

    Args:
        model: A .tflite's path, an archive's path, a script's path, a name, or a model. Only `build` and
            `archive_file_ext` execute a script.
        build: Build the network, train it in test mode and convert it, whatever was trained before.
        print_not_found_err: Accepted for older scripts; what was not found is always said.
        return_tflite_path: Return the path of a file instead of its content.
        test: Take what a run in test mode has left.
        archive_file_ext: End of the file's name, if it is another than `.tflite`: `.float32.tflite`.

    Raises:
        ArtefactNotFoundError: If the model has not been trained.
        TfliteError: If it is no intact .tflite.
    """
    if isinstance(model, TfliteModel):
        return model
    if build:
        found = TfliteModel(built_tflite(load_yzlite_model(model)))
    elif isinstance(model, YZLiteModel) or archive_file_ext is not None:
        with session(load_yzlite_model(model), test=test) as run:
            name = f"{run.model.name}{archive_file_ext or '.tflite'}"
            found = TfliteModel.load_flatbuffer_file(artefact(run, run.paths.root / name))
    else:
        trained = find_trained(os.fspath(model), load_plugins(), test=test)
        found = TfliteModel(trained.read(), path=trained.file)
    return _path_of(found) if return_tflite_path else found


def _path_of(model: TfliteModel) -> str:
    """Return the path of the file, a temporary one if the model was taken from an archive."""
    if model.path is not None:
        return str(model.path)
    return str(model.save(Path(tempfile.mkdtemp(prefix="yzlite-"), f"{model.name}.tflite")))


def built_tflite(model: YZLiteModel) -> bytes:
    """Train a network in test mode and convert it, in a folder of its own; nothing else is touched."""
    with (
        tempfile.TemporaryDirectory(prefix="yzlite-") as folder,
        session(model, test=True, output=Path(folder)) as run,
    ):
        execute(run, ("load", "fit", "convert"))
        return run.paths.tflite.read_bytes()


def load_tflite_or_keras_model(
    model: str | os.PathLike[str] | YZLiteModel,
    model_type: str | None = None,
    weights: str | None = None,
    *,
    test: bool = False,
) -> Any:
    """Load what a training has left, or build the network.

    Args:
        model: A script's path, an archive's path, a name, a model, or the path of a `.tflite` or `.keras`.
        model_type: `tflite`; `keras` (or `h5`, as the original calls it) for the trained network; None
            builds it anew, with what the script's `on_save_keras_model` makes of it.
        weights: Other weights of the network: `best`, a file's name in the folder of the weights, or a path.
        test: Take what a run in test mode has left.

    Returns:
        A `TfliteModel` or a `keras.Model`.

    Raises:
        UsageError: If there is no such type.
        ArtefactNotFoundError: If the model has not been trained, or has no such weights.
    """
    if model_type == "tflite" or str(model).endswith(".tflite"):
        return load_tflite_model(model, test=test)
    if not isinstance(model, YZLiteModel) and str(model).endswith((".keras", ".h5")):
        prepare_environment()
        import keras

        return keras.models.load_model(os.fspath(model), compile=False)
    if model_type not in (None, "keras", "h5"):
        raise UsageError(
            f"There is no type of model '{model_type}'",
            hint=did_you_mean(model_type, ("keras", "tflite", "h5")) or "it is keras or tflite",
        )
    with session(load_yzlite_model(model, test=test)) as run:
        if model_type is not None:
            return keras_model(run) if weights is None else with_weights(run, weights)
        built = build_network(run) if weights is None else with_weights(run, weights)
        change = getattr(run.model, "on_save_keras_model", None)
        return built if change is None else change(run.model, built, run.log)
