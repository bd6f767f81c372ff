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
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

if TYPE_CHECKING:
    import numpy as np

    from yzlite_core.contract.shown import ShownSample
    from yzlite_core.contract.values import EvaluationResults, History, Predictor, Problem
    from yzlite_core.conversion.converter import ConversionOptions
    from yzlite_core.conversion.representative import CalibrationSample
    from yzlite_core.data.batches import BatchTransform, Transform
    from yzlite_core.data.dataset import Dataset, Sampling
    from yzlite_core.model.model import YZLiteModel
    from yzlite_core.run.outcome import Outcome
    from yzlite_core.run.products import Products
    from yzlite_core.run.reports import Provenance, Reports
    from yzlite_core.run.run import Run
    from yzlite_core.tflite.summary import ProfilingResults
    from yzlite_core.tflite.tflm import Arena

    KerasModel = Any  # keras.Model; Keras is not imported for the sake of an annotation

#: The version of this contract. A plugin states the one it was written for as `YZLITE_CONTRACT`.
HOOK_CONTRACT = 1

PROJECT = "yzlite"
hookimpl = pluggy.HookimplMarker(PROJECT)

_hookspec = pluggy.HookspecMarker(PROJECT)
_Spec = TypeVar("_Spec", bound=Callable[..., Any])


def _claim(spec: _Spec) -> _Spec:
    return _hookspec(_of_kind("claim", spec), firstresult=True)


def _collect(spec: _Spec) -> _Spec:
    return _hookspec(_of_kind("collect", spec))


def _tell(spec: _Spec) -> _Spec:
    return _hookspec(_of_kind("tell", spec))


def _of_kind(kind: str, spec: _Spec) -> _Spec:
    """Mark a specification with its kind, and make its arguments plain ones.

    They are written as keyword-only, so that a type checker refuses a call that does not name them.
    pluggy, which always names them, sees plain arguments alone.
    """
    function: Any = spec
    code = function.__code__
    arguments = code.co_argcount + code.co_kwonlyargcount
    function.__code__ = code.replace(co_argcount=arguments, co_kwonlyargcount=0)
    function.kind = kind  # read by Plugins
    return spec


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


@_tell
def yzlite_model_loaded(*, model: YZLiteModel) -> None:
    """Observe that a specification script has been executed.

    Called each time a model is loaded by name or path, before `--set` and `--test` are applied; not for a
    model object that its script hands to a function.

    Args:
        model: The model that the script has made.

    If nobody listens, nothing happens. Since contract 1.
    """


# ----------------------------------------------------------------------------------------- preparation


@_tell
def yzlite_configure(*, run: Run) -> None:
    """Observe the start of a run.

    Called once, after the script is loaded, `--set` and `--test` are applied and the settings are
    frozen, and before any work.

    Args:
        run: The model, its directories, the seed and the plugins.

    If nobody listens, nothing happens. Since contract 1.
    """


@_collect
def yzlite_check_model(*, model: YZLiteModel) -> Sequence[Problem] | None:
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
def yzlite_before_stage(*, run: Run, stage: str, given: Products) -> None:
    """Observe that a stage begins.

    Called before each stage of a run. Like every observer, it ends the run only by raising
    `yzlite_core.errors.StopRunError`.

    Args:
        run: The run; `run.request.stages` are all that it goes through.
        stage: `load`, `fit`, `convert`, `evaluate`, `profile` or `archive`.
        given: What the stages before have made: `given.data`, `given.trained`, ...; None where this run
            leaves a stage out.

    If nobody listens, nothing happens. Since contract 1.
    """


@_tell
def yzlite_after_stage(*, run: Run, stage: str, report: Mapping[str, Any], made: Products) -> None:
    """Observe that a stage is done.

    Called after each stage of a run that has not failed.

    Args:
        run: The run.
        stage: As in `yzlite_before_stage`.
        report: What the stage reports, as in the JSON of `yzlite run`.
        made: What the stages have made so far, this one among them.

    If nobody listens, nothing happens. Since contract 1.
    """


# ------------------------------------------------------------------------------------------------ data


