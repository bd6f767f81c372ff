"""The core's own hook implementations: a plugin like any other, asked last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yzlite_core.errors import ConversionError, TrainingError, YZLiteError
from yzlite_core.contract.hookspecs import HOOK_CONTRACT, hookimpl
from yzlite_core.support.source_location import line_in, line_of_function
from yzlite_core.model.mixins import DatasetMixin, TrainMixin
from yzlite_core.contract.values import Problem

if TYPE_CHECKING:
    import numpy as np

    from yzlite_core.data.dataset import Dataset, Sampling
    from yzlite_core.model.model import YZLiteModel
    from yzlite_core.contract.values import History
    from yzlite_core.run.outcome import Outcome
    from yzlite_core.run.reports import Reports
    from yzlite_core.run.run import Run
    from yzlite_core.contract.shown import ShownSample
    from yzlite_core.conversion.converter import ConversionOptions
    from yzlite_core.tflite.summary import ProfilingResults
    from yzlite_core.conversion.representative import CalibrationSample

YZLITE_CONTRACT = HOOK_CONTRACT


@hookimpl
def yzlite_check_model(model: YZLiteModel) -> Sequence[Problem]:
    """Look at the settings of the converter, which would else fail after the training."""
    if not isinstance(model, TrainMixin):
        return []
    from yzlite_core.conversion.convert import conversion_options

    try:
        conversion_options(model)
    except ConversionError as error:
        return [Problem(error.message, error.hint)]
    return []


@hookimpl
def yzlite_load_dataset(
    model: YZLiteModel, subset: str, limit: int | None, sampling: Sampling
) -> Dataset | None:
    """Call the model's own `load_dataset`."""
    if not isinstance(model, DatasetMixin):
        return None
    from yzlite_core.data.loading import snapshot

    return snapshot(model, subset, limit, getattr(model, "batch_size", 32), sampling)


@hookimpl
def yzlite_evaluation_sampling() -> Sampling:
    """Want the evaluation data as its loader gives it."""
    from yzlite_core.data.dataset import AS_USUAL

    return AS_USUAL


@hookimpl
def yzlite_dataset_summary(model: YZLiteModel, datasets: Sequence[Dataset]) -> str:
    """Give the script's own summary, else what the datasets say of themselves."""
    ours = "\n".join(data.describe() for data in datasets)
    if not isinstance(model, DatasetMixin):
        return ours
    if not datasets:  # what is known without loading any
        return DatasetMixin.summarize_dataset(model)
    return (model.summarize_dataset() if model.summarizes_itself else "") or ours


@hookimpl
def yzlite_build_model(model: YZLiteModel) -> Any:
    """Call the script's `build_model_function`."""
    if not isinstance(model, TrainMixin):
        return None
    from yzlite_core.keras.building import build

    return build(model, model)


@hookimpl
def yzlite_train_callbacks(model: YZLiteModel, run: Run) -> Sequence[Any] | None:
    """Give the callbacks of the settings, and the script's own."""
    if not isinstance(model, TrainMixin):
        return None
    from yzlite_core.keras.callbacks import callbacks_of

    return callbacks_of(model, run)


@hookimpl
def yzlite_fit_arguments(
    model: YZLiteModel, dataset: Dataset, callbacks: Sequence[Any]
) -> Mapping[str, Any] | None:
    """Read the settings; what stands in `train_kwargs` wins."""
    if not isinstance(model, TrainMixin):
        return None
    from yzlite_core.keras.arguments import fit_arguments

    return fit_arguments(model, dataset, callbacks)


@hookimpl
def yzlite_fit(
    model: YZLiteModel, keras_model: Any, dataset: Dataset, arguments: Mapping[str, Any], run: Run
) -> History | None:
    """Train with `keras.Model.fit`."""
    if not isinstance(model, TrainMixin):
        return None
    from yzlite_core.keras.fitting import fit

    return fit(model, keras_model, dataset, arguments, run)


@hookimpl
def yzlite_save_model(model: YZLiteModel, keras_model: Any, run: Run) -> Any:
    """Call the script's `on_save_keras_model`, if there is one."""
    change = getattr(model, "on_save_keras_model", None)
    if change is None:
        return keras_model
    try:
        changed = change(model, keras_model, run.log)
    except YZLiteError:
        raise
    except Exception as error:
        where = line_in(model.model_specification_path, error)
        raise TrainingError(f"on_save_keras_model failed{where}: {type(error).__name__}: {error}") from error
    if not hasattr(changed, "get_weights"):
        raise TrainingError(
            f"on_save_keras_model returned {type(changed).__name__}{line_of_function(change)}",
            hint="return the keras.Model that is to be saved",
        )
    return changed


@hookimpl
def yzlite_trained_model(keras_model: Any) -> Any:
    """Give the network that was saved."""
    return keras_model


@hookimpl
def yzlite_conversion_options(model: YZLiteModel) -> ConversionOptions | None:
    """Read the settings of `tflite_converter`."""
    if not isinstance(model, TrainMixin):
        return None
    from yzlite_core.conversion.convert import conversion_options

    return conversion_options(model)


@hookimpl
def yzlite_representative_data(
    model: YZLiteModel, dataset: Dataset, seed: int
) -> Iterable[CalibrationSample] | None:
    """Draw as many samples of each class."""
    if not isinstance(model, TrainMixin):
        return None
    from yzlite_core.conversion.representative import drawn_samples, max_samples

    return drawn_samples(dataset, max_samples(model), seed)


@hookimpl
def yzlite_model_parameters(model: YZLiteModel) -> Mapping[str, Any]:
    """Give what firmware wants to know of any model."""
    parameters = {"name": model.name, "version": model.version}
    classes = getattr(model, "classes", None)
    return parameters if classes is None else {**parameters, "classes": list(classes)}


@hookimpl
def yzlite_convert(
    keras_model: Any, representative: Sequence[CalibrationSample] | None, options: ConversionOptions
) -> bytes:
    """Run TensorFlow's converter in a child process."""
    from yzlite_core.conversion.convert import convert

    return convert(keras_model, representative, options)


@hookimpl
def yzlite_show_sample(x: np.ndarray) -> ShownSample:
    """Show an array by its shape: a signal, a picture, or nothing."""
    from yzlite_core.contract.shown import ShownSample, look_of

    return ShownSample(look_of(x))


@hookimpl
def yzlite_profile(tflite: bytes, target: str | None) -> ProfilingResults | None:
    """Profile for the processor alone."""
    if target is not None:
        return None
    from yzlite_core.tflite.model import TfliteModel
    from yzlite_core.tflite.summary import profile

    return profile(TfliteModel(tflite))


@hookimpl
def yzlite_archive_files(run: Run, reports: Reports) -> Mapping[str, Path]:
    """Give the files of the log directory that the stages have made."""
    from yzlite_core.run.archived import archived_files

    return archived_files(run, reports)


@hookimpl
def yzlite_run_finished(run: Run, outcome: Outcome) -> None:
    """Call the script's `on_training_complete` with what this run has trained; what it raises is logged."""
    tell = getattr(run.model, "on_training_complete", None)
    if tell is None or outcome.training is None or outcome.status == "failed":
        return
    archived = run.paths.archive if "archive" in outcome.stages else None
    try:
        tell(replace(outcome.training, archive=archived))
    except Exception as error:
        where = line_in(run.model.model_specification_path, error)
        run.warn(f"on_training_complete failed{where}: {type(error).__name__}: {error}; the run goes on")


@hookimpl
def yzlite_summary(model: YZLiteModel) -> Sequence[str]:
    """Give the model's own summary."""
    return model.summary().split("\n")
