"""One run at a time in a log directory, and a second one is told who is there."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from yzlite_core.errors import BusyError, NoFolderError
from yzlite_core.support.files import write_json


@contextmanager
def holding(directory: Path) -> Iterator[None]:
    """Hold a log directory for the length of the block; the system frees it if the process dies.

    Raises:
        BusyError: If another run holds it; says which process, since when.
        NoFolderError: If it cannot be made or written.
    """
    holder = directory / ".holder.json"
    lock = FileLock(directory / ".lock")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:  # which is an OSError, too
        raise BusyError(
            f"Another run holds {directory}{_who(holder)}",
            hint="wait for it, or choose another directory with --output",
        ) from None
    except OSError as error:
        raise NoFolderError(
            f"The results cannot be written to {directory}: {error.strerror}",
            hint="choose another directory with --output",
        ) from error
    try:
        write_json(holder, {"pid": os.getpid(), "since": time.strftime("%Y-%m-%d %H:%M:%S")})
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _who(holder: Path) -> str:
    try:
        told = json.loads(holder.read_text(encoding="utf-8"))
        return f": process {told['pid']}, since {told['since']}"
    except (OSError, ValueError, KeyError):
        return ""