@_claim
def yzlite_load_dataset(
    *, model: YZLiteModel, subset: str, limit: int | None, seed: int, sampling: Sampling
) -> Dataset | None:
    """Load one subset of the model's dataset.

    Called for `training` and `validation` before training, for `validation` before conversion and for
    `evaluation` before evaluation. An answer to `training` may bring its `validation` along.

    Args:
        model: The model with its settings.
        subset: `training`, `validation` or `evaluation`.
        limit: The most samples of each class, or None for all.
        seed: The run's seed; batches draw from generators derived from it.
        sampling: What whoever needs the data wants of it: other classes, augmentation, shuffling, so many
            batches. What is None there is left to the loader and the model's settings.

    Returns:
        The data. A loader without an evaluation subset answers with its validation data; the answer's
        `subset` says what it really is. None to pass.

    If no plugin answers, the core calls the model's own `load_dataset`, with as much of `sampling` as it
    takes. Since contract 1.
    """


@_collect
def yzlite_augment(*, model: YZLiteModel, dataset: Dataset) -> Sequence[Transform | BatchTransform] | None:
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


@_claim
def yzlite_dataset_summary(*, model: YZLiteModel, datasets: Sequence[Dataset]) -> str | None:
    """Say in words what is in the data.

    Called once, after the training data is loaded, and when a model is summarized. A wrapper can change
    what the others say.

    Args:
        model: The model with its settings.
        datasets: The training data and its validation data; empty where none is loaded.

    Returns:
        Text of one or more lines. None to pass.

    If no plugin answers, the core gives the script's own summary, else what the datasets say of
    themselves. Since contract 1.
    """


@_claim
def yzlite_evaluation_sampling(*, model: YZLiteModel) -> Sampling | None:
    """Say what is wanted of the evaluation data.

    Called before `yzlite_load_dataset` is asked for `evaluation`, which is handed the answer.

    Args:
        model: The model with its settings.

    Returns:
        The wishes; what is None is left to the loader. None to pass.

    If no plugin answers, the core has none: the data is as its loader gives it. Since contract 1.
    """


# -------------------------------------------------------------------------------------------- training


@_claim
def yzlite_build_model(*, model: YZLiteModel) -> KerasModel | None:
    """Build and compile the Keras model.

    Called before training. A wrapper can change the network: pruning, quantization-aware training.

    Args:
        model: The model with its settings.

    Returns:
        A compiled `keras.Model`. None to pass.

    If no plugin answers, the core calls `model.build_model_function(model)`. Since contract 1.
    """


@_collect
def yzlite_train_callbacks(*, model: YZLiteModel, dataset: Dataset, run: Run) -> Sequence[Any] | None:
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
def yzlite_fit_arguments(
    *, model: YZLiteModel, dataset: Dataset, callbacks: Sequence[Any]
) -> Mapping[str, Any] | None:
    """Say what `keras.Model.fit` is told, beside the data.

    Called once, after `yzlite_train_callbacks`. A wrapper can change what the others say.

    Args:
        model: The model with its settings.
        dataset: The training data, with the validation data in its `validation`.
        callbacks: What `yzlite_train_callbacks` gathered.

    Returns:
        The arguments as Keras spells them: `epochs`, `steps_per_epoch`, `class_weight`, `callbacks`, ...
        Data (`x`, `y`, `sample_weight`, `validation_data`) is there only to take the place of the dataset's.
        None to pass.

    If no plugin answers, the core reads the settings; those in `train_kwargs` win. Since contract 1.
    """


@_claim
def yzlite_fit(
    *,
    model: YZLiteModel,
    keras_model: KerasModel,
    dataset: Dataset,
    callbacks: Sequence[Any],
    arguments: Mapping[str, Any],
    run: Run,
) -> History | None:
    """Train.

    Called once, after `yzlite_fit_arguments`. An implementation may train elsewhere: on another
    machine, or on several.

    Args:
        model: The model with its settings.
        keras_model: The compiled network; when this hook returns it holds the weights to keep.
        dataset: The training data, with the validation data in its `validation`.
        callbacks: What `yzlite_train_callbacks` gathered.
        arguments: What `yzlite_fit_arguments` answered: epochs, steps, class weights, all callbacks.
        run: The run.

    Returns:
        The history: each metric's value for each epoch. None to pass.

    If no plugin answers, the core calls `keras_model.fit` and restores the best checkpoint.
    Since contract 1.
    """


