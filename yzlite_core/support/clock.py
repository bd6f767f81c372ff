"""Which time is written into results: now, or the one that makes builds repeatable."""

from __future__ import annotations

import os
import time

from yzlite_core.errors import UsageError

VARIABLE = "SOURCE_DATE_EPOCH"


def build_time() -> float:
    """Return the seconds since 1970 that `SOURCE_DATE_EPOCH` says, else those of now.

    Raises:
        UsageError: If the variable holds no whole number, or a negative one.
    """
    said = os.environ.get(VARIABLE)
    if not said:
        return time.time()
    if not said.isdecimal():
        raise UsageError(f"{VARIABLE} is {said!r}, which is no number of seconds since 1970")
    return float(said)
