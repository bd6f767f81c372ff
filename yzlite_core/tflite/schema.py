"""The LiteRT schema: enumerations as names, and the object form of a model (`ModelT`)."""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from yzlite_core.tflite.flatbuffer import CUT_OFF, FlatbufferError

IDENTIFIER = b"TFL3"
BUFFER_ALIGNMENT = 16


@cache
def schema() -> ModuleType:
    """Return the generated schema module, imported when first needed (0.2 s)."""
    from ai_edge_litert import schema_py_generated

    module: ModuleType = schema_py_generated
    return module


@cache
def enum_names(enum: str) -> dict[int, str]:
    """Return the names of an enumeration of the schema by number, e.g. `{9: 'INT8', ...}`."""
    members = vars(getattr(schema(), enum))
    return {value: name for name, value in members.items() if not name.startswith("_")}


@cache
def enum_values(enum: str) -> dict[str, int]:
    """Return the numbers of an enumeration of the schema by name, e.g. `{'INT8': 9, ...}`."""
    return {name: value for value, name in enum_names(enum).items()}


class AlignedBuffer:
    """A constant's or metadata's bytes; stands in the object model for the schema's `BufferT`.

    The generated `BufferT` packs its bytes at any address, which makes the kernels of a
    microcontroller read unaligned weights from flash. This one packs them at a multiple of 16.

    Args:
        data: The bytes; None or empty for a tensor that is computed.
    """

    def __init__(self, data: np.ndarray | bytes | None = None) -> None:
        self.data = b"" if data is None else data

    def Pack(self, builder: Any) -> int:  # noqa: N802  # the name that the generated code calls
        """Write the buffer with the FlatBuffers builder and return its offset."""
        data = self.data if isinstance(self.data, bytes) else self.data.tobytes()
        if data:
            builder.StartVector(1, len(data), BUFFER_ALIGNMENT)
            builder.head -= len(data)
            builder.Bytes[builder.head : builder.head + len(data)] = data
            vector = builder.EndVector()
        schema().BufferStart(builder)
        if data:
            schema().BufferAddData(builder, vector)
        return int(schema().BufferEnd(builder))


def unpack(data: bytes) -> Any:
    """Return the object form of a model; every buffer is an `AlignedBuffer`."""
    model = schema().ModelT.InitFromPackedBuf(data)
    model.buffers = [AlignedBuffer(_content(buffer, data)) for buffer in elements(model.buffers)]
    return model


def pack(model: Any) -> bytes:
    """Return the .tflite of the object form."""
    import flatbuffers

    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), IDENTIFIER)
    return bytes(builder.Output())


def elements(vector: Any) -> Any:
    """Return a vector of the object form; one that the file leaves out is empty."""
    return () if vector is None else vector


def _content(buffer: Any, data: bytes) -> np.ndarray | bytes | None:
    # Models beyond 2 GB keep their constants after the FlatBuffer; offsets 0 and 1 mean "not there".
    if buffer.offset > 1:
        if buffer.offset + buffer.size > len(data):
            raise FlatbufferError(CUT_OFF.format(what="a constant", size=len(data)))
        return data[buffer.offset : buffer.offset + buffer.size]
    content: np.ndarray | None = buffer.data
    return content
