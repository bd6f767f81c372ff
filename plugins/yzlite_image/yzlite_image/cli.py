"""The commands of the image plugin."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yzlite_core.errors import DatasetError
from yzlite_core.plugin.cli import (
    Json,
    Model,
    NoPlugin,
    Seed,
    Set,
    Shown,
    Test,
    Trust,
    Verbose,
    command,
    settings_of,
)


@command
def view_images(
    model: Model,
    count: Annotated[int, typer.Option("--count", "-c", min=1, help="How many images.")] = 64,
    epoch: Annotated[int, typer.Option("--epoch", min=1, help="Whose changes are shown.")] = 1,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="The PNG; else in the log directory."),
    ] = None,
    test: Test = False,
    seed: Seed = None,
    settings: Set = None,
    json: Json = False,
    no_plugin: NoPlugin = None,
    trust: Trust = False,
    verbose: Verbose = False,
) -> Shown:
    """Draw training images beside what the augmentation makes of them, with what was drawn."""
    from yzlite_core.plugin import Request
    from yzlite_core.plugin.files import replacing
    from yzlite_core.plugin.run import Data, prepare, unloaded_after
    from yzlite_image.looking import augmented_pairs
    from yzlite_image.mixin import ImageDatasetMixin
    from yzlite_image.sheet import contact_sheet

    request = Request(
        model,
        stages=("load",),
        test=test,
        seed=seed,
        settings=settings_of(settings),
        trust=trust,
        without=tuple(no_plugin or ()),
    )
    with prepare(request) as (run, _):
        if not isinstance(run.model, ImageDatasetMixin):
            raise DatasetError(
                f"{run.model.name} is no model of images",
                hint="derive its class from ImageDatasetMixin",
            )
        data = Data(run)
        with unloaded_after(run, data):
            pairs = augmented_pairs(data.training, count, run.seed, epoch - 1)
        path = (output or run.paths.root / "augmentation.png").expanduser().absolute()
        sheet = contact_sheet(pairs, f"{run.model.name}: {len(pairs)} training images, epoch {epoch}")
        with replacing(path) as temporary:
            sheet.save(temporary, "PNG")
    found = {"status": "ok", "model": run.model.name, "file": str(path), "images": len(pairs)}
    return Shown(found, f"Images  {path}")
