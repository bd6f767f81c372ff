"""`yzlite tensorboard MODEL`: the logs of a training in the browser."""

from __future__ import annotations

import webbrowser
from contextlib import ExitStack, suppress
from typing import Annotated

import typer

from yzlite_core.cli import running as r
from yzlite_core.cli.frame import Json, Shown, Verbose, command


@command
def main(
    model: r.Model,
    host: r.Host = "localhost",
    port: Annotated[int, typer.Option("--port", "-p", min=1, max=65535, help="Or the next free one.")] = 6002,
    launch: r.Launch = True,
    test: r.Test = False,
    json: Json = False,
    verbose: Verbose = False,
) -> Shown:
    """Show the logs of a training in the browser, by TensorBoard, until Ctrl-C."""
    from yzlite_core.functions.tensorboard import log_directory, serving

    folder = log_directory(model, test=test)
    with ExitStack() as stack:
        url, process = stack.enter_context(serving(folder, host, port))
        kept = stack.pop_all()
    data = {"status": "ok", "model": model, "logs": str(folder), "url": url}

    def serve() -> None:
        with kept, suppress(KeyboardInterrupt):
            if launch:
                webbrowser.open(url)
            process.wait()

    return Shown(data, f"{folder} is shown at {url} until Ctrl-C", then=serve)
