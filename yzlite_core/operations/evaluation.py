"""`evaluate_model`: judge a trained model on its evaluation data."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from yzlite_core.artefacts import with_weights
from yzlite_core.errors import UsageError
from yzlite_core.model import YZLiteModel
from yzlite_core.operations.loading import load_yzlite_model
from yzlite_core.operations.session import session
from yzlite_core.operations.showing import show_files
from yzlite_core.results import EvaluationResults
from yzlite_core.run import EvaluationOptions, execute


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
        model: A model, a script's path, an archive's path, or a name.
        tflite: The `.tflite` instead of the Keras model.
        weights: Other weights of the Keras model: `best`, a file's name in the folder of the weights, or a
            path.
        max_samples_per_class: The most samples of each class; -1 for all.
        classes: Of an auto-encoder: the classes of the data, the normal one first.
        dump: Of an auto-encoder: write what it makes of the samples, as pictures.
        show: Show the plots.
        verbose: Accepted for older scripts; `cli.get_logger(verbose=True)` says more.
        callbacks: Keras callbacks that are told of each batch of the Keras model's predictions.
        update_archive: Put the results into the archive.
        test: A dry run: at most 3 samples of each class, of what a training in test mode has left.
        post_process: Told to the handlers of model events.

    Raises:
        UsageError: If arguments do not fit together.
        NobodyAnsweredError: If no plugin evaluates such a model.
        ArtefactNotFoundError: If the model has not been trained.
    """
    if tflite and (weights is not None or callbacks):
        raise UsageError("Weights and callbacks are of the Keras model", hint="leave tflite=True out")
    settings: dict[str, Any] = {}
    if max_samples_per_class != -1:
        settings["eval_max_samples_per_class"] = max_samples_per_class
    if classes is not None:
        settings["eval_classes"] = list(classes)
    kind = "tflite" if tflite else "keras"
    with session(load_yzlite_model(model), test=test, settings=settings) as run:
        run.post_process = post_process
        run.evaluation = EvaluationOptions((kind,), True, tuple(callbacks or ()), dump, show)
        if weights is not None:
            run.keras_model = with_weights(run, weights)
        execute(run, ["evaluate", *(["archive"] if update_archive else [])])
        if show:
            show_files(sorted((run.paths.eval / kind).glob("*.png")), run.log)
        return run.results[kind]
