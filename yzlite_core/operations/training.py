"""`train_model`: train, convert and pack."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

from yzlite_core.errors import UsageError
from yzlite_core.lock import holding
from yzlite_core.model import YZLiteModel
from yzlite_core.operations.loading import load_yzlite_model
from yzlite_core.operations.session import session
from yzlite_core.operations.showing import show_files
from yzlite_core.results import TrainingResults
from yzlite_core.run import Run, execute


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
    stages = ["load", "fit", *(["convert"] if quantize else []), *(["archive"] if create_archive else [])]
    specification = load_yzlite_model(model)
    settings = {} if epochs is None else {"epochs": epochs}
    with session(specification, test=test, settings=settings) as run:
        run.initial_weights, run.post_process = weights, post_process
        run.resume, run.resume_epoch = resume_epoch != 0, resume_epoch if resume_epoch > 0 else None
        if clean and not run.resume:
            clear_results(run)
        execute(run, stages)
        trained = run.training
        assert trained is not None  # the stage `fit` has run
        if show:
            show_files([run.paths.history.with_suffix(".png")], run.log)
        return replace(trained, archive=run.paths.archive if create_archive else None)


def clear_results(run: Run) -> None:
    """Remove what earlier trainings and evaluations have left in the log directory."""
    with holding(run.paths.root):
        for folder in (run.paths.train, run.paths.eval):
            shutil.rmtree(folder, ignore_errors=True)
        run.paths.report.unlink(missing_ok=True)
