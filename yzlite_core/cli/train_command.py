"""`yzlite train MODEL`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yzlite_core.cli import running as r
from yzlite_core.cli.frame import Json, NoPlugin, Shown, Verbose, command
from yzlite_core.errors import UsageError

if TYPE_CHECKING:
    from yzlite_core.run import Run


@command
def main(
    model: r.Model,
    epochs: Annotated[int | None, typer.Option("--epochs", "-e", help="Instead of the script's.")] = None,
    weights: r.Weights = None,
    clean: Annotated[
        bool, typer.Option("--clean", help="First remove what earlier trainings and evaluations have left.")
    ] = False,
    show: Annotated[bool, typer.Option("--show", help="Open the plot of the history.")] = False,
    evaluate: Annotated[bool, typer.Option("--evaluate/--no-evaluate", help="Evaluate afterwards.")] = True,
    test: r.Test = False,
    seed: r.Seed = 42,
    workers: r.Workers = None,
    settings: r.Set = None,
    resume: r.Resume = False,
    resume_epoch: r.ResumeEpoch = None,
    output: r.Output = None,
    json: Json = False,
    no_plugin: NoPlugin = None,
    trust: r.Trust = False,
    gpu: r.Gpu = True,
    post: r.Post = False,
    verbose: Verbose = False,
) -> Shown:
    """Train a model, convert it, and evaluate the Keras and the .tflite model."""
    stages = ["load", "fit", "convert", *(["evaluate"] if evaluate else []), "archive"]
    if clean and (resume or resume_epoch is not None):
        raise UsageError("--clean removes what --resume goes on from", hint="leave one of them out")
    given = [*(settings or []), *([f"epochs={epochs}"] if epochs is not None else [])]

    def adjust(run: Run) -> None:
        from yzlite_core.operations.training import clear_results

        run.initial_weights, run.post_process = weights, post
        if clean:
            clear_results(run)

    shown = r.run_stages(
        model,
        stages,
        test=test,
        seed=seed,
        workers=workers,
        settings=given,
        output=output,
        without=no_plugin,
        trust=trust,
        gpu=gpu,
        json=json,
        resume=resume,
        resume_epoch=resume_epoch,
        adjust=adjust,
    )
    if show:
        from yzlite_core.console import console_log
        from yzlite_core.operations.showing import show_files

        plot = Path(shown.data["log_dir"], "train", "training-history.png")
        show_files([plot], console_log(to_stderr=json))
    return shown
