"""`yzlite run MODEL`: the whole way from a script to a packed model."""

from __future__ import annotations

from typing import Annotated

import typer

from yzlite_core.cli import running as r
from yzlite_core.cli.frame import Json, NoPlugin, Shown, Verbose, command

_ALL = "load,fit,convert,evaluate,profile,archive"


@command
def main(
    model: r.Model,
    test: r.Test = False,
    seed: r.Seed = 42,
    workers: r.Workers = None,
    settings: r.Set = None,
    stages: Annotated[str, typer.Option("--stages", help="Which of the stages are run.")] = _ALL,
    resume: r.Resume = False,
    resume_epoch: r.ResumeEpoch = None,
    output: r.Output = None,
    json: Json = False,
    no_plugin: NoPlugin = None,
    trust: r.Trust = False,
    gpu: r.Gpu = True,
    verbose: Verbose = False,
) -> Shown:
    """Train a model, convert it to int8 .tflite, evaluate both, profile it and pack an archive."""
    return r.run_stages(
        model,
        [name.strip() for name in stages.split(",") if name.strip()],
        test=test,
        seed=seed,
        workers=workers,
        settings=settings,
        output=output,
        without=no_plugin,
        trust=trust,
        gpu=gpu,
        json=json,
        resume=resume,
        resume_epoch=resume_epoch,
    )
