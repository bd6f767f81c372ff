"""`yzlite summarize MODEL`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yzlite_core.cli import running as r
from yzlite_core.cli.frame import Json, NoPlugin, Shown, Verbose, command
from yzlite_core.errors import UsageError


@command
def main(
    model: r.ModelOrTflite,
    tflite: Annotated[
        bool, typer.Option("--tflite", help="The .tflite; executes no script (the default).")
    ] = False,
    keras: Annotated[
        bool, typer.Option("--keras", help="The Keras model and the settings; executes the script.")
    ] = False,
    build: Annotated[
        bool, typer.Option("--build", "-b", help="Build the network anew, whatever has been trained.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the text there.")
    ] = None,
    test: r.Test = False,
    json: Json = False,
    no_plugin: NoPlugin = None,
    trust: r.Trust = False,
    verbose: Verbose = False,
) -> Shown:
    """Show what a model is made of: inputs, outputs, layers, parameters."""
    if tflite and keras:
        raise UsageError("A summary is of one model", hint="choose --tflite or --keras")
    from yzlite_core.functions.summarize import summarize

    text = summarize(
        model, tflite=not keras, build=build, test=test, trust=trust, without=tuple(no_plugin or ())
    )
    data = {"status": "ok", "model": model, "summary": text}
    if output is None:
        return Shown(data, text)
    from yzlite_core.support.files import write_atomic

    path = write_atomic(output.expanduser(), text + "\n")
    return Shown({**data, "file": str(path)}, f"Summary  {path}")
