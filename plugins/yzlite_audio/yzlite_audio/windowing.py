"""A clip of any length to a window of a fixed one: trim, then pad or crop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from yzlite_audio.resampling import resample
from yzlite_core.plugin import Sample

_BLOCK_MS: Final = 32  # from one measurement of the level to the next
_BLOCKS: Final = 4  # in a measurement


@dataclass(frozen=True)
class Window:
    """Trim the silence at both ends of a clip, then pad or crop it to the window.

    A shorter clip is put into the window, between zeros; of a longer one the window is cut out.

    Args:
        length: Length of the window in samples.
        sample_rate: In Hz.
        threshold_db: How far below the loudest part silence begins; None trims nothing.
        offsets: Smallest and largest place: 0 is the beginning of the window (of the clip, if that is
            longer), 1 the end.
    """

    order: ClassVar[int] = 400

    length: int
    sample_rate: int
    threshold_db: float | None
    offsets: tuple[float, float]

    def draw(self, rng: np.random.Generator, sample: Sample) -> float:
        """Draw the place."""
        return rng.uniform(*self.offsets)

    def apply(self, data: np.ndarray, parameters: float) -> np.ndarray:
        """Return the window, float32 of shape (length,)."""
        if self.threshold_db is not None:
            data = trim(data, self.threshold_db, self.sample_rate)
        return place(data, self.length, parameters)


def trim(sample: np.ndarray, threshold_db: float, sample_rate: int) -> np.ndarray:
    """Return a clip without the silence at its ends.

    The level is measured over 128 ms, every 32 ms. What is kept goes from the first to the last place
    where it is at most `threshold_db` below the loudest; a clip without any sound is kept whole.

    Args:
        sample: float32 of shape (n,).
        threshold_db: How far below the loudest part silence begins, in dB.
        sample_rate: In Hz.
    """
    block = max(1, _BLOCK_MS * sample_rate // 1000)
    energies = np.add.reduceat(np.square(sample), np.arange(0, len(sample), block))
    # Measurement k is around the beginning of block k: from two blocks before it to two after.
    levels = np.convolve(energies, np.ones(_BLOCKS))[_BLOCKS // 2 - 1 : 1 - _BLOCKS // 2]
    loud = np.flatnonzero(levels > levels.max() * 10 ** (-threshold_db / 10))
    return sample[loud[0] * block : (loud[-1] + 1) * block] if len(loud) else sample


def place(sample: np.ndarray, length: int, offset: float) -> np.ndarray:
    """Return a window of a fixed length, with a shorter clip in it or cut out of a longer one.

    Args:
        sample: float32 of shape (n,).
        length: Length of the window in samples.
        offset: Where the clip is in the window, or the window in the clip: 0 at the beginning, 1 at the end.
    """
    start = round(offset * abs(length - len(sample)))
    if len(sample) >= length:
        return sample[start : start + length]
    window = np.zeros(length, np.float32)
    window[start : start + len(sample)] = sample
    return window


def adjust_length(
    sample: np.ndarray,
    target_sr: int | None = None,
    original_sr: int | None = None,
    out_length: int | None = None,
    offset: float = 0.0,
    trim_threshold_db: float | None = 30.0,
) -> np.ndarray:
    """Return a clip at another sample rate, trimmed, and padded or cropped to a length.

    Args:
        sample: float32 of shape (n,), in -1 to 1.
        target_sr: Sample rate of the result in Hz; None for that of the clip.
        original_sr: Sample rate of the clip in Hz; None for 16,000.
        out_length: Length of the result in samples; None leaves that of the trimmed clip.
        offset: Where the clip is in the window, or the window in the clip: 0 at the beginning, 1 at the end.
        trim_threshold_db: How far below the loudest part silence begins; None trims nothing.
    """
    old_rate = original_sr or 16000
    rate = target_sr or old_rate
    sample = resample(sample, rate / old_rate)
    if trim_threshold_db is not None:
        sample = trim(sample, trim_threshold_db, rate)
    return sample if out_length is None else place(sample, out_length, offset)
