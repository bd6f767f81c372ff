"""The core's own hook implementations: a plugin like any other, asked last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yzlite_core.errors import ConversionError, TrainingError, YZLiteError
from yzlite_core.hookspecs import HOOK_CONTRACT, hookimpl
from yzlite_core.lines import line_in, line_of_function
from yzlite_core.mixins import DatasetMixin, TrainMixin
from yzlite_core.results import Problem

if TYPE_CHECKING:
    from yzlite_core.dataset import Dataset
    from yzlite_core.model import YZLiteModel
    from yzlite_core.results import History, Outcome
    from yzlite_core.run import Run
    from yzlite_core.tflite.convert import ConversionOptions
    from yzlite_core.tflite.summary import ProfilingResults
    from yzlite_core.training.representative import CalibrationSample

YZLITE_CONTRACT = HOOK_CONTRACT


@hookimpl
def yzlite_check_model(model: YZLiteModel) -> Sequence[Problem]:
    """Look at the settings of the converter, which would else fail after the training."""
    if not isinstance(model, TrainMixin):
        return []
    from yzlite_core.training.conversion import conversion_options

    try:
        conversion_options(model)
    except ConversionError as error:
        return [Problem(error.message, error.hint)]
    return []


@hookimpl
def yzlite_load_dataset(model: YZLiteModel, subset: str, limit: int | None) -> Dataset | None:
    """Call the model's own `load_dataset`."""
    if not isinstance(model, DatasetMixin):
        return None
    from yzlite_core.training.loading import snapshot

    return snapshot(model, subset, limit, getattr(model, "batch_size", 32))


@hookimpl
def yzlite_build_model(model: YZLiteModel) -> Any:
    """Call the script's `build_model_function`."""
    if not isinstance(model, TrainMixin):
        return None
    from yzlite_core.training.building import build

    return build(model, model)


@hookimpl
def yzlite_train_callbacks(model: YZLiteModel, run: Run) -> Sequence[Any] | None:
    """Give the callbacks of the settings, and the script's own."""
    if not isinstance(model, TrainMixin):
        return None
    from yzlite_core.training.callbacks import callbacks_of

    return callbacks_of(model, run)


@hookimpl
def yzlite_fit(
    model: YZLiteModel, keras_model: Any, dataset: Dataset, callbacks: Sequence[Any], run: Run
) -> History | None:
    """Train with `keras.Model.fit`."""
    if not isinstance(model, TrainMixin):
        return None
    from yzlite_core.training.fitting import fit

    return fit(model, keras_model, dataset, callbacks, run)


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
def yzlite_conversion_options(model: YZLiteModel) -> ConversionOptions | None:
    """Read the settings of `tflite_converter`."""
    if not isinstance(model, TrainMixin):
        return None
    from yzlite_core.training.conversion import conversion_options

    return conversion_options(model)


@hookimpl
def yzlite_representative_data(
    model: YZLiteModel, dataset: Dataset, seed: int
) -> Iterable[CalibrationSample] | None:
    """Draw as many samples of each class."""
    if not isinstance(model, TrainMixin):
        return None
    from yzlite_core.training.representative import drawn_samples, max_samples

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
    from yzlite_core.training.conversion import convert

    return convert(keras_model, representative, options)


@hookimpl
def yzlite_profile(tflite: bytes, target: str | None) -> ProfilingResults | None:
    """Profile for the processor alone."""
    if target is not None:
        return None
    from yzlite_core.tflite.model import TfliteModel
    from yzlite_core.tflite.summary import profile

    return profile(TfliteModel(tflite))


@hookimpl
def yzlite_archive_files(run: Run) -> Mapping[str, Path]:
    """Give the files of the log directory; after a training only those that are younger than it."""
    paths = run.paths
    alone = (
        paths.script,
        paths.settings,
        paths.keras,
        paths.tflite,
        paths.float32_tflite,
        paths.quantization_report,
        paths.report,
        paths.provenance,
        paths.history,
        paths.history.with_suffix(".png"),
        paths.augmentation,
        paths.log,
    )
    folders = (paths.eval, paths.root / "dataset")
    files: list[Path] = [*alone, *(path for folder in folders for path in folder.rglob("*"))]
    since = run.started if "fit" in run.reports else 0.0
    return {
        path.relative_to(paths.root).as_posix(): path
        for path in files
        if path.is_file() and path.stat().st_mtime >= since
    }


@hookimpl
def yzlite_run_finished(run: Run, outcome: Outcome) -> None:
    """Call the script's `on_training_complete` with what this run has trained; what it raises is logged."""
    tell = getattr(run.model, "on_training_complete", None)
    if tell is None or run.training is None or outcome.status == "failed":
        return
    archived = run.paths.archive if "archive" in run.reports else None
    try:
        tell(replace(run.training, archive=archived))
    except Exception as error:
        where = line_in(run.model.model_specification_path, error)
        run.warn(f"on_training_complete failed{where}: {type(error).__name__}: {error}; the run goes on")
