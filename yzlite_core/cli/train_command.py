"""`yzlite train MODEL`."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from yzlite_core.cli import running as r
from yzlite_core.cli.frame import Json, NoPlugin, Shown, Verbose, command


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
    seed: r.Seed = None,
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
    from yzlite_core.functions.train import train
    from yzlite_core.run.request import Request

    given = (("epochs", epochs),) if epochs is not None else ()
    request = Request(
        model,
        test=test,
        seed=seed,
        workers=workers,
        settings=(*r.settings_of(settings), *given),
        output=output,
        without=tuple(no_plugin or ()),
        trust=trust,
        gpu=gpu,
        resume=resume,
        resume_epoch=resume_epoch,
        clean=clean,
        weights=weights,
        show=show,
        post_process=post,
    )
    return r.shown(request, partial(train, evaluate=evaluate), json=json)
