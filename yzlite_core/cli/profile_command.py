"""`yzlite profile MODEL`."""

from __future__ import annotations

from typing import Annotated

import typer

from yzlite_core.cli.frame import Json, NoPlugin, Shown, Verbose, command


@command
def main(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A .tflite, an archive, a script or a name.")],
    accelerator: Annotated[
        str | None, typer.Option("--accelerator", "-a", help="Profile for this accelerator.")
    ] = None,
    json: Json = False,
    no_plugin: NoPlugin = None,
    verbose: Verbose = False,
) -> Shown:
    """Tell what a .tflite costs on the device: memory, operations, layer by layer."""
    from yzlite_core.stages.profile import profile_bytes
    from yzlite_core.trained import load_tflite

    tflite, plugins = load_tflite(model, no_plugin)
    results = profile_bytes(plugins, tflite, target=accelerator)
    return Shown({"status": "ok", "model": model, **results.to_dict()}, results.format())
