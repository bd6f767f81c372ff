"""A tensor of a .tflite: what the file says of it, and its constant data."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from yzlite_core.errors import TfliteError
from yzlite_core.tflite.schema import enum_names

# Bits of an element. Strings, resources and variants have no fixed size.
_BITS = {
    "FLOAT32": 32, "FLOAT16": 16, "FLOAT64": 64, "BFLOAT16": 16, "FLOAT8_E4M3FN": 8, "FLOAT8_E5M2": 8,
    "INT2": 2, "INT4": 4, "INT8": 8, "INT16": 16, "INT32": 32, "INT64": 64,
    "UINT4": 4, "UINT8": 8, "UINT16": 16, "UINT32": 32, "UINT64": 64,
    "BOOL": 8, "COMPLEX64": 64, "COMPLEX128": 128,
}  # fmt: skip
# What NumPy has no type for: packed integers are widened, other floats are shown as their raw bits.
_NUMPY = {
    "INT2": "int8", "INT4": "int8", "UINT4": "uint8",
    "BFLOAT16": "uint16", "FLOAT8_E4M3FN": "uint8", "FLOAT8_E5M2": "uint8",
    "STRING": "object", "RESOURCE": "object", "VARIANT": "object",
}  # fmt: skip


class TfliteShape(tuple[int, ...]):
    """Dimensions of a tensor; empty for a scalar."""

    def __new__(cls, shape: int | Iterable[int]) -> TfliteShape:
        """Take one dimension, or several."""
        return super().__new__(cls, (shape,) if isinstance(shape, int) else map(int, shape))

    def __str__(self) -> str:
        return "x".join(map(str, self))

    @property
    def flat_size(self) -> int:
        """Number of elements."""
        return math.prod(self)


@dataclass(frozen=True)
class TfliteQuantization:
    """How integers stand for real numbers: real = scale * (integer - zero point).

    Attributes:
        scale: None (not quantized), one, or one for each channel.
        zeropoint: As many integers as there are scales.
        quantization_dimension: The dimension of the channels.
    """

    scale: tuple[float, ...] = ()
    zeropoint: tuple[int, ...] = ()
    quantization_dimension: int = 0

    @property
    def n_channels(self) -> int:
        """Number of scales."""
        return len(self.scale)


@dataclass(eq=False)
class TfliteTensor:
    """One tensor.

    Attributes:
        index: Its number in the graph.
        name: Its name, as the converter chose it.
        type: The schema's name of its type, e.g. `INT8`.
        shape: Its dimensions; empty for a scalar.
        quantization: Its scales and zero points.
        is_variable: Whether it keeps its values from one inference to the next.
    """

    index: int
    name: str
    type: str
    shape: TfliteShape
    quantization: TfliteQuantization
    is_variable: bool
    _content: np.ndarray | None = field(repr=False)
    _store: Callable[[int, bytes], None] = field(repr=False)

    @property
    def scales(self) -> tuple[float, ...]:
        """Quantization scales: none (not quantized), one, or one for each channel."""
        return self.quantization.scale

    @property
    def zero_points(self) -> tuple[int, ...]:
        """As many integers as there are scales."""
        return self.quantization.zeropoint

    @property
    def is_constant(self) -> bool:
        """Whether the file holds its values."""
        return self._content is not None

    @property
    def dtype(self) -> np.dtype:
        """The NumPy type of `data`; `object` for strings, resources and variants."""
        return np.dtype(_NUMPY.get(self.type, self.type.lower()))

    @property
    def dtype_str(self) -> str:
        """The type's name as people write it, e.g. `int8`."""
        return self.type.lower()

    @property
    def size_bytes(self) -> int:
        """Bytes that the values take in memory; 0 where the type has no fixed size."""
        return packed_bytes(self.type, self.shape) or 0

    @property
    def flat_size(self) -> int:
        """Number of elements."""
        return self.shape.flat_size

    @property
    def is_float(self) -> bool:
        """Whether the values are floating-point numbers."""
        return "FLOAT" in self.type

    @property
    def is_quantized(self) -> bool:
        """Whether the integers stand for real numbers."""
        return bool(self.scales)

    @property
    def data(self) -> np.ndarray | None:
        """The constant's values, read-only, of `shape`; None if the tensor is computed.

        A sparse constant and one without a fixed element size come as their bytes. Assign an array of the
        same shape to change the values in the model; those of a tensor that shares its bytes stay.
        """
        if self._content is None:
            return None
        if packed_bytes(self.type, self.shape) != self._content.size:
            return self._content
        if _BITS[self.type] < 8:
            return _widened(self._content, self.type, self.flat_size).reshape(self.shape)
        return self._content.view(self.dtype).reshape(self.shape)

    @data.setter
    def data(self, values: np.ndarray) -> None:
        array = np.asarray(values)
        if not self.is_constant:
            raise TfliteError(f"The tensor '{self.name}' is computed, it has no values to change")
        if array.shape != self.shape or _BITS.get(self.type, 0) < 8:
            raise TfliteError(
                f"The tensor '{self.name}' takes {self.dtype_str} of shape {tuple(self.shape)}, "
                f"got {array.dtype} of shape {array.shape}"
            )
        if not np.can_cast(array.dtype, self.dtype, "same_kind"):
            raise TfliteError(f"The tensor '{self.name}' takes {self.dtype_str}, got {array.dtype}")
        content = array.astype(self.dtype).tobytes()
        self._store(self.index, content)
        self._content = np.frombuffer(content, np.uint8)

    def shape_dtype_str(self, include_batch: bool = False) -> str:
        """Return shape and type as people write them, e.g. `49x40x1 (int8)`.

        Args:
            include_batch: Also show the first dimension.
        """
        shown = self.shape if include_batch or len(self.shape) < 2 else TfliteShape(self.shape[1:])
        return f"{shown} ({self.dtype_str})"

    def __str__(self) -> str:
        return f"{self.name}, {self.shape_dtype_str(include_batch=True)}"


