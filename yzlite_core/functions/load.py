"""Models as objects: specifications, `.tflite` files and Keras models."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from yzlite_core.contract.plugins import Plugins, load_plugins
from yzlite_core.errors import UsageError
from yzlite_core.functions.perform import perform
from yzlite_core.model.model import YZLiteModel
from yzlite_core.model.specification import load_model, locate
from yzlite_core.run.bundle import Bundle, bundle_at, find_bundle, read_tflite
from yzlite_core.run.prepare import prepare
from yzlite_core.run.request import DEFAULT_SEED, Request
from yzlite_core.run.run import Run
from yzlite_core.run.stages.build import build as build_network
from yzlite_core.run.stages.stored import stored_network, with_weights
from yzlite_core.support.determinism import prepare_environment, seeded
from yzlite_core.support.source_location import SCRIPT_MODULE
from yzlite_core.tflite.model import TfliteModel

AnyModel = str | os.PathLike[str] | YZLiteModel


def specification(
    model: AnyModel, *, test: bool = False, reload: bool = True, trust: bool = False
) -> YZLiteModel:
    """Load a model specification.

    Args:
        model: The path of a script, an archive or a log directory, a name (`my_model`, `folder.my_model`; the
            suffix `-test` is test mode), or a model, which is returned as it is.
        test: Enable test mode.
        reload: Execute the script even if this process has executed it before.
        trust: Run code that this user has not written.

    Raises:
        ModelNotFoundError: If there is no such model; with close matches.
        UntrustedError: If an archive's code is not this user's, and `trust` is not given.
        ScriptError: If the script fails, or does not hold exactly one model.
    """
    named = as_model(model)
    if isinstance(named, YZLiteModel):
        loaded = named
    else:
        plugins = load_plugins()
        path, named_test = locate(named, plugins)
        test = test or named_test
        loaded = (None if reload else _executed_before(path)) or _executed(path, plugins, trust)
    if test:
        loaded.enable_test_mode()
    return loaded


def as_model(model: AnyModel) -> str | YZLiteModel:
    """Return a model as a request takes it.

    Raises:
        UsageError: If it is none.
    """
    if isinstance(model, YZLiteModel):
        return model
    if not isinstance(model, (str, os.PathLike)):
        raise UsageError(
            f"A model is asked for, and this is of type {type(model).__name__}",
            hint="give a YZLiteModel, the path of a script or an archive, or a name",
        )
    return os.fspath(model)


def _executed(path: Path, plugins: Plugins, trust: bool) -> YZLiteModel:
    prepare_environment()
    with seeded(DEFAULT_SEED):
        return load_model(path, plugins, trust=trust)


def _executed_before(path: Path) -> YZLiteModel | None:
    module = sys.modules.get(SCRIPT_MODULE + path.stem)
    if module is None or getattr(module, "__file__", None) != str(path):
        return None
    return next((value for value in vars(module).values() if isinstance(value, YZLiteModel)), None)


@contextmanager
def bundle_of(model: AnyModel, *, test: bool = False, plugins: Plugins | None = None) -> Iterator[Bundle]:
    """Yield what the last training of a model has left; no script is executed.

    Args:
        model: The path of a script, an archive or a log directory, a name, or a model.
        test: Whether the last training in test mode is meant.
        plugins: Whose folders are searched for a name; None for the installed ones.

    Raises:
        ArtefactNotFoundError: If the model has not been trained.
        ModelNotFoundError: If there is no such model.
    """
    if not isinstance(model, YZLiteModel):
        with find_bundle(os.fspath(model), plugins or load_plugins(), test=test) as bundle:
            yield bundle
        return
    with model.restored():
        if test:
            model.enable_test_mode()
        place, log_dir = model.source or Path(model.model_specification_path), Path(model.log_dir)
    with bundle_at(place, test=test or model.test_mode_enabled, log_dir=log_dir) as bundle:
        yield bundle


def trained_tflite(
    model: AnyModel, *, test: bool = False, suffix: str = ".tflite", without: Sequence[str] = ()
) -> TfliteModel:
    """Load the `.tflite` of a trained model, or the one at a path.

    Args:
        model: A .tflite's path, or what `bundle_of` takes.
        test: Whether the last training in test mode is meant.
        suffix: End of the file's name: `.float32.tflite` for the one with float weights.
        without: Names of plugins that are not loaded.

    Raises:
        ArtefactNotFoundError: If the model has not been trained.
        TfliteError: If it is no intact .tflite.
    """
    if not isinstance(model, YZLiteModel) and os.fspath(model).endswith(".tflite"):
        path = Path(model).expanduser()
        return TfliteModel(read_tflite(path), path=path)
    with bundle_of(model, test=test, plugins=load_plugins(disabled=without)) as bundle:
        path = bundle.file(suffix)
        return TfliteModel(read_tflite(path), path=path)


def built_tflite(model: AnyModel, log: logging.Logger | None = None) -> bytes:
    """Train a network in test mode and convert it, in a folder of its own; nothing else is touched."""
    request = Request(as_model(model), stages=("load", "fit", "convert"), test=True, writes=False)
    return perform(request, log).checked().tflite


@contextmanager
def network_of(
    model: YZLiteModel,
    log: logging.Logger | None = None,
    *,
    network: Any = None,
    build: bool = False,
    weights: str | None = None,
    test: bool = False,
) -> Iterator[tuple[Run, Any]]:
    """Yield a run of a model, and the network that was trained, or that its script builds.

    Args:
        model: The model.
        log: Where the run's lines go; None drops them.
        network: A network to take in the place of the trained one.
        build: Whether the network is built anew.
        weights: Other weights: `best`, a file's name in the folder of the weights, or a path.
        test: Take what a run in test mode has left.

    Raises:
        ArtefactNotFoundError: If the model has not been trained, or has no such weights.
    """
    prepare_environment()
    stages = ("load",) if build else ("evaluate",)
    other = None if build else weights
    request = Request(model, stages=stages, test=test, keras_model=network, weights=other)
    with prepare(request, log=log) as (run, bundle):
        if not build:
            yield run, stored_network(run, bundle).keras_model
        else:
            built = build_network(run)
            yield run, built if weights is None else with_weights(run, built, weights, None)
