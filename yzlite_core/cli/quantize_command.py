"""`yzlite quantize MODEL`."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yzlite_core.cli import running as r
from yzlite_core.cli.frame import Json, NoPlugin, Shown, Verbose, command

if TYPE_CHECKING:
    from yzlite_core.run import Run


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
    seed: r.Seed = 42,
    settings: r.Set = None,
    json: Json = False,
    no_plugin: NoPlugin = None,
    trust: r.Trust = False,
    verbose: Verbose = False,
) -> Shown:
    """Convert a trained model to .tflite, and update its archive."""
    if update_archive is None:
        update_archive = output is None and not build
    stages = [*(["load", "fit"] if build else []), "convert", *(["archive"] if update_archive else [])]
    with ExitStack() as stack:
        delivered: Path | None = None

        def adjust(run: Run) -> None:
            from yzlite_core.operations.quantizing import choose_network, elsewhere

            choose_network(run, None, weights)
            if output is not None:
                stack.enter_context(elsewhere(run, build))

        shown = r.run_stages(
            model,
            stages,
            test=test or build,
            seed=seed,
            settings=settings,
            without=no_plugin,
            trust=trust,
            json=json,
            adjust=adjust,
        )
        if output is None:
            return shown
        from yzlite_core.operations.quantizing import deliver

        delivered = deliver(Path(shown.data["tflite"]), output)
    data = {**shown.data, "log_dir": None, "keras": None, "tflite": str(delivered)}
    return Shown(data, f"TFLite  {delivered}")
