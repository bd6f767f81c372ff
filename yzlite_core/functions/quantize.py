"""Convert a trained network to `.tflite`."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from yzlite_core.functions.perform import perform
from yzlite_core.functions.update import tflite_target
from yzlite_core.run.outcome import Results
from yzlite_core.run.request import Request
from yzlite_core.support.files import write_atomic


def quantize(
    request: Request,
    log: logging.Logger | None = None,
    *,
    build: bool = False,
    output: Path | None = None,
    elsewhere: bool = False,
) -> Results:
    """Convert a trained network.

    Args:
        request: What the caller wants; its stages follow from the other arguments.
        log: Where the run's lines go; None drops them.
        build: Whether the network is built anew and trained in test mode first.
        output: A `.tflite`, or a folder for it, that the result alone is written to.
        elsewhere: Whether the result is only returned; nothing is written then but `output`.

    Returns:
        The results; `files["tflite"]` is where the `.tflite` is, if it was written.
    """
    stages = ("load", "fit", "convert") if build else ("convert",)
    writes = output is None and not elsewhere
    results = perform(replace(request, stages=stages, test=request.test or build, writes=writes), log)
    if results.error is not None or results.run is None or writes:
        return results
    if output is None:
        return replace(results, files={})
    target = tflite_target(output, results.run.model.name)
    return replace(results, files={"tflite": write_atomic(target, results.tflite)})
