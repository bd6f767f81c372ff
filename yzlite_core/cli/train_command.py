"""`yzlite train MODEL`."""

from __future__ import annotations

from typing import Annotated

import typer

from yzlite_core.cli import running as r
from yzlite_core.cli.frame import Json, NoPlugin, Shown, Verbose, command


@command
def main(
    model: r.Model,
    epochs: Annotated[int | None, typer.Option("--epochs", "-e", help="Instead of the script's.")] = None,
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
    verbose: Verbose = False,
) -> Shown:
    """Train a model, convert it, and evaluate the Keras and the .tflite model."""
    stages = ["load", "fit", "convert", *(["evaluate"] if evaluate else []), "archive"]
    given = [*(settings or []), *([f"epochs={epochs}"] if epochs is not None else [])]
    return r.run_stages(
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
    )
