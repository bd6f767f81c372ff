"""Do what a request asks for."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from yzlite_core.contract.plugins import Plugins
from yzlite_core.run.execution import execute
from yzlite_core.run.outcome import Results, failed
from yzlite_core.run.prepare import prepare
from yzlite_core.run.request import Request
from yzlite_core.run.run import Run
from yzlite_core.support.determinism import prepare_environment


def perform(
    request: Request, log: logging.Logger | None = None, *, plugins: Plugins | None = None
) -> Results:
    """Go through the stages that are asked for, and return how it ended; what fails is in the results.

    Args:
        request: What the caller wants.
        log: Where the run's lines go; None drops them.
        plugins: Those of the run; None loads the installed ones, but for those that the request leaves out.
    """
    try:
        prepare_environment(gpu=request.gpu)
        with prepare(request, log=log, plugins=plugins) as (run, bundle):
            place = "results are not kept" if run.paths.is_private else f"results in {run.paths.root}"
            if run.paths.is_private and bundle is not None and "archive" in run.request.stages:
                place = f"results in {run.paths.archive}"
            run.say(f"Model {run.model.name}, seed {run.seed}, {place}")
            results = execute(run, bundle)
            if request.show and results.error is None:
                _show(run, _plots(run))
            return results
    except (Exception, KeyboardInterrupt) as error:
        return failed(request, error)


def _plots(run: Run) -> Iterator[Path]:
    """Yield the plots of what was asked for: of the training, else of the evaluation."""
    if run.request.trains:
        yield run.paths.history.with_suffix(".png")
    else:
        for kind in run.request.kinds:
            yield from sorted((run.paths.eval / kind).glob("*.png"))


def _show(run: Run, files: Iterator[Path]) -> None:
    """Open files with the programs that the desktop has for them, or say where they are."""
    import typer

    for file in files:
        if not file.is_file():
            run.warn(f"There is nothing to show: {file} was not written")
        elif typer.launch(str(file)) != 0:
            run.say(f"Look at {file}")
