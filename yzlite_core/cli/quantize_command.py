"""`yzlite quantize MODEL`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from yzlite_core.cli import running as r
from yzlite_core.cli.frame import Json, NoPlugin, Shown, Verbose, command


@command
def main(
    model: r.Model,
    weights: r.Weights = None,
    build: Annotated[
        bool, typer.Option("--build", "-b", help="Build the network anew and train it in test mode.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="PATH", help="A .tflite, or a folder, for the result alone."),
    ] = None,
    update_archive: Annotated[
        bool | None,
        typer.Option(
            "--update-archive/--no-update-archive",
            help="Put the result into the archive; by default unless it is built anew or goes elsewhere.",
        ),
    ] = None,
    test: r.Test = False,
    seed: r.Seed = None,
    settings: r.Set = None,
    json: Json = False,
    no_plugin: NoPlugin = None,
    trust: r.Trust = False,
    verbose: Verbose = False,
) -> Shown:
    """Convert a trained model to .tflite, and update its archive."""
    from yzlite_core.functions.quantize import quantize
    from yzlite_core.run.request import Request

    if update_archive is None:
        update_archive = output is None and not build
    request = Request(
        model,
        weights=weights,
        update_archive=update_archive,
        test=test,
        seed=seed,
        settings=r.settings_of(settings),
        without=tuple(no_plugin or ()),
        trust=trust,
    )
    return r.shown(request, partial(quantize, build=build, output=output), json=json)
