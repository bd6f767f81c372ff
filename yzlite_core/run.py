"""A run: a model, its directories and plugins, and the order of things."""

from __future__ import annotations

import logging
import platform
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import importlib_metadata

from yzlite_core import hookspecs
from yzlite_core.clock import build_time
from yzlite_core.dataset import Dataset
from yzlite_core.errors import HookFailedError, ModelError, StopRunError, UsageError
from yzlite_core.files import remove_leftovers, sha256, write_json
from yzlite_core.lending import borrowed_by
from yzlite_core.lock import holding
from yzlite_core.model import YZLiteModel
from yzlite_core.plugins import Answer, Plugins
from yzlite_core.results import EvaluationResults, Outcome, TrainingResults, to_jsonable
from yzlite_core.settings import MISSING, settings_of
from yzlite_core.stages import archive, convert, evaluate, fit, load, profile, report
from yzlite_core.training.determinism import tensorflow_threads

P = ParamSpec("P")
R = TypeVar("R")

_ORDER: Mapping[str, Callable[[Run], Any]] = {
    "load": load.load,
    "fit": fit.fit,
    "convert": convert.convert,
    "evaluate": evaluate.evaluate,
    "profile": profile.profile,
    "archive": archive.archive,
}
STAGES = tuple(_ORDER)
DEFAULT_SEED = 42
TEST_SAMPLES = 3


@dataclass(frozen=True)
class RunPaths:
    """The files of a run.

    Attributes:
        root: The log directory.
        name: The model's name.
        archive: Where the archive is written.
    """

    root: Path
    name: str
    archive: Path

    @property
    def train(self) -> Path:
        """The folder of the history, the log and the checkpoints."""
        return self.root / "train"

    @property
    def eval(self) -> Path:
        """The folder of the evaluation, with a folder for each of `keras` and `tflite`."""
        return self.root / "eval"

    @property
    def script(self) -> Path:
        """The copy of the specification script."""
        return self.root / f"{self.name}.py"

    @property
    def keras(self) -> Path:
        """The trained Keras model."""
        return self.root / f"{self.name}.keras"

    @property
    def tflite(self) -> Path:
        """The quantized model."""
        return self.root / f"{self.name}.tflite"

    @property
    def float32_tflite(self) -> Path:
        """The model with float weights."""
        return self.root / f"{self.name}.float32.tflite"

    @property
    def quantization_report(self) -> Path:
        """How much precision each layer loses by its quantization."""
        return self.root / "quantization_report.csv"

    @property
    def history(self) -> Path:
        """Each metric's value for each epoch."""
        return self.train / "training-history.json"

    @property
    def augmentation(self) -> Path:
        """A picture of what the augmentation makes of samples, if the plugin of their kind draws one."""
        return self.train / "augmentation.png"

    @property
    def log(self) -> Path:
        """What the run said."""
        return self.train / "log.txt"

    @property
    def settings(self) -> Path:
        """The settings in force."""
        return self.root / "settings.json"

    @property
    def provenance(self) -> Path:
        """Versions, plugins, seed, threads and hashes."""
        return self.root / "provenance.json"

    @property
    def report(self) -> Path:
        """The page for people."""
        return self.root / "report.html"


@dataclass(frozen=True)
class EvaluationOptions:
    """How a trained model is evaluated.

    Attributes:
        kinds: Which models: `keras`, `tflite`.
        required: Whether it is an error if nobody evaluates such a model.
        callbacks: Keras callbacks that are told of each batch of the Keras model's predictions.
        dump: Whether what an auto-encoder makes of the samples is written as pictures.
        show: Whether plots are shown.
    """

    kinds: tuple[str, ...] = ("keras", "tflite")
    required: bool = False
    callbacks: tuple[Any, ...] = ()
    dump: bool = False
    show: bool = False


