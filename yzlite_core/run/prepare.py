"""From a request to a run that is ready to start."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from yzlite_core.contract.plugins import Plugins, load_plugins
from yzlite_core.errors import ArtefactNotFoundError, DatasetError, UsageError, YZLiteError
from yzlite_core.keras.renewing import renew_optimizer
from yzlite_core.model.loaders import find_dataset
from yzlite_core.model.mixins import DatasetMixin, TrainMixin
from yzlite_core.model.model import YZLiteModel
from yzlite_core.model.places import holds_training
from yzlite_core.model.settings import assign
from yzlite_core.model.specification import (
    LoadedModel,
    importable,
    known_datasets,
    loaded_before,
    locate,
    open_model,
)
from yzlite_core.run.bundle import Bundle, bundle_at, in_folder
from yzlite_core.run.paths import RunPaths
from yzlite_core.run.request import DEFAULT_SEED, Request, as_given
from yzlite_core.run.run import TEST_SAMPLES, Run
from yzlite_core.run.settings_in_force import bring_into_force, lost
from yzlite_core.support.determinism import seeded
from yzlite_core.support.files import read_only, sha256
from yzlite_core.support.source_location import line_of, remember_line

_NEED_A_TRAINING = {"convert", "evaluate", "profile", "archive"}


@contextmanager
def prepare(
    request: Request, *, log: logging.Logger | None = None, plugins: Plugins | None = None
) -> Iterator[tuple[Run, Bundle | None]]:
    """Write what is asked for into a model's settings, freeze them, and yield the run.

    When the run is over, the model's settings are as they were before.

    Args:
        request: What the caller wants.
        log: Where the run's lines go; None drops them.
        plugins: Those of the run; None loads the installed ones, but for those that the request leaves out.

    Yields:
        The run, and what an earlier training has left for the stages that it leaves out; None if it trains
        itself, or needs nothing.

    Raises:
        YZLiteError: If there is no such model, its script fails, it has not been trained, or what is asked
            for does not fit.
    """
    log = log or logging.Logger("yzlite")
    plugins = load_plugins(disabled=request.without) if plugins is None else plugins
    with ExitStack() as stack:
        loaded = stack.enter_context(_opened(request, plugins, log))
        model = loaded.model
        stack.enter_context(model.restored())
        if isinstance(request.model, YZLiteModel):
            renew_optimizer(model)
        if request.test:
            model.enable_test_mode()
        request = replace(request, test=model.test_mode_enabled)
        bundle = stack.enter_context(_bundle_of(request, loaded))
        changed = [] if bundle is None else bring_into_force(model, bundle.settings)
        apply_settings(model, request)
        resolve_dataset(model, plugins)
        for line in () if bundle is None else _remarks(bundle, model, request, changed):
            log.warning(line)
        model.freeze()
        request = _completed(request, bundle)
        paths = _paths(request, loaded, bundle, stack)
        _refuse_to_lose(request, paths)
        # what the script's functions read there is the training's, also where nothing is written to it
        model.log_dir = str(bundle.paths.root if bundle is not None and paths.is_private else paths.root)
        seed = request.seed if bundle is None or request.seed is not None else bundle.seed
        run = Run(
            model=model,
            plugins=plugins.with_script(loaded.module),
            paths=paths,
            request=request,
            seed=DEFAULT_SEED if seed is None else seed,
            log=log,
        )
        yield run, bundle


@contextmanager
def _opened(request: Request, plugins: Plugins, log: logging.Logger) -> Iterator[LoadedModel]:
    """Yield the model with its module, and seed the global generators for as long."""
    model = request.model
    if isinstance(model, YZLiteModel):
        script = Path(model.model_specification_path)
        with seeded(DEFAULT_SEED if request.seed is None else request.seed), importable(script.parent):
            yield loaded_before(model)
        return
    path, test = locate(model, plugins)
    with (
        seeded(_seed(request, path, test)),
        open_model(path, plugins, trust=request.trust, log=log) as loaded,
    ):
        if test:
            loaded.model.enable_test_mode()
        yield loaded


def _seed(request: Request, path: Path, test: bool) -> int:
    """Return the seed that a script is executed with: that of the training which the run begins with."""
    known = request.seed
    if known is None and not request.trains:
        with suppress(YZLiteError), bundle_at(path, test=test or request.test) as bundle:
            known = bundle.seed
    return DEFAULT_SEED if known is None else known


# -------------------------------------------------------------------------------------------- settings


def apply_settings(model: YZLiteModel, request: Request) -> None:
    """Write test mode, `--workers` and `--set` into the settings of a model."""
    if model.test_mode_enabled and isinstance(model, TrainMixin):
        model.epochs = 1
        model.tflite_converter["representative_dataset_max_samples"] = TEST_SAMPLES
    if request.workers is not None:
        for name in ("datagen", "validation_datagen"):
            if getattr(model, name, None) is not None:
                assign(model, f"{name}.cores", request.workers)
    for key, value in request.settings:
        assign(model, key, as_given(value))


def resolve_dataset(model: YZLiteModel, plugins: Plugins) -> None:
    """Put what a plugin registered in the place of a dataset's name; a folder's name stays."""
    if not isinstance(model, DatasetMixin) or not isinstance(model.dataset, str):
        return
    where = line_of(model, "dataset")
    folder = model.home / Path(model.dataset).expanduser()
    if folder.is_dir() or Path(model.dataset).is_dir():
        return
    if len(Path(model.dataset).parts) > 1:
        raise DatasetError(
            f"The dataset folder {model.dataset} does not exist{where}",
            hint="a folder is looked for beside the script and in the current directory",
        )
    model.dataset = find_dataset(model.dataset, known_datasets(plugins), where)
    remember_line(model, "dataset", where)


def _remarks(bundle: Bundle, model: YZLiteModel, request: Request, changed: list[str]) -> Iterator[str]:
    """Yield what a user has to know of a trained model that is worked on, a line each."""
    yield from bundle.notes
    if bundle.other_archive is not None:
        yield f"{bundle.other_archive} holds another training than {bundle.paths.root}, and stays as it is"
    if changed:
        yield f"The settings of the training hold, not those of the script: {'; '.join(changed)}"
    gone = lost(model, bundle.settings, request.set_paths)
    script = Path(model.model_specification_path)
    if gone:
        yield f"These settings are as the script says, not as they were in the training: {', '.join(gone)}"
    elif bundle.script_sha256 not in (None, sha256(script)):
        yield f"{script.name} has changed since the training; its functions are used as they are now"


# ----------------------------------------------------------------------------------------------- places


@contextmanager
def _bundle_of(request: Request, loaded: LoadedModel) -> Iterator[Bundle | None]:
    """Yield the training that the stages of a request begin with, from the place that is named."""
    model = loaded.model
    if request.trains or not _NEED_A_TRAINING & set(request.stages):
        yield None
        return
    with ExitStack() as stack:
        try:
            if loaded.source is not None:
                bundle = stack.enter_context(bundle_at(loaded.source))
            elif request.output is not None and holds_training(request.output, model.name):
                bundle = in_folder(request.output, model.name)
            else:
                script, log_dir = Path(model.model_specification_path), Path(model.log_dir)
                bundle = stack.enter_context(bundle_at(script, test=model.test_mode_enabled, log_dir=log_dir))
        except ArtefactNotFoundError:
            if request.keras_model is None and request.weights is None:
                raise
            yield None  # the network, or its weights, are brought along
            return
        yield bundle


def _completed(request: Request, bundle: Bundle | None) -> Request:
    """Return a request with the stage `archive` if there is an archive to update."""
    if bundle is None or not request.update_archive or _is_partial(request):
        return request
    if bundle.archive is None or request.output is not None or read_only():
        return request
    return replace(request, stages=(*request.stages, "archive"))


def _is_partial(request: Request) -> bool:
    """Tell whether results are other than those that belong to the trained model."""
    return not request.writes or request.evaluates_otherwise


def _paths(request: Request, loaded: LoadedModel, bundle: Bundle | None, stack: ExitStack) -> RunPaths:
    """Return where a run writes to."""
    model, output = loaded.model, request.output
    if bundle is None and request.writes:
        root = Path(model.log_dir) if output is None else output.absolute()
        return RunPaths(root, model.name, archive_place(loaded, output, root))
    if output is not None and request.writes:
        root = output.absolute()
        if bundle is not None and holds_training(root, model.name) and root != bundle.paths.root.absolute():
            raise UsageError(
                f"{root} holds another training of {model.name}", hint="choose another folder for --output"
            )
        return RunPaths(root, model.name, root / Path(model.archive_path).name)
    if bundle is None or _is_partial(request):
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="yzlite-"))
        return RunPaths(Path(folder), model.name, Path(model.archive_path), is_private=True)
    if bundle.archive is not None:
        return replace(bundle.paths, archive=bundle.archive)
    return replace(bundle.paths, archive=archive_place(loaded, output, bundle.paths.root))


def _refuse_to_lose(request: Request, paths: RunPaths) -> None:
    """Raise if what is converted would be gone with a private folder, and nobody wants it returned."""
    if (
        paths.is_private
        and request.writes
        and "convert" in request.stages
        and "archive" not in request.stages
    ):
        raise UsageError(
            f"The .tflite of {paths.archive} would be kept nowhere",
            hint="update the archive, or name --output",
        )


def archive_place(loaded: LoadedModel, output: Path | None, root: Path) -> Path:
    """Return where the archive is written: beside a user's own script, else where the results are.

    With `YZLITE_READONLY`, and where the script's folder cannot be written, it is where the results are.
    """
    beside = Path(loaded.model.archive_path)
    if output is not None:
        return root / beside.name
    of_a_package = any((folder / "__init__.py").exists() for folder in beside.parents)
    if of_a_package or read_only() or not os.access(beside.parent, os.W_OK):
        return root / beside.name
    return beside
