"""The original's functions, with its signatures: each turns its arguments into a request and performs it.

What the original's arguments mean for its vendor's boards, and what was never of effect here, is accepted and
left alone, or refused with a sentence.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import time
import webbrowser
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, overload

from yzlite_core.compat.logger import get_yzlite_logger
from yzlite_core.compat.vendor import refuse_compiling, refuse_hardware
from yzlite_core.contract.values import EvaluationResults, TrainingResults
from yzlite_core.errors import UsageError, did_you_mean
from yzlite_core.functions import load
from yzlite_core.functions.evaluate import evaluate
from yzlite_core.functions.profile import ProfilingModelResults, profile
from yzlite_core.functions.quantize import quantize
from yzlite_core.functions.summarize import summarize
from yzlite_core.functions.train import train
from yzlite_core.functions.update import update_parameters
from yzlite_core.functions.view import file_to_view, served
from yzlite_core.model.model import YZLiteModel
from yzlite_core.run.request import Request
from yzlite_core.support.determinism import prepare_environment
from yzlite_core.tflite.model import TfliteModel

RETURN_MODEL = "tflite_model"


def _request(model: load.AnyModel, **wanted: Any) -> Request:
    """Return what a function of scripts asks for."""
    return Request(load.as_model(model), live=sys.stderr.isatty(), **wanted)


# ------------------------------------------------------------------------------------------- a training


def train_model(
    model: str | os.PathLike[str] | YZLiteModel,
    weights: str | None = None,
    epochs: int | None = None,
    resume_epoch: int = 0,
    verbose: bool | None = None,
    clean: bool | None = False,
    quantize: bool = True,
    create_archive: bool = True,
    show: bool = False,
    test: bool = False,
    post_process: bool = False,
) -> TrainingResults:
    """Train a model, and convert it to `.tflite` and pack its archive unless told otherwise.

    Files are renamed into place: what an earlier training has left stays until there is something new.

    Args:
        model: A model with TrainMixin and a dataset mixin, a script's path, or a name.
        weights: Weights to begin with: `best`, a file's name in the folder of the weights, or a path.
        epochs: Passes over the training data; None for the model's own, -1 until early stopping.
        resume_epoch: 0 begins anew, -1 goes on from the last checkpoint, n from that of epoch n.
        verbose: Accepted for older scripts; `cli.get_logger(verbose=True)` says more.
        clean: True also removes the history, evaluations and checkpoints of earlier trainings first.
        quantize: Convert the trained network.
        create_archive: Pack the archive.
        show: Show the plot of the training history.
        test: A dry run: one epoch, at most 3 samples of each class, files of their own.
        post_process: Told to the handlers of model events.

    Returns:
        The trained network and the history.

    Raises:
        UsageError: If `model` is a trained model's file.
        YZLiteError: If training fails; says why.
    """
    if str(model).endswith((".tflite", ".h5", ".keras", ".zip")):
        raise UsageError(f"{model} cannot be trained", hint="give the name or the script of a model")
    if resume_epoch < -1:
        raise UsageError(
            f"resume_epoch is {resume_epoch}", hint="0 begins anew, -1 goes on, n goes on after epoch n"
        )
    resumes = resume_epoch != 0
    request = _request(
        model,
        weights=weights,
        settings=() if epochs is None else (("epochs", epochs),),
        resume=resumes,
        resume_epoch=resume_epoch if resume_epoch > 0 else None,
        clean=bool(clean) and not resumes,
        show=show,
        test=test,
        post_process=post_process,
    )
    results = train(
        request, get_yzlite_logger(), convert=quantize, evaluate=False, archive=create_archive
    ).checked()
    assert results.training is not None  # the stage `fit` has run
    return replace(results.training, archive=results.files.get("archive") if create_archive else None)


def evaluate_model(
    model: str | os.PathLike[str] | YZLiteModel,
    tflite: bool = False,
    weights: str | None = None,
    max_samples_per_class: int = -1,
    classes: Sequence[str] | None = None,
    dump: bool = False,
    show: bool = False,
    verbose: bool | None = None,
    callbacks: Sequence[Any] | None = None,
    update_archive: bool = True,
    test: bool = False,
    post_process: bool = False,
) -> EvaluationResults:
    """Evaluate a trained model.

    Args:
        model: A model, the path of a script, an archive or a log directory, or a name.
        tflite: The `.tflite` instead of the Keras model.
        weights: Other weights of the Keras model: `best`, a file's name in the folder of the weights, or a
            path.
        max_samples_per_class: The most samples of each class; -1 for all.
        classes: Of an auto-encoder: the classes of the data, the normal one first.
        dump: Of an auto-encoder: write what it makes of the samples, as pictures.
        show: Show the plots.
        verbose: Accepted for older scripts; `cli.get_logger(verbose=True)` says more.
        callbacks: Keras callbacks that are told of each batch of the Keras model's predictions.
        update_archive: Write the results where the model lies, and into its archive.
        test: A dry run: at most 3 samples of each class, of what a training in test mode has left.
        post_process: Told to the handlers of model events.

    Raises:
        UsageError: If arguments do not fit together.
        NobodyAnsweredError: If no plugin evaluates such a model.
        ArtefactNotFoundError: If the model has not been trained.
    """
    kind = "tflite" if tflite else "keras"
    request = _request(
        model,
        kinds=(kind,),
        must_evaluate=True,
        weights=weights,
        max_samples_per_class=None if max_samples_per_class == -1 else max_samples_per_class,
        classes=None if classes is None else tuple(classes),
        dump=dump,
        show=show,
        predict_callbacks=tuple(callbacks or ()),
        update_archive=update_archive,
        test=test,
        post_process=post_process,
    )
    return evaluate(request, get_yzlite_logger()).checked().evaluations[kind]


def quantize_model(
    model: str | os.PathLike[str] | YZLiteModel,
    keras_model: Any = None,
    output: str | os.PathLike[str] | None = None,
    weights: str | None = None,
    build: bool = False,
    update_archive: bool | None = None,
    tflite_converter_override: Mapping[str, Any] | None = None,
    post_process: bool = False,
    *,
    test: bool = False,
) -> str | TfliteModel:
    """Convert a trained model to `.tflite`.

    Args:
        model: A model with TrainMixin, the path of a script, an archive or a log directory, or a name.
        keras_model: The network to convert, instead of the trained one.
        output: Where to: a `.tflite`, a folder, or `tflite_model` to have it returned; None for where the
            model lies.
        weights: Other weights of the network: `best`, a file's name in the folder of the weights, or a path.
        build: Build the network anew and train it in test mode, to see how it converts.
        update_archive: Put the result into the archive; None does so if neither `output`, `build` nor
            `tflite_converter_override` is given.
        tflite_converter_override: Options of `tflite_converter` for this conversion alone.
        post_process: Told to the handlers of model events.
        test: Take what a training in test mode has left.

    Returns:
        The path of the `.tflite` (of the archive, if that alone holds it), or the model itself.

    Raises:
        ArtefactNotFoundError: If the model has not been trained.
        ConversionError: If the network cannot be converted.
    """
    overrides = tuple((f"tflite_converter.{k}", v) for k, v in (tflite_converter_override or {}).items())
    if update_archive is None:
        update_archive = not (output or build or overrides)
    request = _request(
        model,
        keras_model=keras_model,
        weights=weights,
        settings=overrides,
        update_archive=update_archive,
        post_process=post_process,
        test=test,
    )
    returned = output == RETURN_MODEL
    target = None if output is None or returned else Path(output)
    log = get_yzlite_logger()
    results = quantize(request, log, build=build, output=target, elsewhere=returned).checked()
    if returned:
        return TfliteModel(results.tflite)
    return str(results.files["tflite"] if "tflite" in results.files else results.files["archive"])


# ---------------------------------------------------------------------------------------------- looking


def profile_model(
    model: str | os.PathLike[str] | YZLiteModel | TfliteModel,
    image_path: str | None = None,
    accelerator: str | None = None,
    baud: int = 115200,
    port: str | None = None,
    use_device: bool = False,
    build: bool = False,
    platform: str | None = None,
    runtime_buffer_size: int = -1,
    test: bool = False,
    post_process: bool = True,
    return_estimates: bool = False,
) -> ProfilingModelResults:
    """Tell what a `.tflite` costs on the device: memory, operations, layer by layer.

    Args:
        model: A model, a `.tflite` (as object or path), the path of a script, an archive or a log directory,
            or a name.
        image_path: Of the original's device programs; refused, as all of `use_device`, `port`, `platform`.
        accelerator: Profile for this accelerator, which a plugin knows.
        baud: Accepted for older scripts, without effect.
        port: See `image_path`.
        use_device: See `image_path`.
        build: Build the network, train it in test mode and convert it first.
        platform: See `image_path`.
        runtime_buffer_size: Accepted for older scripts; the memory is measured or estimated, never guessed.
        test: Take what a training in test mode has left.
        post_process: Accepted for older scripts.
        return_estimates: Accepted for older scripts; a plugin that knows the accelerator estimates always.

    Raises:
        VendorHardwareError: If a device is asked for.
        NobodyAnsweredError: If no plugin knows the accelerator.
        ArtefactNotFoundError: If the model has not been trained.
    """
    if use_device or image_path or port or platform:
        refuse_hardware("profile_model")
    return profile(model, accelerator=accelerator, build=build, test=test, log=get_yzlite_logger())


def summarize_model(
    model: str | os.PathLike[str] | YZLiteModel | TfliteModel,
    tflite: bool = False,
    build: bool = False,
    test: bool = False,
    built_model: Any = None,
) -> str:
    """Return what a model is made of, as text for people.

    Args:
        model: A model, a `.tflite` (as object or path), the path of a script, an archive or a log directory,
            or a name.
        tflite: The layers of the `.tflite`, instead of those of the Keras model; no script is executed.
        build: Build the network anew (and train it in test mode and convert it, for `tflite`).
        test: Take what a training in test mode has left.
        built_model: A network that is summarized instead of the trained one: a `keras.Model`, or a
            `TfliteModel`.

    Raises:
        ArtefactNotFoundError: If the model has not been trained.
    """
    log = get_yzlite_logger()
    return summarize(model, tflite=tflite, build=build, test=test, network=built_model, log=log)


def view_model(
    model: str | os.PathLike[str] | YZLiteModel | TfliteModel,
    host: str | None = None,
    port: int | None = None,
    test: bool = False,
    build: bool = False,
    tflite: bool = False,
    timeout: float = 7.0,
) -> str:
    """Show a network in the browser.

    Args:
        model: A model, a `TfliteModel`, the path of a `.tflite`, `.keras`, script, archive or log directory,
            or a name.
        host: Where the page is served; None for `localhost`.
        port: On which port; None for 8080. One that is taken gives way to the next free one.
        test: Take what a training in test mode has left.
        build: Build the network, train it in test mode and convert it, and show that `.tflite`.
        tflite: Show the `.tflite` instead of the Keras model.
        timeout: Seconds that the page is served, for the browser to fetch it.

    Returns:
        The page's address.

    Raises:
        MissingPluginError: If Netron is not installed.
        ArtefactNotFoundError: If the model has not been trained.
    """
    log = get_yzlite_logger()
    with (
        file_to_view(model, test=test, build=build, tflite=tflite, log=log) as file,
        served(file, host, port) as url,
    ):
        webbrowser.open(url)
        time.sleep(timeout)
    return url


def update_model_parameters(
    model: str | os.PathLike[str] | YZLiteModel,
    params: Mapping[str, Any] | None = None,
    description: str | None = None,
    output: str | os.PathLike[str] | None = None,
    accelerator: str | None = None,
) -> TfliteModel:
    """Change parameters and description of a trained model; weights and layers stay as they are.

    Args:
        model: A model, a `.tflite`'s path, the path of a script, an archive or a log directory, or a name.
        params: Parameters to set; with neither these nor a description, both are taken from the script.
        description: The new description.
        output: Write the result there (a `.tflite`, or a folder for it) and leave everything else alone.
        accelerator: Of the original's compilers; refused.

    Returns:
        The changed model.

    Raises:
        YZLiteError: If there is no such model, it has not been trained, or a value does not fit.
    """
    if accelerator is not None:
        refuse_compiling(accelerator)
    named = str(model.source or model.model_specification_path) if isinstance(model, YZLiteModel) else model
    target = None if output is None else os.fspath(output)
    updated = update_parameters(os.fspath(named), params, description=description, output=target)
    path = next((file for file in updated.files if file.suffix == ".tflite"), None)
    return TfliteModel(updated.tflite, path=path)


# ---------------------------------------------------------------------------------------------- loading


def load_yzlite_model(
    model: str | os.PathLike[str] | YZLiteModel,
    test: bool = False,
    print_not_found_err: bool = False,
    logger: logging.Logger | None = None,
    reload: bool = True,
    *,
    trust: bool = False,
) -> YZLiteModel:
    """Load a model specification.

    Args:
        model: The path of a script, an archive or a log directory, a name (`my_model`, `folder.my_model`; the
            suffix `-test` is test mode), or a model, which is returned as it is.
        test: Enable test mode.
        print_not_found_err: Accepted for older scripts; what was not found is always said.
        logger: Accepted for older scripts.
        reload: Execute the script even if this process has executed it before.
        trust: Run an archive's code even if this user has not written it.

    Raises:
        ModelNotFoundError: If there is no such model; with close matches.
        UntrustedError: If an archive's code is not this user's, and `trust` is not given.
        ScriptError: If the script fails, or does not hold exactly one model.
    """
    return load.specification(model, test=test, reload=reload, trust=trust)


def load_yzlite_model_with_path(
    model_path: str | os.PathLike[str], logger: logging.Logger | None = None
) -> YZLiteModel:
    """Load the model specification at a path, a script or an archive; see `load_yzlite_model`."""
    return load.specification(Path(model_path).expanduser().absolute())


@overload
def load_tflite_model(
    model: load.AnyModel | TfliteModel,
    build: bool = ...,
    print_not_found_err: bool = ...,
    return_tflite_path: Literal[False] = ...,
    test: bool = ...,
    archive_file_ext: str | None = ...,
) -> TfliteModel: ...
@overload
def load_tflite_model(
    model: load.AnyModel | TfliteModel,
    build: bool = ...,
    print_not_found_err: bool = ...,
    *,
    return_tflite_path: Literal[True],
    test: bool = ...,
    archive_file_ext: str | None = ...,
) -> str: ...
def load_tflite_model(
    model: load.AnyModel | TfliteModel,
    build: bool = False,
    print_not_found_err: bool = False,
    return_tflite_path: bool = False,
    test: bool = False,
    archive_file_ext: str | None = None,
) -> TfliteModel | str:
    """Load a `.tflite`.

    Args:
        model: A .tflite's path, the path of an archive, a log directory or a script, a name, or a model. Only
            `build` executes a script.
        build: Build the network, train it in test mode and convert it, whatever was trained before.
        print_not_found_err: Accepted for older scripts; what was not found is always said.
        return_tflite_path: Return the path of a file instead of its content.
        test: Take what a run in test mode has left.
        archive_file_ext: End of the file's name, if it is another than `.tflite`: `.float32.tflite`.

    Raises:
        ArtefactNotFoundError: If the model has not been trained.
        TfliteError: If it is no intact .tflite.
    """
    if isinstance(model, TfliteModel):
        return model
    if build:
        found = TfliteModel(load.built_tflite(load_yzlite_model(model), get_yzlite_logger()))
    else:
        found = load.trained_tflite(model, test=test, suffix=archive_file_ext or ".tflite")
    return _path_of(found) if return_tflite_path else found


def _path_of(model: TfliteModel) -> str:
    """Return the path of the file, a temporary one if the model was taken from an archive."""
    if model.path is not None and model.path.is_file():  # that of an archive is gone
        return str(model.path)
    return str(model.save(Path(tempfile.mkdtemp(prefix="yzlite-"), f"{model.name}.tflite")))


def load_tflite_or_keras_model(
    model: str | os.PathLike[str] | YZLiteModel,
    model_type: str | None = None,
    weights: str | None = None,
    *,
    test: bool = False,
) -> Any:
    """Load what a training has left, or build the network.

    Args:
        model: The path of a script, an archive or a log directory, a name, a model, or the path of a
            `.tflite` or `.keras`.
        model_type: `tflite`; `keras` (or `h5`, as the original calls it) for the trained network; None
            builds it anew, with what the script's `on_save_keras_model` makes of it.
        weights: Other weights of the network: `best`, a file's name in the folder of the weights, or a path.
        test: Take what a run in test mode has left.

    Returns:
        A `TfliteModel` or a `keras.Model`.

    Raises:
        UsageError: If there is no such type.
        ArtefactNotFoundError: If the model has not been trained, or has no such weights.
    """
    if model_type == "tflite" or str(model).endswith(".tflite"):
        return load_tflite_model(model, test=test)
    if not isinstance(model, YZLiteModel) and str(model).endswith((".keras", ".h5")):
        prepare_environment()
        import keras

        return keras.models.load_model(os.fspath(model), compile=False)
    if model_type not in (None, "keras", "h5"):
        raise UsageError(
            f"There is no type of model '{model_type}'",
            hint=did_you_mean(model_type, ("keras", "tflite", "h5")) or "it is keras or tflite",
        )
    loaded, log = load_yzlite_model(model, test=test), get_yzlite_logger()
    with load.network_of(loaded, log, build=model_type is None, weights=weights) as (run, network):
        change = getattr(run.model, "on_save_keras_model", None) if model_type is None else None
        return network if change is None else change(run.model, network, run.log)