@dataclass
class Run:
    """One run of one model, and what it has found so far.

    Attributes:
        model: The model; its settings are frozen.
        plugins: The plugins.
        paths: The files.
        seed: Of every random choice.
        workers: Threads that make batches; None leaves it to the model's data generator.
        source_archive: The archive that the script came from, or None.
        log: Lines for people: the terminal and `train/log.txt`.
        live: Whether a progress bar may be drawn.
        reports: What each stage has reported, as in the JSON of `yzlite run`.
        datasets: What has been loaded, by subset.
        results: The evaluations, by `keras` and `tflite`.
        keras_model: The trained network, once there is one.
        training: What this run's own training has made.
        stage: The stage at hand, or None before the first.
        observer_failures: What observers raised.
        resume: Whether training goes on where an earlier one was interrupted.
        resume_epoch: The epoch after which it goes on; None for the newest that is kept.
        evaluation: How the trained models are evaluated.
        stages: The stages that this run goes through, once it has begun.
        fit_kwargs: Arguments of `keras.Model.fit` that win over all others; `callbacks` are added.
        initial_weights: Weights that training begins with; see `artefacts.weights_file`.
        post_process: Told to the handlers of model events.
        started: When the run began, in seconds since the epoch, rounded down for coarse file systems.
    """

    model: YZLiteModel
    plugins: Plugins
    paths: RunPaths
    seed: int = DEFAULT_SEED
    workers: int | None = None
    source_archive: Path | None = None
    log: logging.Logger = field(default_factory=lambda: logging.Logger("yzlite"))
    live: bool = False
    reports: dict[str, Any] = field(default_factory=dict)
    datasets: dict[str, Dataset] = field(default_factory=dict)
    results: dict[str, EvaluationResults] = field(default_factory=dict)
    keras_model: Any = None
    training: TrainingResults | None = None
    stage: str | None = None
    observer_failures: list[str] = field(default_factory=list)
    resume: bool = False
    resume_epoch: int | None = None
    evaluation: EvaluationOptions = EvaluationOptions()
    stages: tuple[str, ...] = ()
    fit_kwargs: dict[str, Any] = field(default_factory=dict)
    initial_weights: str | None = None
    post_process: bool = False
    started: float = field(default_factory=lambda: float(int(time.time())))

    @property
    def limit(self) -> int | None:
        """The most samples of each class: 3 in test mode, else None."""
        return TEST_SAMPLES if self.model.test_mode_enabled else None

    def say(self, text: str) -> None:
        """Tell the user something, and write it to the log."""
        self.log.info(text)

    def warn(self, text: str) -> None:
        """Tell the user something that may need attention, and write it to the log."""
        self.log.warning(text)

    def tell(self, hook: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> list[Answer[R]]:
        """Tell the observers; a failure of one is a line and a record, and the run goes on.

        Raises:
            StopRunError: If an observer wants the run to end.
        """
        answers = self.plugins.tell(hook, *args, **kwargs)
        for answer in answers:
            if isinstance(answer.error, StopRunError):
                raise answer.error
            if answer.error is not None:
                failed = HookFailedError(answer.plugin, hook.__name__, answer.error)
                self.observer_failures.append(str(failed))
                self.warn(f"{failed}; the run goes on")
        return answers

    def show_figure(self, kind: str, name: str, figure: Any) -> None:
        """Tell the observers of a plot, before its file is written; see the hook `yzlite_figure`."""
        self.tell(hookspecs.yzlite_figure, run=self, kind=kind, name=name, figure=figure)

    def provenance(self) -> dict[str, Any]:
        """Return what somebody needs to know to repeat this run."""
        names = ("tensorflow", "keras", "numpy", "ai-edge-litert", "yzlite-core")
        return {
            "model": self.model.name,
            "seed": self.seed,
            "tensorflow_threads": tensorflow_threads(),
            "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(build_time())),
            "versions": {"python": platform.python_version()}
            | {name: importlib_metadata.version(name) for name in names},
            "platform": f"{platform.system()} {platform.machine()}",
            "plugins": plugin_list(self.plugins),
            "script_sha256": sha256(Path(self.model.model_specification_path)),
            "dataset_sha256": {name: data.fingerprint for name, data in sorted(self.datasets.items())},
            "generated_data": any(data.generated for data in self.datasets.values()),
        }


def plugin_list(plugins: Plugins) -> list[dict[str, str]]:
    """Return the plugins as the JSON of `yzlite run` lists them."""
    return [{"name": r.name, "dist": r.dist, "version": r.version, "state": r.state} for r in plugins.records]


def execute(run: Run, stages: Sequence[str] = STAGES) -> Outcome:
    """Run the stages, in their order, and return how it ended.

    A failure is told to the observers and then raised; what was there before stays intact.

    Args:
        run: The run.
        stages: A selection of `STAGES`.

    Raises:
        YZLiteError: If a stage fails; `run.stage` says which.
    """
    if not stages:
        raise UsageError("No stage is named", hint=f"the stages are {', '.join(STAGES)}")
    for name in stages:
        if name not in STAGES:
            raise UsageError(f"There is no stage '{name}'", hint=f"the stages are {', '.join(STAGES)}")
    run.stages = tuple(name for name in STAGES if name in stages)
    with holding(run.paths.root), _logging_to(run):
        try:
            _begin(run)
            for name, stage in _ORDER.items():
                if name in run.stages:
                    run.stage = name
                    run.tell(hookspecs.yzlite_before_stage, run=run, stage=name)
                    run.reports[name] = stage(run)
                    run.tell(hookspecs.yzlite_after_stage, run=run, stage=name, report=run.reports[name])
                if name == "profile" and run.results:
                    report.report(run)
            outcome = Outcome("ok", run.reports)
        except BaseException as error:
            outcome = failure(run.stage, error, run.reports)
            raise
        finally:
            load.unload(run)
            run.tell(hookspecs.yzlite_run_finished, run=run, outcome=outcome)
        return outcome


def _begin(run: Run) -> None:
    remove_leftovers(run.paths.root)
    _warn_of_missing_plugins(run)
    run.tell(hookspecs.yzlite_configure, run=run)
    answers = run.plugins.collect(hookspecs.yzlite_check_model, model=run.model)
    problems = [problem for answer in answers for problem in answer.value]
    if problems:
        text = "; ".join(problem.message for problem in problems)
        hints = "; ".join(problem.hint for problem in problems if problem.hint)
        raise ModelError(text, hint=hints or None)
    shutil.copyfile(run.model.model_specification_path, run.paths.script)
    write_json(run.paths.settings, described(run.model))


def _warn_of_missing_plugins(run: Run) -> None:
    borrowed = borrowed_by(type(run.model))
    for record in run.plugins.records:
        used = [name for name, dist in borrowed.items() if dist == record.dist]
        if record.state in ("broken", "refused"):
            run.warn(f"Plugin '{record.name}' ({record.dist}) is {record.state}: {record.reason}")
        if record.state != "ok" and used:
            run.warn(
                f"{run.model.name} uses {', '.join(used)} of the plugin '{record.name}', which is "
                f"{record.state}: what it does in a run is left out"
            )


def described(model: YZLiteModel) -> dict[str, Any]:
    """Return every setting of a model with its value, and whether it was set, for `settings.json`."""
    return {
        setting.path: {
            "value": None if setting.value is MISSING else to_jsonable(setting.value),
            "set": setting.is_set,
        }
        for setting in settings_of(model)
        if not setting.late
    }


def failure(stage: str | None, error: BaseException, reports: Mapping[str, Any]) -> Outcome:
    """Return the outcome that stands for an exception."""
    interrupted = isinstance(error, KeyboardInterrupt)
    message = "Interrupted" if interrupted else getattr(error, "message", None) or str(error)
    return Outcome(
        "failed",
        dict(reports),
        {
            "stage": stage,
            "type": type(error).__name__,
            "message": message,
            "hint": getattr(error, "hint", None),
        },
    )


@contextmanager
def _logging_to(run: Run) -> Iterator[None]:
    path, log = run.paths.log, run.log
    path.parent.mkdir(parents=True, exist_ok=True)
    resumed = run.resume or run.resume_epoch is not None
    handler = logging.FileHandler(path, mode="a" if resumed else "w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        handler.close()
