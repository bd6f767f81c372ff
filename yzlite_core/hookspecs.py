"""THE contract between the core and its plugins: every hook, in the order of a run.

A plugin is a module with functions of these names, marked with `@hookimpl`; an implementation may
leave out arguments that it does not need. There are three kinds of hooks:

- **claim**: the first that returns something other than None has done the work: the script's own
  hook, then the plugins by name, the core last. A wrapper (`@hookimpl(wrapper=True)`) may change what
  the others answer.
- **collect**: every answer counts, in the order of the plugins' names.
- **tell**: observers. Each is called apart; one that fails is reported, and the run goes on.

Nothing is handed over by mutation: what a hook has to say, it returns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

if TYPE_CHECKING:
    from yzlite_core.batches import BatchTransform, Transform
    from yzlite_core.dataset import Dataset
    from yzlite_core.model import YZLiteModel
    from yzlite_core.results import EvaluationResults, History, Outcome, Predictor, Problem
    from yzlite_core.run import Run
    from yzlite_core.tflite.convert import ConversionOptions
    from yzlite_core.tflite.summary import ProfilingResults
    from yzlite_core.tflite.tflm import Arena
    from yzlite_core.training.representative import Sample

    KerasModel = Any  # keras.Model; Keras is not imported for the sake of an annotation

#: The version of this contract. A plugin states the one it was written for as `YZLITE_CONTRACT`.
HOOK_CONTRACT = 1

PROJECT = "yzlite"
hookimpl = pluggy.HookimplMarker(PROJECT)

_hookspec = pluggy.HookspecMarker(PROJECT)
_Spec = TypeVar("_Spec", bound=Callable[..., Any])


def _claim(spec: _Spec) -> _Spec:
    spec.kind = "claim"  # type: ignore[attr-defined]  # read by Plugins
    return _hookspec(spec, firstresult=True)


def _collect(spec: _Spec) -> _Spec:
    spec.kind = "collect"  # type: ignore[attr-defined]  # read by Plugins
    return _hookspec(spec)


def _tell(spec: _Spec) -> _Spec:
    spec.kind = "tell"  # type: ignore[attr-defined]  # read by Plugins
    return _hookspec(spec)


# ------------------------------------------------------------------------------- before there is a run


@_collect
def yzlite_model_paths() -> Sequence[Path] | None:
    """Name folders that hold model specifications.

    Called when a model is looked up by name and by `yzlite list`, after the user's own folders.

    Returns:
        Folders, searched recursively for scripts that contain `@yzlite_model`.

    If nobody answers, only the user's own folders are searched. Since contract 1.
    """


@_collect
def yzlite_datasets() -> Mapping[str, str] | None:
    """Name datasets that a specification can ask for by name.

    Called when `my_model.dataset` is a string that is no folder.

    Returns:
        `{name: "module"}` or `{name: "module:attribute"}`; the module is imported when it is asked for.
        A name that two plugins claim is an error.

    If nobody answers, a dataset's name is an error that lists none. Since contract 1.
    """


# ----------------------------------------------------------------------------------------- preparation


@_tell
def yzlite_configure(run: Run) -> None:
    """Observe the start of a run.

    Called once, after the script is loaded, `--set` and `--test` are applied and the settings are
    frozen, and before any work.

    Args:
        run: The model, its directories, the seed and the plugins.

    If nobody listens, nothing happens. Since contract 1.
    """


@_collect
def yzlite_check_model(model: YZLiteModel) -> Sequence[Problem] | None:
    """Say what in a specification cannot work.

    Called before any work, so that all problems are shown together.

    Args:
        model: The model with its settings.

    Returns:
        The problems, each a sentence and a hint; None or empty if all is well.

    If nobody answers, the run goes on. Since contract 1.
    """


# --------------------------------------------------------------------------------- around every stage


@_tell
def yzlite_before_stage(run: Run, stage: str) -> None:
    """Observe that a stage begins.

    Called before each stage of a run. Like every observer, it ends the run only by raising
    `yzlite_core.errors.StopRunError`.

    Args:
        run: The run; `run.stages` are all that it goes through.
        stage: `load`, `fit`, `convert`, `evaluate`, `profile` or `archive`.

    If nobody listens, nothing happens. Since contract 1.
    """


@_tell
def yzlite_after_stage(run: Run, stage: str, report: Mapping[str, Any]) -> None:
    """Observe that a stage is done.

    Called after each stage of a run that has not failed.

    Args:
        run: The run.
        stage: As in `yzlite_before_stage`.
        report: What the stage reports, as in the JSON of `yzlite run`.

    If nobody listens, nothing happens. Since contract 1.
    """


# ------------------------------------------------------------------------------------------------ data


@_claim
def yzlite_load_dataset(model: YZLiteModel, subset: str, limit: int | None, seed: int) -> Dataset | None:
    """Load one subset of the model's dataset.

    Called for `training` and `validation` before training, for `validation` before conversion and for
    `evaluation` before evaluation. An answer to `training` may bring its `validation` along.

    Args:
        model: The model with its settings.
        subset: `training`, `validation` or `evaluation`.
        limit: The most samples of each class, or None for all.
        seed: The run's seed; batches draw from generators derived from it.

    Returns:
        The data. A loader without an evaluation subset answers with its validation data; the answer's
        `subset` says what it really is. None to pass.

    If no plugin answers, the core calls the model's own `load_dataset`. Since contract 1.
    """


@_collect
def yzlite_augment(model: YZLiteModel, dataset: Dataset) -> Sequence[Transform | BatchTransform] | None:
    """Contribute transforms to the training batches.

    Called once, after the training data is loaded.

    Args:
        model: The model with its settings.
        dataset: The training data.

    Returns:
        Transforms. Each draws its parameters (`draw`) apart from applying them (`apply`), for one sample
        or, as a `BatchTransform`, for a whole batch, and says by `order` where in the chain it stands.

    If nobody answers, only the dataset's own augmentation applies. Since contract 1.
    """


# -------------------------------------------------------------------------------------------- training


@_claim
def yzlite_build_model(model: YZLiteModel) -> KerasModel | None:
    """Build and compile the Keras model.

    Called before training. A wrapper can change the network: pruning, quantization-aware training.

    Args:
        model: The model with its settings.

    Returns:
        A compiled `keras.Model`. None to pass.

    If no plugin answers, the core calls `model.build_model_function(model)`. Since contract 1.
    """


@_collect
def yzlite_train_callbacks(model: YZLiteModel, dataset: Dataset, run: Run) -> Sequence[Any] | None:
    """Contribute Keras callbacks.

    Called once, before `fit`. The core contributes those of the model's settings
    (`reduce_lr_on_plateau`, `early_stopping`, ...).

    Args:
        model: The model with its settings.
        dataset: The training data.
        run: The run.

    Returns:
        `keras.callbacks.Callback` objects.

    If no plugin answers, the core's callbacks are used. Since contract 1.
    """


@_claim
def yzlite_fit(
    model: YZLiteModel, keras_model: KerasModel, dataset: Dataset, callbacks: Sequence[Any], run: Run
) -> History | None:
    """Train.

    Called once, after `yzlite_train_callbacks`. An implementation may train elsewhere: on another
    machine, or on several.

    Args:
        model: The model with its settings.
        keras_model: The compiled network; when this hook returns it holds the weights to keep.
        dataset: The training data, with the validation data in its `validation`.
        callbacks: What `yzlite_train_callbacks` gathered.
        run: The run.

    Returns:
        The history: each metric's value for each epoch. None to pass.

    If no plugin answers, the core calls `keras_model.fit` and restores the best checkpoint.
    Since contract 1.
    """


@_claim
def yzlite_save_model(model: YZLiteModel, keras_model: KerasModel, run: Run) -> KerasModel | None:
    """Say which network is saved, converted and evaluated.

    Called once, after training. A wrapper can take off what it has put around the network for the
    training's sake: pruning, fake quantization.

    Args:
        model: The model with its settings.
        keras_model: The trained network, with the weights to keep.
        run: The run.

    Returns:
        A `keras.Model`. None to pass.

    If no plugin answers, it is what the script's `on_save_keras_model` makes of the trained network, or
    that network itself. Since contract 1.
    """


@_tell
def yzlite_after_fit(model: YZLiteModel, keras_model: KerasModel, history: History, run: Run) -> None:
    """Observe the end of training.

    Called after the Keras model and the history are written.

    Args:
        model: The model with its settings.
        keras_model: The trained network.
        history: Each metric's value for each epoch.
        run: The run.

    If nobody listens, nothing happens. Since contract 1.
    """


# ------------------------------------------------------------------------------------------ conversion


@_claim
def yzlite_conversion_options(model: YZLiteModel) -> ConversionOptions | None:
    """Say how the network is converted.

    Called first in the conversion. A wrapper can change what the others say.

    Args:
        model: The model with its settings.

    Returns:
        What the converter is told. None to pass.

    If no plugin answers, the core reads `tflite_converter`. Since contract 1.
    """


@_claim
def yzlite_representative_data(model: YZLiteModel, dataset: Dataset, seed: int) -> Iterable[Sample] | None:
    """Give the samples by which the converter calibrates the quantization.

    Called before conversion if `tflite_converter['representative_dataset']` is `'generate'`.

    Args:
        model: The model with its settings.
        dataset: The validation data (the training data if there is none).
        seed: The run's seed.

    Returns:
        For each sample its inputs of shape (1, ...): a list in the order of the network's inputs, or a
        mapping by their names. None to pass.

    If no plugin answers, the core draws as many samples of each class, up to
    `representative_dataset_max_samples`. Since contract 1.
    """


@_collect
def yzlite_model_parameters(model: YZLiteModel) -> Mapping[str, Any] | None:
    """Contribute parameters to embed in the `.tflite`.

    Called before conversion. What the script set in `my_model.model_parameters` wins over a plugin's.

    Args:
        model: The model with its settings.

    Returns:
        `{key: value}`. Two plugins that add one key are an error.

    If no plugin answers, the core's (name, version, classes, hash, date) and the script's are embedded.
    Since contract 1.
    """


@_claim
def yzlite_convert(
    model: YZLiteModel,
    keras_model: KerasModel,
    representative: Sequence[Sample] | None,
    options: ConversionOptions,
) -> bytes | None:
    """Convert the Keras model to a `.tflite`.

    Called once; a wrapper may rewrite the bytes.

    Args:
        model: The model with its settings.
        keras_model: The trained network.
        representative: The calibration samples, or None if the options ask for none.
        options: The converter's settings, normalised.

    Returns:
        The `.tflite` file's bytes. None to pass.

    If no plugin answers, the core runs TensorFlow's converter in a child process. Since contract 1.
    """


# ------------------------------------------------------------------------------------------ evaluation


@_claim
def yzlite_evaluate(
    model: YZLiteModel, predictor: Predictor, dataset: Dataset, run: Run
) -> EvaluationResults | None:
    """Evaluate a trained model.

    Called once for the Keras model and once for the `.tflite`.

    Args:
        model: The model with its settings.
        predictor: `predictor.kind` is `keras` or `tflite`; `predictor.predict(x)` takes inputs of
            shape (n, ...) and returns float32 outputs of shape (n, ...).
        dataset: The evaluation data, each sample once.
        run: The run.

    Returns:
        The results. None to pass.

    If nobody answers, the run goes on and says that nobody evaluated. Since contract 1.
    """


@_tell
def yzlite_figure(run: Run, kind: str, name: str, figure: Any) -> None:
    """Observe a plot of the evaluation.

    Called for each plot, before its file is written.

    Args:
        run: The run.
        kind: The evaluated model: `keras` or `tflite`.
        name: `roc`, `confusion_matrix`, ...
        figure: A `matplotlib.figure.Figure`.

    If nobody listens, the plot is only written. Since contract 1.
    """


@_tell
def yzlite_report(
    model: YZLiteModel, results: Mapping[str, EvaluationResults], directory: Path, run: Run
) -> Sequence[Path] | None:
    """Write something for people to look at.

    Called once, when evaluation is done.

    Args:
        model: The model with its settings.
        results: The results by predictor: `keras`, `tflite`.
        directory: The log directory.
        run: The run, with what its stages have reported so far.

    Returns:
        The files written.

    If nobody listens, there is no report. Since contract 1.
    """


# ------------------------------------------------------------------------------- profiling and archive


@_claim
def yzlite_profile(model: YZLiteModel | None, tflite: bytes, target: str | None) -> ProfilingResults | None:
    """Estimate what a `.tflite` costs on the device.

    Called after conversion and by `yzlite profile`.

    Args:
        model: The model with its settings, or None if only a `.tflite` is at hand.
        tflite: The `.tflite` file's bytes.
        target: The name of an accelerator, or None for the processor alone.

    Returns:
        Memory, operations and the table of layers. None to pass.

    If no plugin answers, the core profiles for the processor; with a target it is an error.
    Since contract 1.
    """


@_collect
def yzlite_archive_files(run: Run) -> Mapping[str, Path] | None:
    """Contribute files to the archive.

    Called last, before the archive is written.

    Args:
        run: The run.

    Returns:
        `{name in the archive: file}`. Two plugins that add one name are an error.

    If no plugin answers, the core's files are archived. Since contract 1.
    """


@_tell
def yzlite_run_finished(run: Run, outcome: Outcome) -> None:
    """Observe the end of a run.

    Called always, also when the run failed or was interrupted.

    Args:
        run: The run.
        outcome: Status, error, and what each stage reported.

    If nobody listens, nothing happens. Since contract 1.
    """


# -------------------------------------------------------------------------------------- after the run


@_collect
def yzlite_export_sources(
    model: YZLiteModel | None, tflite: bytes, name: str, prefix: str, arena: Arena
) -> Mapping[str, str] | None:
    """Contribute C sources to what firmware is built from.

    Called by `yzlite export`, which comes with yzlite-firmware.

    Args:
        model: The model with its settings, or None if only a `.tflite` is at hand; `yzlite export`
            executes no script.
        tflite: The `.tflite` file's bytes.
        name: The model's name.
        prefix: What names of files and in C begin with, so that two models fit into one firmware.
        arena: The memory that the interpreter needs: its `size` in bytes, and whether it `is_measured`.

    Returns:
        `{file name: text}`. Two plugins that add one name are an error. A text that begins with the
        comment "Written by `yzlite export`; changes are lost when it is written again." is replaced by
        the next export; any other is written once and then belongs to the user.

    If nobody answers, there is nothing to export, which is an error. Since contract 1.
    """