@_claim
def yzlite_save_model(*, model: YZLiteModel, keras_model: KerasModel, run: Run) -> KerasModel | None:
    """Say which network is saved.

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


@_claim
def yzlite_trained_model(*, model: YZLiteModel, keras_model: KerasModel, run: Run) -> KerasModel | None:
    """Say which network is converted and evaluated by this run, although another was saved.

    Called once, after the Keras model is written.

    Args:
        model: The model with its settings.
        keras_model: The network that was saved.
        run: The run.

    Returns:
        A `keras.Model`. None to pass.

    If no plugin answers, it is the network that was saved. Since contract 1.
    """


@_tell
def yzlite_after_fit(
    *, model: YZLiteModel, keras_model: KerasModel, history: History, dataset: Dataset, run: Run
) -> None:
    """Observe the end of training.

    Called after the Keras model and the history are written.

    Args:
        model: The model with its settings.
        keras_model: The trained network.
        history: Each metric's value for each epoch.
        dataset: The training data, with everybody's transforms.
        run: The run.

    If nobody listens, nothing happens. Since contract 1.
    """


# ------------------------------------------------------------------------------------------ conversion


@_claim
def yzlite_conversion_options(*, model: YZLiteModel) -> ConversionOptions | None:
    """Say how the network is converted.

    Called first in the conversion. A wrapper can change what the others say.

    Args:
        model: The model with its settings.

    Returns:
        What the converter is told. None to pass.

    If no plugin answers, the core reads `tflite_converter`. Since contract 1.
    """


@_claim
def yzlite_representative_data(
    *, model: YZLiteModel, dataset: Dataset, seed: int
) -> Iterable[CalibrationSample] | None:
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
def yzlite_model_parameters(*, model: YZLiteModel) -> Mapping[str, Any] | None:
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
    *,
    model: YZLiteModel,
    keras_model: KerasModel,
    representative: Sequence[CalibrationSample] | None,
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
    *, model: YZLiteModel, predictor: Predictor, dataset: Dataset, run: Run
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
def yzlite_figure(*, run: Run, kind: str, name: str, figure: Any) -> None:
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
    *,
    model: YZLiteModel,
    results: Mapping[str, EvaluationResults],
    directory: Path,
    run: Run,
    reports: Reports,
    provenance: Provenance,
) -> Sequence[Path] | None:
    """Write something for people to look at.

    Called once, when evaluation is done.

    Args:
        model: The model with its settings.
        results: The results by predictor: `keras`, `tflite`.
        directory: The log directory.
        run: The run.
        reports: What its stages have reported so far; where it leaves one out, what the training's run has.
        provenance: Of the training: versions, seed, hashes.

    Returns:
        The files written.

    If nobody listens, there is no report. Since contract 1.
    """


@_claim
def yzlite_show_sample(*, model: YZLiteModel, x: np.ndarray, file: PurePath | None) -> ShownSample | None:
    """Say how a sample looks and sounds.

    Called for each sample that the report shows.

    Args:
        model: The model with its settings.
        x: The sample as the network gets it, of shape (...), without the axis of the batch.
        file: The file that it comes from, or None.

    Returns:
        A `ShownSample`: a picture, or a signal with the names of its axes, and a sound; one with nothing in
        it if such a sample cannot be shown. None to pass.

    If no plugin answers, the core shows (time,) and (time, up to 6 channels) as signals, (height, width) and
    (height, width, 1, 3 or 4) as pictures, and nothing else. Since contract 1.
    """


# ------------------------------------------------------------------------------- profiling and archive


@_claim
def yzlite_profile(
    *, model: YZLiteModel | None, tflite: bytes, target: str | None
) -> ProfilingResults | None:
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
def yzlite_archive_files(*, run: Run, reports: Reports) -> Mapping[str, Path] | None:
    """Contribute files to the archive.

    Called last, before the archive is written.

    Args:
        run: The run.
        reports: What its stages have reported.

    Returns:
        `{name in the archive: file}`. Two plugins that add one name are an error.

    If no plugin answers, the core's files are archived. Since contract 1.
    """


@_tell
def yzlite_run_finished(*, run: Run, outcome: Outcome) -> None:
    """Observe the end of a run.

    Called always, also when the run failed or was interrupted.

    Args:
        run: The run.
        outcome: Status, error, what each stage reported, and what the training has measured.

    If nobody listens, nothing happens. Since contract 1.
    """


# ----------------------------------------------------------------------------------- apart from any run


@_collect
def yzlite_summary(*, model: YZLiteModel) -> Sequence[str] | None:
    """Say what is worth knowing of a model.

    Called by `summarize_model` and `yzlite summarize --keras`, for the part between the network's layers
    and the data.

    Args:
        model: The model with its settings.

    Returns:
        Lines of text, shown as a paragraph of its own.

    If no plugin answers, the core's lines are shown: `my_model.summary()`. Since contract 1.
    """


@_collect
def yzlite_export_sources(
    *, model: YZLiteModel | None, tflite: bytes, name: str, prefix: str, arena: Arena
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
