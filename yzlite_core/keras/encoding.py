"""Plain values and arrays as JSON and NumPy files know them, without pickle: a file is never code."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from yzlite_core.support.files import write_atomic

_TREE = "tree"
# A damaged zip may name a compression that nobody knows: NotImplementedError.
_DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError)


class DamagedFileError(Exception):
    """A file does not hold what was written into it."""


def write_npz(path: Path, value: Any) -> None:
    """Write a tree of plain values and arrays, atomically.

    Args:
        path: The file; ends with `.npz`.
        value: None, bool, int, float, str, NumPy arrays and scalars, Keras variables, and lists, tuples
            and dictionaries of such.

    Raises:
        TypeError: If it holds anything else; names it.
    """
    arrays: dict[str, np.ndarray] = {}
    tree = json.dumps(_encoded(value, arrays))
    buffer = io.BytesIO()
    np.savez(buffer, **{_TREE: np.frombuffer(tree.encode(), np.uint8)}, **arrays)  # type: ignore[arg-type]  # its stub takes the arrays for an option
    write_atomic(path, buffer.getvalue())


def read_npz(path: Path) -> Any:
    """Return what `write_npz` wrote; each part has a checksum.

    Raises:
        DamagedFileError: If it is cut off, changed or of another kind.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            tree = json.loads(arrays[_TREE].tobytes())
            return _decoded(tree, arrays)
    except _DAMAGE as error:
        raise DamagedFileError(f"{type(error).__name__}: {error}") from error


def _encoded(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, (list, tuple)):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [_encoded(item, arrays) for item in value]}
    if isinstance(value, Mapping):
        return {"dict": [[_encoded(part, arrays) for part in pair] for pair in value.items()]}
    if isinstance(value, (np.ndarray, np.generic)) or hasattr(value, "numpy"):
        kind = "scalar" if isinstance(value, np.generic) else "array"
        array = np.asarray(value)
        if array.dtype.hasobject:
            raise TypeError(f"an array of {array.dtype}")
        # Types that NumPy does not know by itself (bfloat16) keep their bytes, and their name.
        name = f"a{len(arrays)}"
        arrays[name] = np.frombuffer(np.ascontiguousarray(array).tobytes(), np.uint8)
        return {kind: [name, array.dtype.name, list(array.shape)]}
    raise TypeError(f"{type(value).__name__}")


def _decoded(tree: Any, arrays: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    ((kind, content),) = tree.items()
    if kind in ("list", "tuple"):
        items = [_decoded(item, arrays) for item in content]
        return items if kind == "list" else tuple(items)
    if kind == "dict":
        return {_decoded(key, arrays): _decoded(item, arrays) for key, item in content}
    name, dtype, shape = content
    array = np.frombuffer(arrays[name].tobytes(), np.dtype(dtype)).reshape(shape)
    return array[()] if kind == "scalar" else array
