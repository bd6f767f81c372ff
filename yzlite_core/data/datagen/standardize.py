"""What is done to every sample, augmented or not, before it goes into the network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

_TINY = np.float32(1e-6)  # keeps a uniform sample from a division by zero
_BLOCK = 120_000  # bytes of samples that are standardized at once: they stay in the processor's cache


def normalize(samples: np.ndarray, std: bool) -> None:
    """Subtract from each sample its mean and, if asked for, divide it by its standard deviation; in place.

    Args:
        samples: float32 of shape (n, values).
        std: Whether to divide.
    """
    at_once = max(1, _BLOCK // (samples.itemsize * max(1, samples.shape[1])))
    for first in range(0, len(samples), at_once):
        block = samples[first : first + at_once]
        block -= block.mean(1, keepdims=True)
        if std:
            block *= 1 / (np.sqrt(np.square(block).mean(1, keepdims=True)) + _TINY)


@dataclass(frozen=True)
class Standardizer:
    """Make the network's input of samples.

    In this order: multiply by `rescale`; subtract the sample's mean; divide by its standard deviation;
    the further step; convert the type.

    Args:
        rescale: Factor, or None.
        center: Subtract the mean of all the sample's values.
        std: Divide by the standard deviation of all the sample's values; centres too.
        further: A further step on samples of shape (n, ...), from float32 to float32, or None.
        dtype: Type of the result; for a type of integers the values are rounded, and clipped to its range.
        normalize: Subtracts the means and, if its second argument says so, divides; in place, on float32 of
            shape (n, values). A plugin may have a compiled one.
    """

    rescale: float | None = None
    center: bool = False
    std: bool = False
    further: Callable[[np.ndarray], np.ndarray] | None = None
    dtype: str = "float32"
    normalize: Callable[[np.ndarray, bool], None] = normalize

    def __call__(self, data: np.ndarray) -> np.ndarray:
        """Return the standardized samples.

        Args:
            data: Samples of shape (n, ...), C-contiguous; may be changed, and be what is returned.

        Returns:
            As many, each of the same shape unless the further step changes it.
        """
        if self.rescale:
            data = data * np.float32(self.rescale)
        if self.center or self.std or self.further is not None:
            data = data.astype(np.float32, copy=False)
        if self.center or self.std:
            self.normalize(data.reshape(len(data), -1), self.std)
        if self.further is not None:
            data = self.further(data)
        return _converted(data, np.dtype(self.dtype))


def _converted(data: np.ndarray, dtype: np.dtype) -> np.ndarray:
    if dtype.kind in "iu" and data.dtype != dtype:
        limits = np.iinfo(dtype)
        data = np.clip(np.rint(data), limits.min, limits.max)
    converted: np.ndarray = data.astype(dtype, copy=False)
    return converted
