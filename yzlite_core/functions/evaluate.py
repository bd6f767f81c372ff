"""Evaluate a trained model on its evaluation data."""

from __future__ import annotations

import logging
from dataclasses import replace

from yzlite_core.errors import UsageError
from yzlite_core.functions.perform import perform
from yzlite_core.run.outcome import Results
from yzlite_core.run.request import KINDS, Request


def evaluate(request: Request, log: logging.Logger | None = None) -> Results:
    """Evaluate a trained model.

    The results are written where the model lies, and into the archive that holds it, if the request says so.
    An evaluation with other numbers than the model is to be judged by is written to `output` alone.

    Args:
        request: What the caller wants; without `update_archive` and `output` nothing is written.
        log: Where the run's lines go; None drops them.

    Raises:
        UsageError: If options do not fit together.
    """
    of_keras = request.weights is not None or bool(request.predict_callbacks)
    if of_keras and request.kinds == ("tflite",):
        raise UsageError("Other weights and callbacks are of the Keras model", hint="leave --tflite out")
    kinds = ("keras",) if of_keras and request.kinds == KINDS else request.kinds
    writes = request.update_archive or request.output is not None
    return perform(replace(request, stages=("evaluate",), kinds=kinds, writes=writes), log)
