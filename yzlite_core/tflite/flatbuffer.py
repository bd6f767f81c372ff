"""Read FlatBuffers that nobody has vouched for.

The runtime's own reader trusts every offset. Here each one is checked against the end of the data, so
that a file that was cut off or hit by a bit error ends in one exception instead of nonsense.
"""

from __future__ import annotations

import struct

import numpy as np


class FlatbufferError(ValueError):
    """The bytes are no intact FlatBuffer; the text completes the sentence "the file ...".

    Args:
        reason: What is wrong, e.g. `it is empty`.
    """


CUT_OFF = "it is cut off or damaged: {what} lies outside of its {size} bytes"


class Table:
    """A table: its fields by slot number, in the order of the schema (0 is the first field).

    Args:
        data: The whole FlatBuffer.
        position: Where the table starts.

    Raises:
        FlatbufferError: If the table or its field list lies outside of the data.
    """

    __slots__ = ("_fields", "data", "position")

    def __init__(self, data: bytes, position: int) -> None:
        self.data = data
        self.position = position
        fields = position - self._unpack("<i", position)
        size, extent = self._unpack("<H", fields), self._unpack("<H", fields + 2)
        if size < 4 or size % 2 or extent < 4:
            raise FlatbufferError(f"it is damaged: there is no table at byte {position}")
        self._require(fields, size)
        self._require(position, extent)
        self._fields = struct.unpack_from(f"<{size // 2 - 2}H", data, fields + 4)

    @classmethod
    def root(cls, data: bytes) -> Table:
        """Return the table that the FlatBuffer starts with."""
        if not data:
            raise FlatbufferError("it is empty")
        if len(data) < 8:
            raise FlatbufferError(CUT_OFF.format(what="its root", size=len(data)))
        return cls(data, struct.unpack_from("<I", data)[0])

    def scalar(self, slot: int, code: str, default: float = 0) -> int | float:
        """Return a number or a bool stored as the `struct` code `code`, or the default."""
        position = self._position(slot)
        return default if position is None else self._unpack("<" + code, position)

    def table(self, slot: int) -> Table | None:
        """Return the table that a field refers to."""
        position = self._position(slot)
        return None if position is None else Table(self.data, self._follow(position))

    def tables(self, slot: int) -> list[Table]:
        """Return the elements of a vector of tables."""
        return [Table(self.data, self._follow(element)) for element in self._elements(slot, 4)]

    def string(self, slot: int) -> bytes | None:
        """Return a string's bytes."""
        position = self._position(slot)
        return None if position is None else self._string(self._follow(position))

    def strings(self, slot: int) -> list[bytes]:
        """Return the elements of a vector of strings."""
        return [self._string(self._follow(element)) for element in self._elements(slot, 4)]

    def vector(self, slot: int, code: str) -> np.ndarray | None:
        """Return a vector of numbers of the NumPy type code `code` (`i4`, `f4`, ...), without a copy."""
        elements = self._elements(slot, np.dtype(code).itemsize)
        if self._position(slot) is None:
            return None
        return np.frombuffer(self.data, np.dtype(code).newbyteorder("<"), len(elements), elements.start)

    def _position(self, slot: int) -> int | None:
        offset = self._fields[slot] if slot < len(self._fields) else 0
        return self.position + offset if offset else None

    def _elements(self, slot: int, size: int) -> range:
        position = self._position(slot)
        if position is None:
            return range(0)
        start = self._follow(position)
        extent = size * int(self._unpack("<I", start))
        self._require(start + 4, extent)
        return range(start + 4, start + 4 + extent, size)

    def _string(self, start: int) -> bytes:
        size = int(self._unpack("<I", start))
        self._require(start + 4, size + 1)
        return self.data[start + 4 : start + 4 + size]

    def _follow(self, position: int) -> int:
        return position + int(self._unpack("<I", position))

    def _unpack(self, code: str, position: int) -> int:
        self._require(position, struct.calcsize(code))
        value: int = struct.unpack_from(code, self.data, position)[0]
        return value

    def _require(self, start: int, size: int) -> None:
        if start < 0 or start + size > len(self.data):
            byte = max(start, start + size - 1)
            raise FlatbufferError(CUT_OFF.format(what=f"byte {byte}", size=len(self.data)))
