"""Where files go, and how they are written so that a run that dies leaves the last good ones."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from yzlite_core.errors import NoFolderError

_LEFTOVER = re.compile(r"\.[0-9a-f]{8}\..+", re.DOTALL)  # how `replacing` names its temporary files


def path_of(value: Any) -> Path:
    """Return the path that a str, bytes, a path, or a scalar of NumPy or TensorFlow holds."""
    scalar = value.numpy() if hasattr(value, "numpy") else value
    return Path(os.fsdecode(scalar.item() if hasattr(scalar, "item") else scalar))


def cache_dir() -> Path:
    """Return the folder of everything that YZLite keeps: `YZLITE_CACHE_DIR`, else `~/.yzlite`.

    With `YZLITE_READONLY` it is a folder of this user's among the system's temporary files.

    Raises:
        NoFolderError: If this user has no home folder, or somebody else owns the temporary one.
    """
    if read_only():
        return _temporary()
    try:
        return Path(os.environ.get("YZLITE_CACHE_DIR") or Path.home() / ".yzlite").expanduser().absolute()
    except RuntimeError:
        raise NoFolderError("This user has no home folder", hint="set YZLITE_CACHE_DIR") from None


def read_only() -> bool:
    """Tell whether `YZLITE_READONLY` forbids to write anywhere but among the temporary files."""
    return os.environ.get("YZLITE_READONLY", "") not in ("", "0")


def _temporary() -> Path:
    user = os.getuid() if hasattr(os, "getuid") else None  # on Windows the folder is the user's own anyway
    folder = Path(tempfile.gettempdir(), "yzlite" if user is None else f"yzlite-{user}")
    folder.mkdir(mode=0o700, exist_ok=True)
    if user is not None and folder.stat().st_uid != user:
        raise NoFolderError(f"{folder} belongs to another user", hint="set TMPDIR to a folder of your own")
    return folder


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path`, which takes its place when the block succeeds.

    The suffixes are kept, because some writers choose the format by them. If the block raises,
    the temporary file is removed and what was at `path` stays as it was.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{secrets.token_hex(4)}.{target.name}")
    try:
        yield temporary
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def remove_leftovers(folder: str | os.PathLike[str], name: str | None = None) -> None:
    """Remove what processes have left that were killed while they wrote.

    Args:
        folder: The folder.
        name: The file that they wrote there; None for any file, also in the folders below.
    """
    for path in Path(folder).rglob(".*") if name is None else Path(folder).glob(f".*.{name}"):
        if _LEFTOVER.fullmatch(path.name) and name in (None, path.name[len(".01234567.") :]):
            path.unlink(missing_ok=True)


def write_atomic(path: str | os.PathLike[str], content: bytes | str) -> Path:
    """Write `content` to `path` so that a reader sees the old file or the new one, never a part."""
    with replacing(path) as temporary:
        if isinstance(content, str):
            temporary.write_text(content, encoding="utf-8")
        else:
            temporary.write_bytes(content)
    return Path(path)


def write_json(
    path: str | os.PathLike[str], value: Any, *, default: Callable[[Any], Any] | None = None
) -> Path:
    """Write `value` as indented JSON, atomically; `default` converts what JSON does not know."""
    return write_atomic(path, json.dumps(value, indent=2, default=default) + "\n")


def sha256(content: bytes | str | os.PathLike[str]) -> str:
    """Return the SHA-256 of bytes, or of the file at a path, as hexadecimal digits."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    digest = hashlib.sha256()
    with open(content, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
