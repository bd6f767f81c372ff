"""`yzlite profile MODEL`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yzlite_core.cli.frame import Json, NoPlugin, Shown, Verbose, command


@command
def main(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A .tflite, an archive, a script or a name.")],
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
    from yzlite_core.operations.profiling import ProfilingModelResults
    from yzlite_core.stages.profile import profile_bytes
    from yzlite_core.tflite.model import TfliteModel
    from yzlite_core.trained import load_tflite

    if build:
        from yzlite_core.operations.loading import built_tflite, load_yzlite_model
        from yzlite_core.plugins import load_plugins

        tflite, plugins = built_tflite(load_yzlite_model(model)), load_plugins(disabled=no_plugin or ())
    else:
        tflite, plugins = load_tflite(model, no_plugin)
    found = profile_bytes(plugins, tflite, target=accelerator)
    results = ProfilingModelResults(
        TfliteModel(tflite, path=f"{Path(model).name.split('.')[0]}.tflite"), found, accelerator
    )
    data = {"status": "ok", "model": model, **found.to_dict()}
    text = results.to_string(formatted)
    if output is not None:
        files = [str(path) for path in results.generate_report(output.expanduser(), formatted)]
        data["files"] = files
        text += "".join(f"\nReport  {file}" for file in files)
    return Shown(data, text)