def tensor_of(index: int, tensor: Any, buffer: Any, store: Callable[[int, bytes], None]) -> TfliteTensor:
    """Return the tensor that the schema's `TensorT` and its buffer describe.

    Args:
        index: Its number in the graph.
        tensor: The schema's object.
        buffer: Its bytes.
        store: Puts new bytes of the tensor of a number into the model.
    """
    content = np.frombuffer(buffer.data, np.uint8) if len(buffer.data) else None
    return TfliteTensor(
        index=index,
        name=(tensor.name or b"").decode(errors="replace"),
        type=enum_names("TensorType")[tensor.type],
        shape=TfliteShape(shape_of(tensor)),
        quantization=_quantization(tensor.quantization),
        is_variable=bool(tensor.isVariable),
        _content=content,
        _store=store,
    )


def shape_of(tensor: Any) -> tuple[int, ...]:
    """Return the dimensions of the schema's `TensorT`; a scalar has none."""
    return () if tensor.shape is None else tuple(int(size) for size in tensor.shape)


def packed_bytes(kind: str, shape: tuple[int, ...]) -> int | None:
    """Return the bytes of a dense tensor, or None if the type has no fixed size."""
    return None if kind not in _BITS else -(-math.prod(shape) * _BITS[kind] // 8)


def _quantization(parameters: Any) -> TfliteQuantization:
    if parameters is None or parameters.scale is None or not len(parameters.scale):
        return TfliteQuantization()
    scales = tuple(float(scale) for scale in parameters.scale)
    points = [] if parameters.zeroPoint is None else [int(point) for point in parameters.zeroPoint]
    if len(points) != len(scales):  # one for all channels, or left out because it is 0
        points = (points or [0])[:1] * len(scales)
    return TfliteQuantization(scales, tuple(points), int(parameters.quantizedDimension))


def _widened(packed: np.ndarray, kind: str, count: int) -> np.ndarray:
    bits = _BITS[kind]
    shifts = np.arange(0, 8, bits, dtype=np.uint8)  # the first element sits in the lowest bits
    # Shifted to the top first, so that the shift back down extends the sign.
    topped = (packed[:, np.newaxis] >> shifts << np.uint8(8 - bits)).ravel()[:count]
    signed = not kind.startswith("UINT")
    values: np.ndarray = topped.view(np.int8 if signed else np.uint8) >> (8 - bits)
    return values
