"""Speed and pitch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from yzlite_audio.kernels import overlap_add
from yzlite_audio.resampling import resample
from yzlite_core.plugin import Sample

_HOP_MS: Final = 12.5  # half a frame
_SEARCH_MS: Final = 8.0  # to either side: together a period of the lowest voice


@dataclass(frozen=True)
class SpeedAndPitch:
    """Play a clip faster or slower, and higher or lower, each by its own factor.

    The time is stretched, then the sample rate changed, which takes the pitch and the resonances along.
    A factor and its inverse are equally likely.

    Args:
        speed: Smallest and largest factor; 2 is twice as fast.
        pitch: Smallest and largest factor of all frequencies; 2 is an octave higher.
        sample_rate: In Hz.
    """

    order: ClassVar[int] = 200

    speed: tuple[float, float]
    pitch: tuple[float, float]
    sample_rate: int

    def draw(self, rng: np.random.Generator, sample: Sample) -> tuple[float, float]:
        """Draw the factors of speed and of pitch."""
        speed, pitch = (math.exp(rng.uniform(*np.log(limits))) for limits in (self.speed, self.pitch))
        return speed, pitch

    def apply(self, data: np.ndarray, parameters: tuple[float, float]) -> np.ndarray:
        """Return the changed clip, of 1 / speed its length."""
        speed, pitch = parameters
        return resample(time_stretch(data, speed / pitch, self.sample_rate), 1 / pitch)


def time_stretch(sample: np.ndarray, rate: float, sample_rate: int) -> np.ndarray:
    """Return sound `rate` times as fast, at the same pitch.

    Args:
        sample: float32 of shape (n,).
        rate: Above 1 is faster.
        sample_rate: In Hz.

    Returns:
        float32 of shape (round(n / rate),), at least one sample.
    """
    if rate == 1:
        return sample
    hop, search = (max(1, round(ms * sample_rate / 1000)) for ms in (_HOP_MS, _SEARCH_MS))
    window = np.sin(np.pi * (np.arange(2 * hop) + 0.5) / (2 * hop)) ** 2
    target = np.zeros(max(1, round(len(sample) / rate)), np.float32)
    source = np.concatenate([sample, np.zeros(2 * hop + search, np.float32)], dtype=np.float32)
    overlap_add(source, target, rate, window.astype(np.float32), search)
    return target
