"""`yzlite evaluate MODEL`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yzlite_core.cli import running as r
from yzlite_core.cli.frame import Json, NoPlugin, Shown, Verbose, command
from yzlite_core.errors import UsageError

if TYPE_CHECKING:
    from yzlite_core.run import Run


@command
def main(
    model: r.Model,
    keras: Annotated[bool, typer.Option("--keras", help="Only the Keras model.")] = False,
    tflite: Annotated[bool, typer.Option("--tflite", help="Only the .tflite model.")] = False,
    weights: r.Weights = None,
    count: Annotated[
        int, typer.Option("--count", "-c", help="The most samples of each class; -1 for all.")
    ] = -1,
    classes: Annotated[
        str | None,
        typer.Option(
            "--classes", metavar="A,B", help="Of an auto-encoder: the classes, the normal one first."
        ),
    ] = None,
    dump: Annotated[
        bool, typer.Option("--dump", help="Of an auto-encoder: write what it makes of the samples.")
    ] = False,
    show: Annotated[bool, typer.Option("--show", help="Open the plots.")] = False,
    update_archive: Annotated[
        bool, typer.Option("--update-archive/--no-update-archive", help="Put the results into the archive.")
    ] = True,
    test: r.Test = False,
    seed: r.Seed = 42,
    settings: r.Set = None,
    output: r.Output = None,
    json: Json = False,
    no_plugin: NoPlugin = None,
    trust: r.Trust = False,
    post: r.Post = False,
    verbose: Verbose = False,
) -> Shown:
    """Evaluate a trained model, and update its archive."""
    if weights is not None and tflite:
        raise UsageError("Other weights are of the Keras model", hint="leave --tflite out")
    chosen = tuple(name for name, wanted in (("keras", keras), ("tflite", tflite)) if wanted)
    kinds = chosen or (("keras",) if weights is not None else ("keras", "tflite"))
    given = list(settings or ())
    given += [f"eval_max_samples_per_class={count}"] if count != -1 else []
    if classes is not None:
        listed = ", ".join(f'"{name.strip()}"' for name in classes.split(","))
        given.append(f"eval_classes=[{listed}]")

    def adjust(run: Run) -> None:
        from yzlite_core.artefacts import with_weights
        from yzlite_core.run import EvaluationOptions

        run.evaluation, run.post_process = EvaluationOptions(kinds, dump=dump, show=show), post
        if weights is not None:
            run.keras_model = with_weights(run, weights)

    shown = r.run_stages(
        model,
        ["evaluate", *(["archive"] if update_archive else [])],
        test=test,
        seed=seed,
        settings=given,
        output=output,
        without=no_plugin,
        trust=trust,
        json=json,
        adjust=adjust,
    )
    if show:
        from yzlite_core.console import console_log
        from yzlite_core.operations.showing import show_files

        folder = Path(shown.data["log_dir"], "eval")
        plots = [plot for kind in kinds for plot in sorted((folder / kind).glob("*.png"))]
        show_files(plots, console_log(to_stderr=json))
    return shown
