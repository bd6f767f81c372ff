"""What all commands share: how they show a result, and how they fail."""

from __future__ import annotations

import functools
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, TextIO

import typer

from yzlite_core.errors import YZLiteError

INTERRUPTED = 130

Json = Annotated[
    bool, typer.Option("--json", help="Write one JSON object to standard output, and all else to stderr.")
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show the traceback of a failure.")]
NoPlugin = Annotated[
    list[str] | None,
    typer.Option("--no-plugin", metavar="NAME", help="Do not load this plugin; repeatable."),
]


@dataclass(frozen=True)
class Shown:
    """What a command found.

    Attributes:
        data: The JSON object.
        text: The same for people; empty if it was said on the way.
        code: The exit code.
    """

    data: Mapping[str, Any]
    text: str = ""
    code: int = 0


class ReportedFailureError(Exception):
    """A failure whose JSON object the command has made itself."""

    def __init__(self, cause: BaseException, data: Mapping[str, Any]) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.data = data


@dataclass
class _JsonChannel:
    """The real standard output while everything else that is printed goes to standard error."""

    stream: TextIO | None = None
    written: bool = field(default=False)


_channel = _JsonChannel()


@contextmanager
def json_only_on_stdout(wanted: bool) -> Iterator[None]:
    """Keep standard output for one JSON object: scripts and native code print to standard error."""
    if not wanted:
        yield
        return
    sys.stdout.flush()
    saved = os.dup(1)
    os.dup2(2, 1)
    _channel.stream, _channel.written = os.fdopen(os.dup(saved), "w", encoding="utf-8"), False
    try:
        yield
    finally:
        sys.stdout.flush()
        _channel.stream.close()
        _channel.stream = None
        os.dup2(saved, 1)
        os.close(saved)


def write_json(data: Mapping[str, Any]) -> None:
    """Write the command's one JSON object, unless it has been written."""
    if _channel.stream is not None and not _channel.written:
        json.dump(data, _channel.stream, indent=2)
        _channel.stream.write("\n")
        _channel.stream.flush()
        _channel.written = True


def command(function: Callable[..., Shown]) -> Callable[..., None]:
    """Make a command of a function that returns what to show: print it, or explain the failure."""

    @functools.wraps(function)
    def run(**options: Any) -> None:
        verbose = bool(options.get("verbose"))
        try:
            shown = function(**options)
        except ReportedFailureError as failure:
            raise SystemExit(explain(failure.cause, verbose=verbose, data=failure.data)) from None
        except (Exception, KeyboardInterrupt) as error:
            raise SystemExit(explain(error, verbose=verbose)) from None
        if options.get("json"):
            write_json(shown.data)
        elif shown.text:
            print(shown.text)
        raise SystemExit(shown.code)

    return run


def explain(error: BaseException, *, verbose: bool = False, data: Mapping[str, Any] | None = None) -> int:
    """Say what failed in one sentence, and return the exit code."""
    if verbose:
        traceback.print_exception(error, file=sys.stderr)
    interrupted = isinstance(error, KeyboardInterrupt)
    if interrupted:
        print("Interrupted; the last good files are kept.", file=sys.stderr)
    elif isinstance(error, YZLiteError):
        print(f"Error: {error}", file=sys.stderr)
    else:
        more = "" if verbose else " (--verbose shows the traceback)"
        print(f"Error: {type(error).__name__}: {error}{more}", file=sys.stderr)
    write_json(data if data is not None else {"status": "failed", "error": described(error)})
    return INTERRUPTED if interrupted else getattr(error, "exit_code", 1)


def described(error: BaseException, stage: str | None = None) -> dict[str, Any]:
    """Return the `error` of a command's JSON."""
    message = "Interrupted" if isinstance(error, KeyboardInterrupt) else getattr(error, "message", str(error))
    return {
        "stage": stage,
        "type": type(error).__name__,
        "message": message,
        "hint": getattr(error, "hint", None),
    }


def console_log(*, to_stderr: bool) -> logging.Logger:
    """Return a logger whose lines people read: on standard output, or on standard error."""
    log = logging.Logger("yzlite", logging.INFO)
    handler = _ConsoleHandler(sys.stderr if to_stderr else sys.stdout)
    handler.setFormatter(_PlainFormatter())
    log.addHandler(handler)
    return log


class _ConsoleHandler(logging.StreamHandler):  # type: ignore[type-arg]  # takes none at run time in 3.10
    """Falls silent when nobody reads on, as behind `| head`; the run and its log file go on."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 # logging's own name
        if isinstance(sys.exc_info()[1], BrokenPipeError):
            self.setLevel(logging.CRITICAL + 1)
        else:
            super().handleError(record)


class _PlainFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        return f"Warning: {text}" if record.levelno >= logging.WARNING else text


def table(header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    """Return rows as text in aligned columns."""
    cells = [header, *[tuple("" if cell is None else str(cell) for cell in row) for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    return "\n".join(line.rstrip() for line in lines)
