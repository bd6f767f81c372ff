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
from yzlite_core.contract.hookspecs import HOOK_CONTRACT, hookimpl
from yzlite_core.contract.values import TrainingResults

if TYPE_CHECKING:
    from yzlite_core import run
    from yzlite_core.compat.model import YZLiteModel
    from yzlite_core.contract.values import EvaluationResults, History, Predictor
    from yzlite_core.conversion.converter import ConversionOptions
    from yzlite_core.data.dataset import Dataset
    from yzlite_core.run.outcome import Outcome
    from yzlite_core.run.products import Products
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
    if run.request.trains:
        run.model.trigger_event(Event.TRAIN_STARTUP, post_process=run.request.post_process)


@hookimpl
@_for_handlers
def yzlite_before_stage(run: Run, stage: str, given: Products) -> None:
    """A conversion begins."""
    if stage == "convert":
        run.model.trigger_event(
            Event.QUANTIZE_STARTUP,
            build=run.model.test_mode_enabled,
            keras_model=given.trained and given.trained.keras_model,
            tflite_converter_settings=_converter_settings(run),
            post_process=run.request.post_process,
        )


@hookimpl
@_for_handlers
def yzlite_after_stage(run: Run, stage: str, made: Products) -> None:
    """A stage is done with its data; a training, a conversion, an archive is finished."""
    model, stages = run.model, run.request.stages
    if stage in ("fit", "convert", "evaluate"):
        model.trigger_event(Event.BEFORE_UNLOAD_DATASET)
        model.trigger_event(Event.AFTER_UNLOAD_DATASET)
    if stage == "convert" and made.converted is not None:
        from yzlite_core.tflite.model import TfliteModel

        network = made.converted.trained
        model.trigger_event(
            Event.QUANTIZE_SHUTDOWN,
            tflite_model=TfliteModel(made.converted.tflite, path=run.paths.tflite),
            update_archive="archive" in stages,
            keras_model=network and network.keras_model,
            tflite_converter_settings=_converter_settings(run),
        )
    if stage == "archive" and run.request.trains:
        model.trigger_event(Event.AFTER_SAVE_TRAIN_ARCHIVE, archive_path=str(run.paths.archive))
    if run.request.trains and stage == _last_of_training(stages):
        model.trigger_event(Event.TRAIN_SHUTDOWN, results=made.trained and made.trained.results)


def _last_of_training(stages: Sequence[str]) -> str:
    """Return the last stage before what has nothing to do with the training: evaluation, profiling."""
    others = [name for name in stages if name in ("evaluate", "profile")]
    return stages[stages.index(others[0]) - 1 if others else -1]


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
def yzlite_fit_arguments(model: YZLiteModel, dataset: Dataset) -> Wrapper:
    """It is settled what `keras.Model.fit` is told; handlers see the data too, and may replace it."""
    from yzlite_core.keras.arguments import data_arguments

    arguments: Mapping[str, Any] = yield
    data = data_arguments(dataset)
    told = {**data, **arguments, "callbacks": list(arguments.get("callbacks", ()))}
    model.trigger_event(Event.BEFORE_TRAIN, fit_kwargs=told)
    return {name: value for name, value in told.items() if name not in data or value is not data[name]}


@hookimpl(wrapper=True)
@_for_handlers
def yzlite_fit(model: YZLiteModel) -> Wrapper:
    """The network is trained."""
    history: History = yield
    model.trigger_event(Event.AFTER_TRAIN, training_history=history)
    return history


@hookimpl(wrapper=True)
@_for_handlers
def yzlite_save_model(model: YZLiteModel) -> Wrapper:
    """The trained network is about to be saved."""
    keras_model = yield
    return model.replaced_by_handlers(Event.BEFORE_SAVE_TRAIN_MODEL, "keras_model", keras_model)


@hookimpl(wrapper=True)
@_for_handlers
def yzlite_trained_model(model: YZLiteModel) -> Wrapper:
    """The trained network is saved; another may be converted and evaluated."""
    keras_model = yield
    return model.replaced_by_handlers(Event.AFTER_SAVE_TRAIN_MODEL, "keras_model", keras_model)


@hookimpl
@_for_handlers
def yzlite_after_fit(model: Any, keras_model: Any, history: History, run: Run) -> None:
    """The trained network and the history are saved."""
    params = {"epochs": model.epochs, "batch_size": model.batch_size}
    saved = {
        "keras_model": keras_model,
        "results": TrainingResults(model, keras_model, history, params),
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
        max_samples_per_class=run.request.max_samples_per_class
        or getattr(model, "eval_max_samples_per_class", -1),
        post_process=run.request.post_process,
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
    if run.request.trains:
        run.model.trigger_event(Event.BEFORE_SAVE_TRAIN_ARCHIVE, archive_path=str(run.paths.archive))
    return None


@hookimpl
@_for_handlers
def yzlite_run_finished(run: Run, outcome: Outcome) -> None:
    """A training that failed is over too."""
    at = outcome.error["stage"] if outcome.error is not None else None
    if at in ("load", "fit") and run.request.trains:
        run.model.trigger_event(Event.TRAIN_SHUTDOWN, results=None)


def _converter_settings(run: Run) -> dict[str, Any]:
    return dict(getattr(run.model, "tflite_converter", {}))
