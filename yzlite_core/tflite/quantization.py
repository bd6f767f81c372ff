"""Between real numbers and the integers that stand for them: real = scale * (integer - zero point)."""

from __future__ import annotations

import numpy as np

from yzlite_core.tflite.tensors import TfliteTensor


def quantize(values: np.ndarray, tensor: TfliteTensor) -> np.ndarray:
    """Return real numbers as the integers of a tensor that is quantized as a whole.

    Halves are rounded away from zero and what is out of range is clipped, as the QUANTIZE operator of
    TensorFlow Lite Micro does.

    Args:
        values: Real numbers, none of them NaN.
        tensor: The tensor with one scale and one zero point.
    """
    limits = np.iinfo(tensor.dtype)
    bound = 2.0 * limits.max + 2.0  # beyond every result, so that infinity is clipped like any large number
    with np.errstate(over="ignore"):
        scaled = np.divide(values, np.float32(tensor.scales[0]), dtype=np.float32).clip(-bound, bound)
    rounded: np.ndarray = np.trunc(scaled)
    rounded += np.trunc(2 * (scaled - rounded))  # the fraction is exact: 0.49999997 stays below a half
    rounded += tensor.zero_points[0]
    return rounded.clip(limits.min, limits.max).astype(tensor.dtype)


def dequantize(values: np.ndarray, tensor: TfliteTensor) -> np.ndarray:
    """Return the integers of a tensor that is quantized as a whole as float32.

    Args:
        values: Integers.
        tensor: The tensor with one scale and one zero point.
    """
    centred = values.astype(np.int32) - tensor.zero_points[0]
    real: np.ndarray = np.float32(tensor.scales[0]) * centred.astype(np.float32)
    return real
