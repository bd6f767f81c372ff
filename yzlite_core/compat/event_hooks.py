"""The built-in plugin that turns hooks into model events, for models that have handlers.

One hook after another, in the order of a run. What a handler replaces, a wrapper returns.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yzlite_core.compat.events import ModelEvents
from yzlite_core.compat.events import YZLiteModelEvent as Event
from yzlite_core.hookspecs import HOOK_CONTRACT, hookimpl
from yzlite_core.results import Outcome, TrainingResults

if TYPE_CHECKING:
    from yzlite_core import run
    from yzlite_core.compat.model import YZLiteModel
    from yzlite_core.dataset import Dataset
    from yzlite_core.results import EvaluationResults, History, Predictor
    from yzlite_core.tflite.convert import ConversionOptions
    from yzlite_core.tflite.summary import ProfilingResults

    class Run(run.Run):
        """A run of a model that has events."""

        model: YZLiteModel


YZLITE_CONTRACT = HOOK_CONTRACT

Wrapper = Generator[None, Any, Any]


def _for_handlers(implementation: Callable[..., Any]) -> Callable[..., Any]:
    """Let an implementation work for models that have handlers; for all others it has nothing to say.

    Args:
        implementation: Asks for `model`, or for a `run` with one.
    """
    names = tuple(inspect.signature(implementation).parameters)

    def has_handlers(arguments: Sequence[Any]) -> bool:
        given = dict(zip(names, arguments, strict=True))
        model = given["model"] if "model" in given else getattr(given["run"], "model", None)
        return isinstance(model, ModelEvents) and model.has_event_handlers

    @functools.wraps(implementation)
    def wrapper(*arguments: Any) -> Wrapper:
        return (yield from implementation(*arguments)) if has_handlers(arguments) else (yield)

    @functools.wraps(implementation)
    def other(*arguments: Any) -> Any:
        return implementation(*arguments) if has_handlers(arguments) else None

    return wrapper if inspect.isgeneratorfunction(implementation) else other


@hookimpl
@_for_handlers
def yzlite_model_loaded(model: YZLiteModel) -> None:
    """A script has been executed."""
    model.trigger_event(Event.BEFORE_MODEL_LOAD)
    model.trigger_event(Event.AFTER_MODEL_LOAD)


@hookimpl
@_for_handlers
def yzlite_configure(run: Run) -> None:
    """Perhaps a training begins."""
    if "fit" in run.stages:
        run.model.trigger_event(Event.TRAIN_STARTUP, post_process=run.post_process)


@hookimpl
@_for_handlers
def yzlite_before_stage(run: Run, stage: str) -> None:
    """A conversion begins."""
    if stage == "convert":
        run.model.trigger_event(
            Event.QUANTIZE_STARTUP,
            build=run.model.test_mode_enabled,
            keras_model=run.keras_model,
            tflite_converter_settings=_converter_settings(run),
            post_process=run.post_process,
        )


@hookimpl
@_for_handlers
def yzlite_after_stage(run: Run, stage: str) -> None:
    """A stage is done with its data; a training, a conversion, an archive is finished."""
    model = run.model
    if stage in ("fit", "convert", "evaluate"):
        model.trigger_event(Event.BEFORE_UNLOAD_DATASET)
        model.trigger_event(Event.AFTER_UNLOAD_DATASET)
    if stage == "convert":
        from yzlite_core.tflite.model import TfliteModel

        model.trigger_event(
            Event.QUANTIZE_SHUTDOWN,
            tflite_model=TfliteModel.load_flatbuffer_file(run.paths.tflite),
            update_archive="archive" in run.stages,
            keras_model=run.keras_model,
            tflite_converter_settings=_converter_settings(run),
        )
    if stage == "archive" and "fit" in run.stages:
        model.trigger_event(Event.AFTER_SAVE_TRAIN_ARCHIVE, archive_path=str(run.paths.archive))
    if "fit" in run.stages and stage == _last_of_training(run):
        model.trigger_event(Event.TRAIN_SHUTDOWN, results=run.training)


def _last_of_training(run: Run) -> str:
    """Return the last stage before what has nothing to do with the training: evaluation, profiling."""
    others = [name for name in run.stages if name in ("evaluate", "profile")]
    return run.stages[run.stages.index(others[0]) - 1 if others else -1]


@hookimpl(wrapper=True)
@_for_handlers
def yzlite_load_dataset(model: YZLiteModel, subset: str) -> Wrapper:
    """A subset is loaded."""
    model.trigger_event(Event.BEFORE_LOAD_DATASET, subset=subset, test=model.test_mode_enabled)
    dataset = yield
    model.trigger_event(Event.AFTER_LOAD_DATASET, subset=subset, test=model.test_mode_enabled)
    return dataset


@hookimpl(wrapper=True)
@_for_handlers
def yzlite_dataset_summary(model: YZLiteModel) -> Wrapper:
    """It is said what is in the data."""
    summary: str = yield
    return model.replaced_by_handlers(Event.SUMMARIZE_DATASET, "summary", summary)


@hookimpl(wrapper=True)
@_for_handlers
def yzlite_build_model(model: YZLiteModel) -> Wrapper:
    """The network is built."""
    model.trigger_event(Event.BEFORE_BUILD_TRAIN_MODEL)
    keras_model = yield
    model.trigger_event(Event.AFTER_BUILD_TRAIN_MODEL, keras_model=keras_model)
    return keras_model


@hookimpl(wrapper=True)
@_for_handlers
def yzlite_train_callbacks(model: YZLiteModel) -> Wrapper:
    """The callbacks are gathered."""
    gathered: Sequence[Sequence[Any]] = yield
    callbacks = [callback for some in gathered for callback in some]
    model.trigger_event(Event.POPULATE_TRAIN_CALLBACKS, keras_callbacks=callbacks)
    return [callbacks]


@hookimpl(wrapper=True)
@_for_handlers
def yzlite_fit(model: Any, dataset: Dataset, callbacks: Sequence[Any], run: Run) -> Wrapper:
    """The network is trained."""
    from yzlite_core.training.arguments import fit_arguments

    before = {**fit_arguments(model, dataset), "epochs": model.epochs, "callbacks": list(callbacks)}
    changed = {**before, "callbacks": list(callbacks)}
    model.trigger_event(Event.BEFORE_TRAIN, fit_kwargs=changed)
    more = [callback for callback in changed.pop("callbacks") if callback not in callbacks]
    differing = {name: value for name, value in changed.items() if value is not before.get(name)}
    run.fit_kwargs = {**differing, "callbacks": more}
    history: History = yield
    model.trigger_event(Event.AFTER_TRAIN, training_history=history)
    return history


@hookimpl(wrapper=True)
@_for_handlers
def yzlite_save_model(model: YZLiteModel) -> Wrapper:
    """The trained network is about to be saved."""
    keras_model = yield
    return model.replaced_by_handlers(Event.BEFORE_SAVE_TRAIN_MODEL, "keras_model", keras_model)


@hookimpl
@_for_handlers
def yzlite_after_fit(model: YZLiteModel, keras_model: Any, history: History, run: Run) -> None:
    """The trained network and the history are saved."""
    run.keras_model = model.replaced_by_handlers(Event.AFTER_SAVE_TRAIN_MODEL, "keras_model", keras_model)
    saved = {
        "keras_model": run.keras_model,
        "results": run.training or TrainingResults(model, keras_model, history),
        "output_dir": str(run.paths.train),
    }
    model.trigger_event(Event.BEFORE_SAVE_TRAIN_RESULTS, **saved)
    model.trigger_event(Event.AFTER_SAVE_TRAIN_RESULTS, **saved)


@hookimpl(wrapper=True)
@_for_handlers
def yzlite_conversion_options(model: YZLiteModel) -> Wrapper:
    """It is settled how the network is converted."""
    options: ConversionOptions = yield
    return model.replaced_by_handlers(Event.BEFORE_QUANTIZE, "converter", options)


@hookimpl(wrapper=True)
@_for_handlers
def yzlite_convert(model: YZLiteModel, keras_model: Any, options: ConversionOptions) -> Wrapper:
    """The network is converted; the float32 side product is no event."""
    tflite: bytes = yield
    if not options.optimizations:
        return tflite
    return model.replaced_by_handlers(
        Event.AFTER_QUANTIZE,
        "tflite_flatbuffer",
        tflite,
        update_archive=True,
        keras_model=keras_model,
        tflite_converter_settings=dict(getattr(model, "tflite_converter", {})),
    )


@hookimpl(wrapper=True)
@_for_handlers
def yzlite_evaluate(model: YZLiteModel, predictor: Predictor, run: Run) -> Wrapper:
    """A trained model is evaluated."""
    model.trigger_event(
        Event.EVALUATE_STARTUP,
        tflite=predictor.kind == "tflite",
        max_samples_per_class=getattr(model, "eval_max_samples_per_class", -1),
        post_process=run.post_process,
    )
    results: EvaluationResults | None = yield
    model.trigger_event(Event.EVALUATE_SHUTDOWN, results=results)
    return results


@hookimpl
@_for_handlers
def yzlite_figure(run: Run, kind: str, name: str, figure: Any) -> None:
    """A plot of the evaluation is drawn."""
    name = "tpr_and_fpr" if name == "tfp_fpr" else name  # the file has another name than the event
    run.model.trigger_event(Event.GENERATE_EVALUATE_PLOT, tflite=kind == "tflite", name=name, fig=figure)


@hookimpl(wrapper=True)
@_for_handlers
def yzlite_profile(model: YZLiteModel) -> Wrapper:
    """A `.tflite` is profiled."""
    results: ProfilingResults = yield
    model.trigger_event(Event.AFTER_PROFILE, results=results)
    return results


@hookimpl
@_for_handlers
def yzlite_archive_files(run: Run) -> Mapping[str, Path] | None:
    """An archive is about to be written."""
    if "fit" in run.stages:
        run.model.trigger_event(Event.BEFORE_SAVE_TRAIN_ARCHIVE, archive_path=str(run.paths.archive))
    return None


@hookimpl
@_for_handlers
def yzlite_run_finished(run: Run, outcome: Outcome) -> None:
    """A training that failed is over too."""
    if outcome.status == "failed" and run.stage in ("load", "fit") and "fit" in run.stages:
        run.model.trigger_event(Event.TRAIN_SHUTDOWN, results=None)


def _converter_settings(run: Run) -> dict[str, Any]:
    return dict(getattr(run.model, "tflite_converter", {}))
