"""What scripts use of the original's `cli` module."""

from __future__ import annotations

import sys
from typing import NoReturn

from yzlite_core.compat.logger import get_logger, get_yzlite_logger
from yzlite_core.errors import YZLiteError

__all__ = [
    "abort",
    "get_logger",
    "handle_exception",
    "is_command_active",
    "print_error",
    "print_info",
    "print_warning",
]


def print_info(msg: str) -> None:
    """Print a line for people."""
    print(msg)


def print_warning(msg: str) -> None:
    """Print a warning, to standard error."""
    print(f"Warning: {msg}", file=sys.stderr)


def print_error(msg: str) -> None:
    """Print an error, to standard error."""
    print(f"Error: {msg}", file=sys.stderr)


def abort(code: int = 1, msg: str | None = None) -> NoReturn:
    """End the program.

    Args:
        code: The exit code.
        msg: What is printed as the error.
    """
    if msg:
        print_error(msg)
    raise SystemExit(code)


def handle_exception(msg: str, e: BaseException, print_stderr: bool = False, no_abort: bool = False) -> None:
    """Say what failed, and end the program.

    Args:
        msg: What was being done.
        e: What was raised.
        print_stderr: Accepted for older scripts; errors always go to standard error.
        no_abort: Go on.
    """
    cause = str(e) if isinstance(e, YZLiteError) else f"{type(e).__name__}: {e}"
    get_yzlite_logger().debug(msg, exc_info=e)
    print_error(f"{msg}: {cause}")
    if not no_abort:
        raise SystemExit(1)


def is_command_active() -> bool:
    """Tell whether this process runs a command of `yzlite`, and not a script of its own."""
    return "yzlite_core.cli.main" in sys.modules
