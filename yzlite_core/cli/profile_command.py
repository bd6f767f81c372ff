"""`yzlite profile MODEL`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yzlite_core.cli import running as r
from yzlite_core.cli.frame import Json, NoPlugin, Shown, Verbose, command


@command
def main(
    model: r.ModelOrTflite,
    accelerator: Annotated[
        str | None, typer.Option("--accelerator", "-a", help="Profile for this accelerator.")
    ] = None,
    build: Annotated[
        bool, typer.Option("--build", "-b", help="Build and convert the network first, in test mode.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Also write a report, text and JSON.")
    ] = None,
    formatted: Annotated[
        bool, typer.Option("--format/--no-format", help="Whether thousands are separated in the text.")
    ] = True,
    json: Json = False,
    no_plugin: NoPlugin = None,
    verbose: Verbose = False,
) -> Shown:
    """Tell what a .tflite costs on the device: memory, operations, layer by layer."""
    from yzlite_core.functions.profile import profile

    results = profile(model, accelerator=accelerator, build=build, without=tuple(no_plugin or ()))
    data = {"status": "ok", "model": model, **results.profile.to_dict()}
    text = results.to_string(formatted)
    if output is not None:
        files = [str(path) for path in results.generate_report(output.expanduser(), formatted)]
        data["files"] = files
        text += "".join(f"\nReport  {file}" for file in files)
    return Shown(data, text)
