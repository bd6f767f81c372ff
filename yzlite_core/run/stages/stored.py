"""What a stage that is left out would have made: read from the bundle of an earlier run."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from yzlite_core.errors import ArtefactNotFoundError, TrainingError, YZLiteError
from yzlite_core.model.weights import WEIGHTS_FOLDER, find_weights
from yzlite_core.run.bundle import Bundle, read_tflite
from yzlite_core.run.products import Converted, Trained
from yzlite_core.run.run import Run
from yzlite_core.run.stages.build import build


def stored_network(run: Run, bundle: Bundle | None) -> Trained:
    """Return the network to convert and evaluate, which is read when it is first needed.

    It is the one that the request brings, else the trained one, with other weights if the request names some.
    """
    if run.request.keras_model is not None:
        return Trained(lambda: run.request.keras_model)
    weights = run.request.weights
    if weights is not None:
        return Trained(lambda: with_weights(run, build(run), weights, bundle))
    return Trained(lambda: _saved_network(run, _needed(run, bundle).file(".keras")))


def stored_tflite(run: Run, bundle: Bundle | None) -> Converted:
    """Return the `.tflite` that an earlier run has made, which is read when it is first needed."""
    return Converted(lambda: read_tflite(_needed(run, bundle).file(".tflite")))


def with_weights(run: Run, network: Any, weights: str, bundle: Bundle | None) -> Any:
    """Give a network the weights of a file, and return it.

    Args:
        run: The run.
        network: A network as the script builds it.
        weights: `best`, a file's name in the folder of the weights, or a path.
        bundle: Whose weights are meant; None for those in the run's log directory.

    Raises:
        ArtefactNotFoundError: If there is no such file.
        TrainingError: If the weights do not fit the network.
    """
    checkpoint = getattr(run.model, "checkpoint", {})
    monitor, mode = checkpoint.get("monitor", "val_accuracy"), checkpoint.get("mode", "auto")
    folder = run.paths.train / WEIGHTS_FOLDER if bundle is None else bundle.weights_folder
    file = find_weights(folder, weights, monitor, mode)
    try:
        with warnings.catch_warnings():  # the optimizer's variables are of no use here
            warnings.filterwarnings("ignore", message="Skipping variable loading for optimizer")
            warnings.filterwarnings("ignore", message="A total of 1 objects could not be loaded.*optimizer")
            network.load_weights(file)
    except Exception as error:
        raise TrainingError(f"The weights in {file} do not fit the network: {_short(error)}") from error
    return network


def _saved_network(run: Run, path: Path) -> Any:
    """Return a saved network; one with layers of the script's own is built by it, and given the weights."""
    import keras

    try:
        return keras.models.load_model(path, custom_objects=run.model.keras_custom_objects, compile=False)
    except Exception as cause:
        try:
            built = build(run)
            built.load_weights(path)
        except YZLiteError:
            raise
        except Exception as error:
            raise TrainingError(
                f"{path.name} of {run.model.name} cannot be read: {_short(cause)}",
                hint=f"train it anew with: yzlite run {run.model.name}",
            ) from error
        return built


def _needed(run: Run, bundle: Bundle | None) -> Bundle:
    if bundle is None:
        name = run.model.name
        raise ArtefactNotFoundError(f"{name} has not been trained", hint=f"make it with: yzlite run {name}")
    return bundle


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
