"""The command of the firmware plugin: `yzlite export MODEL --c DIR`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yzlite_core.plugin.cli import Json, NoPlugin, Shown, Verbose, command


@command
def export(
    model: Annotated[
        str,
        typer.Argument(metavar="MODEL", help="A .tflite, a script, an archive, a log directory, or a name."),
    ],
    c: Annotated[Path, typer.Option("--c", metavar="DIR", help="Write C and C++ source into this folder.")],
    json: Json = False,
    no_plugin: NoPlugin = None,
    verbose: Verbose = False,
) -> Shown:
    """Write the source that firmware needs: the model, its parameters, operators and an example."""
    from yzlite_core.plugin import load_plugins
    from yzlite_core.plugin.run import trained_tflite
    from yzlite_firmware.project import c_project

    without = tuple(no_plugin or ())
    tflite = trained_tflite(model, without=without)
    project = c_project(tflite.flatbuffer_data, tflite.name, load_plugins(disabled=without))
    written = project.write(c)
    arena = project.arena
    return Shown(
        {
            "status": "ok",
            "model": model,
            "directory": str(c),
            "prefix": project.prefix,
            "files": [str(path) for path in written],
            "operators": list(project.operators),
            "arena_bytes": arena.size,
            "arena_measured": arena.is_measured,
        },
        "\n".join(
            [
                *(f"Written: {path}" for path in written),
                f"Operators: {', '.join(project.operators)}",
                f"Arena: {arena.size:,} bytes ({'measured' if arena.is_measured else 'estimated'})",
            ]
        ),
    )
