"""Train a network, convert it, evaluate it, and pack its archive."""

from __future__ import annotations

import logging
from dataclasses import replace

from yzlite_core.errors import UsageError
from yzlite_core.functions.perform import perform
from yzlite_core.run.outcome import Results
from yzlite_core.run.request import Request


def train(
    request: Request,
    log: logging.Logger | None = None,
    *,
    convert: bool = True,
    evaluate: bool = True,
    archive: bool = True,
) -> Results:
    """Train a network.

    Files are renamed into place: what an earlier training has left stays until there is something new.

    Args:
        request: What the caller wants; its stages follow from the other arguments.
        log: Where the run's lines go; None drops them.
        convert: Whether the network is converted.
        evaluate: Whether the network is evaluated, and the `.tflite` too.
        archive: Whether the archive is packed.

    Raises:
        UsageError: If options do not fit together.
    """
    if request.clean and request.resumes:
        raise UsageError("--clean removes what --resume goes on from", hint="leave one of them out")
    wanted = {"convert": convert, "evaluate": evaluate, "archive": archive}
    stages = ("load", "fit", *(stage for stage, is_wanted in wanted.items() if is_wanted))
    return perform(replace(request, stages=stages), log)
