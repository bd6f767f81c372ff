"""`yzlite summarize MODEL`."""

from __future__ import annotations

from typing import Annotated

import typer

from yzlite_core.cli.frame import Json, NoPlugin, Shown, Verbose, command


@command
def main(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A .tflite, an archive, a script or a name.")],
    json: Json = False,
    no_plugin: NoPlugin = None,
    verbose: Verbose = False,
) -> Shown:
    """Show what a .tflite is made of: inputs, outputs, layers, parameters. Executes no script."""
    from yzlite_core.tflite.model import TfliteModel
    from yzlite_core.tflite.summary import summarize
    from yzlite_core.trained import load_tflite

    tflite, _ = load_tflite(model, no_plugin)
    text = summarize(TfliteModel(tflite))
    return Shown({"status": "ok", "model": model, "summary": text}, text)
