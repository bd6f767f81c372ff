"""From a name and the user's options to a run that is ready to start."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yzlite_core.dataset import find_dataset
from yzlite_core.errors import DatasetError
from yzlite_core.files import read_only
from yzlite_core.lines import line_of, remember_line
from yzlite_core.mixins import DatasetMixin, TrainMixin
from yzlite_core.model import YZLiteModel
from yzlite_core.plugins import Plugins, load_plugins
from yzlite_core.run import DEFAULT_SEED, TEST_SAMPLES, Run, RunPaths
from yzlite_core.settings import assign
from yzlite_core.spec import (
    LoadedModel,
    importable,
    known_datasets,
    loaded_before,
    locate,
    open_model,
)
from yzlite_core.training.determinism import seeded
from yzlite_core.training.renewing import renew_optimizer


@dataclass(frozen=True)
class RunOptions:
    """What a user asks of a run, beyond the specification.

    Attributes:
        test: A dry run: one epoch, at most 3 samples of each class.
        seed: Of every random choice.
        workers: Threads that make batches; None leaves it to the model's data generator.
        settings: `--set`: dotted path and value.
        output: Directory of the results, instead of the log directory.
        trust: Run an archive's code even if this user has not written it.
        without: Names of plugins that are not loaded.
        resume: Whether training goes on where an earlier one was interrupted.
        resume_epoch: The epoch after which it goes on; None for the newest that is kept.
    """

    test: bool = False
    seed: int = DEFAULT_SEED
    workers: int | None = None
    settings: Sequence[tuple[str, Any]] = ()
    output: Path | None = None
    trust: bool = False
    without: Sequence[str] = ()
    resume: bool = False
    resume_epoch: int | None = None


@contextmanager
def prepare(
    model: str | YZLiteModel,
    options: RunOptions = RunOptions(),
    *,
    log: logging.Logger | None = None,
    live: bool = False,
) -> Iterator[Run]:
    """Write the options into a model's settings, freeze them, and yield the run.

    When the run is over, the model's settings are as they were before.

    Args:
        model: A script's path, an archive's path, a name, or a model that its script has made.
        options: What the user asks for.
        log: Where the run's lines go; None drops them.
        live: Whether a progress bar may be drawn.

    Raises:
        YZLiteError: If there is no such model, its script fails, or an option does not fit.
    """
    plugins = load_plugins(disabled=options.without)
    log = log or logging.Logger("yzlite")
    with (
        seeded(options.seed),
        _opened(model, plugins, options, log) as (loaded, test),
        loaded.model.restored(),
    ):
        if isinstance(model, YZLiteModel):
            renew_optimizer(model)
        apply_options(loaded.model, options, test=test or options.test or loaded.model.test_mode_enabled)
        resolve_dataset(loaded.model, plugins)
        loaded.model.freeze()
        if options.output is not None:
            loaded.model.log_dir = str(options.output)
        root = Path(loaded.model.log_dir)
        yield Run(
            model=loaded.model,
            plugins=plugins.with_script(loaded.module),
            paths=RunPaths(root, loaded.model.name, archive_place(loaded, options.output, root)),
            seed=options.seed,
            workers=options.workers,
            source_archive=loaded.archive,
            log=log,
            live=live,
            resume=options.resume,
            resume_epoch=options.resume_epoch,
        )


@contextmanager
def _opened(
    model: str | YZLiteModel, plugins: Plugins, options: RunOptions, log: logging.Logger
) -> Iterator[tuple[LoadedModel, bool]]:
    """Yield the model with its module, and whether its name asks for test mode."""
    if isinstance(model, YZLiteModel):
        with importable(Path(model.model_specification_path).parent):
            yield loaded_before(model), False
        return
    path, test = locate(model, plugins)
    with open_model(path, plugins, trust=options.trust, log=log) as loaded:
        yield loaded, test


def apply_options(model: YZLiteModel, options: RunOptions, *, test: bool) -> None:
    """Write `--set`, `--workers` and test mode into the settings of a model that was just loaded."""
    if test:
        model.enable_test_mode()
        if isinstance(model, TrainMixin):
            model.epochs = 1
            model.tflite_converter["representative_dataset_max_samples"] = TEST_SAMPLES
    if options.workers is not None:
        for name in ("datagen", "validation_datagen"):
            if getattr(model, name, None) is not None:
                assign(model, f"{name}.cores", options.workers)
    for key, value in options.settings:
        assign(model, key, value)


def resolve_dataset(model: YZLiteModel, plugins: Plugins) -> None:
    """Put what a plugin registered in the place of a dataset's name; a folder's name stays."""
    if not isinstance(model, DatasetMixin) or not isinstance(model.dataset, str):
        return
    where = line_of(model, "dataset")
    folder = Path(model.model_specification_path).parent / Path(model.dataset).expanduser()
    if folder.is_dir() or Path(model.dataset).is_dir():
        return
    if len(Path(model.dataset).parts) > 1:
        raise DatasetError(
            f"The dataset folder {model.dataset} does not exist{where}",
            hint="a folder is looked for beside the script and in the current directory",
        )
    model.dataset = find_dataset(model.dataset, known_datasets(plugins), where)
    remember_line(model, "dataset", where)


def archive_place(loaded: LoadedModel, output: Path | None, root: Path) -> Path:
    """Return where the archive is written: beside a user's own script, else where the results are.

    With `YZLITE_READONLY`, and where the script's folder cannot be written, it is where the results are.
    """
    beside = loaded.archive or Path(loaded.model.archive_path)
    name = Path(loaded.model.archive_path).name
    if output is not None:
        return root / name
    of_a_package = any((folder / "__init__.py").exists() for folder in beside.parents)
    if of_a_package or read_only() or not os.access(beside.parent, os.W_OK):
        return root / name
    return beside.with_name(name)
