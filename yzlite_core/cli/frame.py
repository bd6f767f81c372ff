"""What all commands share: how they show a result, and how they fail."""

from __future__ import annotations

import functools
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, TextIO

import typer

from yzlite_core.errors import YZLiteError, error_report

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
        then: What goes on once this has been shown, such as serving a page.
    """

    data: Mapping[str, Any]
    text: str = ""
    code: int = 0
    then: Callable[[], None] | None = None


class ReportedFailureError(Exception):
    """A failure whose JSON object the command has made itself."""

    def __init__(self, cause: BaseException, data: Mapping[str, Any]) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.data = data


@contextmanager
def json_only_on_stdout(wanted: bool) -> Iterator[TextIO]:
    """Yield where the JSON object goes, while scripts and native code print to standard error.

    Args:
        wanted: Whether there will be one; if not, everything stays as it is.
    """
    if not wanted:
        yield sys.stdout
        return
    sys.stdout.flush()
    saved = os.dup(1)
    os.dup2(2, 1)
    try:
        with os.fdopen(os.dup(saved), "w", encoding="utf-8") as stream:
            yield stream
    finally:
        sys.stdout.flush()
        os.dup2(saved, 1)
        os.close(saved)


def write_json(data: Mapping[str, Any], stream: TextIO) -> None:
    """Write a command's one JSON object."""
    json.dump(data, stream, indent=2)
    stream.write("\n")
    stream.flush()


def command(function: Callable[..., Shown]) -> Callable[..., None]:
    """Make a command of a function that returns what to show: print it, or explain the failure.

    If the function has the option `json`, and it is given, the JSON object is all that reaches the
    standard output, after a failure too; what else is printed goes to standard error.
    """

    @functools.wraps(function)
    def run(**options: Any) -> None:
        verbose, json_wanted = bool(options.get("verbose")), bool(options.get("json"))
        then: Callable[[], None] | None = None
        with json_only_on_stdout(json_wanted) as stream:
            try:
                shown = function(**options)
            except ReportedFailureError as failure:
                code, data = explain(failure.cause, verbose=verbose), failure.data
            except (Exception, KeyboardInterrupt) as error:
                code, data = explain(error, verbose=verbose), failed(error)
            else:
                code, data, then = shown.code, shown.data, shown.then
                if shown.text and not json_wanted:
                    print(shown.text, flush=then is not None)
            if json_wanted:
                write_json(data, stream)
            if then is not None:
                then()
        raise SystemExit(code)

    return run


def explain(error: BaseException, *, verbose: bool = False) -> int:
    """Say what failed in one sentence, and return the exit code."""
    if verbose:
        traceback.print_exception(error, file=sys.stderr)
    if isinstance(error, KeyboardInterrupt):
        print("Interrupted; the last good files are kept.", file=sys.stderr)
        return INTERRUPTED
    if isinstance(error, YZLiteError):
        print(f"Error: {error}", file=sys.stderr)
    else:
        more = "" if verbose else " (--verbose shows the traceback)"
        print(f"Error: {_sentence(error)}{more}", file=sys.stderr)
    return getattr(error, "exit_code", 1)


def _sentence(error: BaseException) -> str:
    """Return what a failure that nobody explained is about: of the system, in its own words."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return f"{type(error).__name__}: {error}"


def failed(error: BaseException) -> dict[str, Any]:
    """Return the JSON of a command that failed."""
    return {"status": "failed", "error": error_report(error)}


def table(header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    """Return rows as text in aligned columns."""
    cells = [header, *[tuple("" if cell is None else str(cell) for cell in row) for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    return "\n".join(line.rstrip() for line in lines)
