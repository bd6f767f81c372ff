"""`yzlite evaluate MODEL`."""

from __future__ import annotations

from typing import Annotated

import typer

from yzlite_core.cli import running as r
from yzlite_core.cli.frame import Json, NoPlugin, Shown, Verbose, command


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
        bool, typer.Option("--update-archive/--no-update-archive", help="Keep the results.")
    ] = True,
    test: r.Test = False,
    seed: r.Seed = None,
    settings: r.Set = None,
    output: r.Output = None,
    json: Json = False,
    no_plugin: NoPlugin = None,
    trust: r.Trust = False,
    post: r.Post = False,
    verbose: Verbose = False,
) -> Shown:
    """Evaluate a trained model, and update its archive.

    What is evaluated with other numbers than the model is to be judged by (`--count`, `--classes`, `--test`,
    `--weights`, `--set`) is shown, and written only to `--output`.
    """
    from yzlite_core.functions.evaluate import evaluate
    from yzlite_core.run.request import KINDS, Request

    chosen = tuple(name for name, wanted in (("keras", keras), ("tflite", tflite)) if wanted)
    request = Request(
        model,
        kinds=chosen or KINDS,
        weights=weights,
        max_samples_per_class=None if count == -1 else count,
        classes=None if classes is None else tuple(name.strip() for name in classes.split(",")),
        dump=dump,
        show=show,
        update_archive=update_archive,
        test=test,
        seed=seed,
        settings=r.settings_of(settings),
        output=output,
        without=tuple(no_plugin or ()),
        trust=trust,
        post_process=post,
    )
    return r.shown(request, evaluate, json=json)
