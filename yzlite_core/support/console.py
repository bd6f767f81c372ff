"""Lines for people, on standard output or on standard error."""

from __future__ import annotations

import logging
import sys
from typing import TextIO


def console_log(*, to_stderr: bool) -> logging.Logger:
    """Return a new logger whose lines people read: on standard output, or on standard error."""
    return with_console(logging.Logger("yzlite", logging.INFO), to_stderr=to_stderr)


def with_console(log: logging.Logger, *, to_stderr: bool = False) -> logging.Logger:
    """Let a logger write plain lines to the console, and return it."""
    handler = _ConsoleHandler("stderr" if to_stderr else "stdout")
    handler.setFormatter(_PlainFormatter())
    log.addHandler(handler)
    return log


class _ConsoleHandler(logging.StreamHandler):  # type: ignore[type-arg]  # takes none at run time in 3.10
    """Writes to whatever the stream is at the moment; falls silent when nobody reads on.

    Behind `| head` the run and its log file go on.
    """

    def __init__(self, stream_name: str) -> None:
        logging.Handler.__init__(self)  # as logging's own handler of last resort does
        self._stream_name = stream_name

    @property
    def stream(self) -> TextIO:
        stream: TextIO = getattr(sys, self._stream_name)
        return stream

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 # logging's own name
        if isinstance(sys.exc_info()[1], BrokenPipeError):
            self.setLevel(logging.CRITICAL + 1)
        else:
            super().handleError(record)


class _PlainFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        return f"Warning: {text}" if record.levelno >= logging.WARNING else text
