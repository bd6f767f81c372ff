"""`yzlite evaluate MODEL`."""

from __future__ import annotations

from typing import Annotated

import typer

from yzlite_core.cli import running as r
from yzlite_core.cli.frame import Json, NoPlugin, Shown, Verbose, command


@command
def main(
    model: r.Model,
    keras: Annotated[bool, typer.Option("--keras", help="Only the Keras model.")] = False,
    tflite: Annotated[bool, typer.Option("--tflite", help="Only the .tflite model.")] = False,
    test: r.Test = False,
    seed: r.Seed = 42,
    settings: r.Set = None,
    output: r.Output = None,
    json: Json = False,
    no_plugin: NoPlugin = None,
    trust: r.Trust = False,
    verbose: Verbose = False,
) -> Shown:
    """Evaluate a trained model, and update its archive."""
    chosen = tuple(name for name, wanted in (("keras", keras), ("tflite", tflite)) if wanted)
    return r.run_stages(
        model,
        ["evaluate", "archive"],
        test=test,
        seed=seed,
        settings=settings,
        output=output,
        without=no_plugin,
        trust=trust,
        json=json,
        kinds=chosen or ("keras", "tflite"),
    )
