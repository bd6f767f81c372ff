"""Folders that are there entirely or not at all, made once however many processes ask for them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from yzlite_core.errors import DatasetError
from yzlite_core.support.files import write_json

_STAMP = ".complete.json"


def made_once(folder: Path, stamp: Mapping[str, Any], make: Callable[[Path], object]) -> Path:
    """Return `folder`, which `make` fills the first time or when `stamp` has changed.

    The folder is made under a hidden name beside its place and renamed when it is complete. Of
    several processes that ask at the same time one makes it and the others wait.

    Args:
        folder: Where the folder shall be.
        stamp: What its content follows from, such as a generator's version or an address and a hash
            (JSON values); kept in the folder.
        make: Fills the empty folder that it is given.

    Returns:
        The complete folder.

    Raises:
        DatasetError: The folder cannot be written, or something else, which is left alone, is there.
    """
    if _stamp_of(folder) == stamp:
        return folder
    from filelock import FileLock

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f".{folder.name}.lock")):
            if _stamp_of(folder) != stamp:
                _make(folder, stamp, make)
    except OSError as error:
        raise DatasetError(
            f"'{folder}' could not be made: {error}", hint="set YZLITE_CACHE_DIR to a folder with room"
        ) from error
    return folder


def put_by_hand(folder: Path) -> bool:
    """Tell whether a folder holds something, and `made_once` has not made it."""
    return _stamp_of(folder) is None and folder.is_dir() and any(folder.iterdir())


def _make(folder: Path, stamp: Mapping[str, Any], make: Callable[[Path], object]) -> None:
    if put_by_hand(folder):
        raise DatasetError(
            f"'{folder}' was not made by YZLite, so it is not overwritten", hint="rename or remove it"
        )
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # of a process that was killed
    partial.mkdir()
    try:
        make(partial)
        write_json(partial / _STAMP, stamp)
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _stamp_of(folder: Path) -> dict[str, Any] | None:
    try:
        stamp: dict[str, Any] = json.loads((folder / _STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stamp
