"""The wire format of model parameters, and which value takes which of its types.

`Dictionary {schema_version: uint8; entries: [Entry]}`, `Entry {key: string; value: Value}`; `Value` is a
union of sixteen tables with one field each, which differ in what one table here says of them.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from yzlite_core.errors import YZLiteError
from yzlite_core.support.source_location import calling_line
from yzlite_core.tflite.flatbuffer import FlatbufferError, Table

SCHEMA_VERSION = 1

# The union's members in the order of their tags, which count from 1: the name of the type, and what its
# field holds: a number (code of `struct`), a string, strings, or a vector of numbers (code of NumPy).
_MEMBERS = {
    "bool": "?", "int8": "b", "uint8": "B", "int16": "h", "uint16": "H", "int32": "i", "uint32": "I",
    "int64": "q", "uint64": "Q", "float": "f", "double": "d",
    "str": "string", "str_list": "strings", "int32_list": "i4", "float_list": "f4", "bin": "u1",
}  # fmt: skip
_DTYPES = tuple(_MEMBERS)
_SIGNED = ("int8", "int16", "int32", "int64")
_UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
_FLOAT32_TINY = float(np.finfo(np.float32).tiny)
_FLOAT32_MAX = float(np.finfo(np.float32).max)


class ParameterError(YZLiteError, ValueError):
    """A model parameter has a value that no type of the wire format holds."""

    def __init__(self, key: object, value: object, reason: str) -> None:
        super().__init__(f"The model parameter {key!r} cannot be {value!r}: {reason}{calling_line()}")


def plain_value(value: Any) -> Any:
    """Return NumPy numbers and arrays, tuples and byte arrays as plain Python values."""
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    return [plain_value(item) for item in value] if isinstance(value, (list, tuple)) else value


def dtype_of(key: object, value: Any) -> str:
    """Return the type that a plain value takes when none is asked for.

    Raises:
        ParameterError: If there is none.
    """
    match value:
        case bool():
            dtype = "bool"
        case int():
            candidates = _SIGNED if value < 0 else _UNSIGNED
            dtype = next((dtype for dtype in candidates if fits(dtype, value)), candidates[-1])
        case float():
            dtype = "float" if value == 0 or _FLOAT32_TINY <= abs(value) <= _FLOAT32_MAX else "double"
        case str():
            dtype = "str"
        case bytes():
            dtype = "bin"
        case [] | [str(), *_]:
            dtype = "str_list"
        case [float(), *_]:
            dtype = "float_list"
        case [int(), *_]:
            dtype = "int32_list"
        case _:
            raise ParameterError(
                key, value, "it takes a bool, int, float, str, bytes, or a list of str, int or float"
            )
    if dtype == "float_list" and not all(isinstance(item, float) for item in value):
        raise ParameterError(key, value, "the elements of a list have one type")
    return checked(key, value, dtype)


def checked(key: object, value: Any, dtype: str) -> str:
    """Return `dtype` if it exists and a plain value fits it.

    Raises:
        ParameterError: If not, or if the key is no str.
    """
    if dtype not in _MEMBERS:
        raise ParameterError(key, value, f"there is no type {dtype!r}, only {', '.join(_DTYPES)}")
    if not _is_text(key):
        raise ParameterError(key, value, "the name of a parameter is a str")
    if not fits(dtype, value):
        raise ParameterError(key, value, f"it does not fit the type {dtype}")
    return dtype


def encode(entries: Iterable[tuple[str, Any, str]]) -> bytes:
    """Return the FlatBuffer of (key, value, type) entries."""
    from flatbuffers import Builder, number_types

    builder = Builder()
    offsets = [_encode_entry(builder, *entry) for entry in entries]
    vector = _vector_of_offsets(builder, offsets)
    builder.StartObject(2)
    builder.PrependSlot(number_types.Uint8Flags, 0, SCHEMA_VERSION, 0)
    builder.PrependUOffsetTRelativeSlot(1, vector, 0)
    builder.Finish(builder.EndObject())
    return bytes(builder.Output())


def decode(content: bytes) -> Iterator[tuple[str, Any, str]]:
    """Yield the (key, value, type) entries of the FlatBuffer.

    Raises:
        FlatbufferError: If it is damaged, or of another version.
    """
    root = Table.root(content)
    version = root.scalar(0, "B")
    if version != SCHEMA_VERSION:
        raise FlatbufferError(f"they have version {version} of the format, this is version {SCHEMA_VERSION}")
    for entry in root.tables(1):
        key, tag, value = entry.string(0), int(entry.scalar(1, "B")), entry.table(2)
        if key is None or value is None or not 1 <= tag <= len(_DTYPES):
            raise FlatbufferError(
                f"they are damaged: an entry has no name, no value or the unknown type {tag}"
            )
        dtype = _DTYPES[tag - 1]
        yield _text(key), _decode_field(value, dtype), dtype


def _encode_entry(builder: Any, key: str, value: Any, dtype: str) -> int:
    from flatbuffers import number_types

    name = builder.CreateString(key)
    field = _encode_field(builder, value, dtype)
    builder.StartObject(3)
    builder.PrependUOffsetTRelativeSlot(0, name, 0)
    builder.PrependSlot(number_types.Uint8Flags, 1, _DTYPES.index(dtype) + 1, 0)
    builder.PrependUOffsetTRelativeSlot(2, field, 0)
    return int(builder.EndObject())


def _encode_field(builder: Any, value: Any, dtype: str) -> int:
    from flatbuffers import number_types

    match _MEMBERS[dtype]:
        case "string":
            offset = builder.CreateString(value)
        case "strings":
            offset = _vector_of_offsets(builder, [builder.CreateString(item) for item in value])
        case code if len(code) == 2:
            array = np.frombuffer(value, code) if isinstance(value, bytes) else np.array(value, code)
            offset = builder.CreateNumpyVector(array)
        case _:
            name = {"float": "Float32", "double": "Float64"}.get(dtype, dtype.capitalize())
            builder.StartObject(1)
            builder.PrependSlot(getattr(number_types, f"{name}Flags"), 0, value, 0)
            return int(builder.EndObject())
    builder.StartObject(1)
    builder.PrependUOffsetTRelativeSlot(0, offset, 0)
    return int(builder.EndObject())


def _decode_field(table: Table, dtype: str) -> Any:
    match _MEMBERS[dtype]:
        case "string":
            return _text(table.string(0) or b"")
        case "strings":
            return [_text(item) for item in table.strings(0)]
        case code if len(code) == 2:
            vector = table.vector(0, code)
            numbers = np.empty(0, code) if vector is None else vector
            return numbers.tobytes() if dtype == "bin" else numbers.tolist()
        case code:
            number = table.scalar(0, code)
            return bool(number) if dtype == "bool" else float(number) if code in "fd" else number


def _vector_of_offsets(builder: Any, offsets: list[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):  # a FlatBuffer is written from its end
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())


def fits(dtype: str, value: Any) -> bool:
    """Tell whether a plain value can be stored as a type."""
    match dtype:
        case "bool":
            return isinstance(value, bool)
        case "float":
            return _is_number(value, _FLOAT32_MAX)
        case "double":
            return _is_number(value, sys.float_info.max)
        case "str":
            return _is_text(value)
        case "bin":
            return isinstance(value, bytes)
        case "str_list" | "int32_list" | "float_list":
            element = dtype.removesuffix("_list")
            return isinstance(value, list) and all(fits(element, item) for item in value)
        case _:
            limits = np.iinfo(dtype)
            return type(value) is int and limits.min <= value <= limits.max


def _is_number(value: Any, largest: float) -> bool:
    if type(value) is float and not math.isfinite(value):
        return True
    return type(value) in (int, float) and abs(value) <= largest


def _is_text(value: Any) -> bool:
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:  # a lone surrogate
        return False


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise FlatbufferError(f"they are damaged: {raw!r} is no text") from None
