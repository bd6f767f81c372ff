"""One logger for whole scripts, as the original toolkit has it."""

from __future__ import annotations

import logging

from yzlite_core.support.console import with_console

_NAME = "yzlite"
_chosen: list[logging.Logger] = []  # at most one; the one global of this house, because scripts set it


def get_yzlite_logger() -> logging.Logger:
    """Return the logger that functions such as `train_model` write to.

    Until a script sets one, or gives Python's own logger `yzlite` handlers, that logger writes to standard
    output from INFO on.
    """
    if _chosen:
        return _chosen[0]
    log = logging.getLogger(_NAME)
    if not log.handlers:
        with_console(log).propagate = False
        log.setLevel(logging.INFO)
    return log


def set_yzlite_logger(logger: logging.Logger) -> None:
    """Let functions such as `train_model` write to this logger."""
    _chosen[:] = [logger]


def get_logger(verbose: bool = False) -> logging.Logger:
    """Return the logger of scripts, and let it write to the console.

    Args:
        verbose: Also what is only of interest when something goes wrong.
    """
    log = get_yzlite_logger()
    log.setLevel(logging.DEBUG if verbose else logging.INFO)
    return log
