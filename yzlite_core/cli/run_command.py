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
    seed: r.Seed = None,
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
    from yzlite_core.functions.perform import perform
    from yzlite_core.run.request import Request

    request = Request(
        model,
        stages=tuple(name.strip() for name in stages.split(",") if name.strip()),
        test=test,
        seed=seed,
        workers=workers,
        settings=r.settings_of(settings),
        output=output,
        without=tuple(no_plugin or ()),
        trust=trust,
        gpu=gpu,
        resume=resume,
        resume_epoch=resume_epoch,
    )
    return r.shown(request, perform, json=json)
