"""Sound at another sample rate."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from yzlite_audio.kernels import interpolate

_CROSSINGS: Final = 12  # of zero by the filter's impulse response, to either side
_DENSITY: Final = 256  # values of the table from one crossing to the next
_BETA: Final = 8.0  # of the Kaiser window: 80 dB


def resample(sample: np.ndarray, ratio: float) -> np.ndarray:
    """Return sound with `ratio` times as many samples a second, without what the new rate cannot hold.

    Band-limited interpolation by a windowed sinc (Smith and Gossett, 1984: A flexible sampling-rate
    conversion method).

    Args:
        sample: float32 of shape (n,).
        ratio: New sample rate over the old one, above 0.

    Returns:
        float32 of shape (round(n ratio),), at least one sample.
    """
    if ratio == 1:
        return sample
    target = np.empty(max(1, round(len(sample) * ratio)), np.float32)
    source = np.ascontiguousarray(sample, np.float32)
    interpolate(source, target, 1 / ratio, _half_filter(), _DENSITY, min(1.0, ratio))
    return target


@lru_cache
def _half_filter() -> np.ndarray:
    x = np.arange(_CROSSINGS * _DENSITY + 1) / _DENSITY
    taper = np.i0(_BETA * np.sqrt(1 - (x / _CROSSINGS) ** 2)) / np.i0(_BETA)
    table = np.zeros(len(x) + 1, np.float32)
    table[:-1] = np.sinc(x) * taper
    return table
