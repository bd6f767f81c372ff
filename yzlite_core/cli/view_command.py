"""`yzlite view MODEL`: a network in the browser."""

from __future__ import annotations

import threading
import webbrowser
from contextlib import ExitStack, suppress
from typing import Annotated

import typer

from yzlite_core.cli import running as r
from yzlite_core.cli.frame import Json, Shown, Verbose, command


@command
def main(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="A .tflite or .keras, a script, an archive, a log directory, or a name."
        ),
    ],
    tflite: Annotated[bool, typer.Option("--tflite", help="The .tflite instead of the Keras model.")] = False,
    build: Annotated[
        bool, typer.Option("--build", "-b", help="Build and convert the network first, in test mode.")
    ] = False,
    host: r.Host = "localhost",
    port: Annotated[int, typer.Option("--port", "-p", min=1, max=65535, help="Or the next free one.")] = 8080,
    launch: r.Launch = True,
    test: r.Test = False,
    json: Json = False,
    verbose: Verbose = False,
) -> Shown:
    """Show a network in the browser, by Netron, until Ctrl-C."""
    from yzlite_core.functions.view import file_to_view, served

    with ExitStack() as stack:
        file = stack.enter_context(file_to_view(model, test=test, build=build, tflite=tflite))
        url = stack.enter_context(served(file, host, port))
        kept = stack.pop_all()
    data = {"status": "ok", "model": model, "file": str(file), "url": url}

    def serve() -> None:
        with kept, suppress(KeyboardInterrupt):
            if launch:
                webbrowser.open(url)
            threading.Event().wait()

    return Shown(data, f"{file.name} is shown at {url} until Ctrl-C", then=serve)
