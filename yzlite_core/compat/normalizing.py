"""Normalizing a sample by hand, as scripts of the original do."""

from __future__ import annotations

from typing import Any

import numpy as np

from yzlite_core.data.datagen import Standardizer

_TINY = 1e-6  # keeps a uniform sample from a division by zero


def normalize(
    x: np.ndarray,
    rescale: float | None = None,
    samplewise_center: bool = False,
    samplewise_std_normalization: bool = False,
    samplewise_normalize_range: tuple[float, float] | None = None,
    dtype: Any = None,
) -> np.ndarray:
    """Return a sample normalized: each step that is asked for, in the order of the arguments.

    Args:
        x: The sample, of any shape; it stays as it is.
        rescale: Factor of all values.
        samplewise_center: Subtract the mean of all values.
        samplewise_std_normalization: Divide by the standard deviation of all values; by itself it does not
            centre, unlike that of a data generator.
        samplewise_normalize_range: (low, high) to which the smallest and the largest value are brought; all
            values of a uniform sample become `low`.
        dtype: Type of the result, float32 by default; for a type of integers values are rounded and clipped.
    """
    values = np.asarray(x)
    if rescale or samplewise_center or samplewise_std_normalization or samplewise_normalize_range:
        values = values.astype(np.float32)
    if rescale:
        values *= np.float32(rescale)
    if samplewise_center:
        values -= values.mean()
    if samplewise_std_normalization:
        values /= values.std() + _TINY
    if samplewise_normalize_range:
        low, high = samplewise_normalize_range
        span = np.ptp(values)
        values = (values - values.min()) * ((high - low) / (span if span else 1)) + low
    return Standardizer(dtype=np.dtype(dtype or np.float32).name)(values)
