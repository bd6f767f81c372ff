"""How loud a clip is, and what else is heard with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from yzlite_core.plugin import Sample
from yzlite_core.plugin.data import ArraySource, Source

#: Exponents of frequency in the power spectrum.
COLORS: Final = {"white": 0, "pink": -1, "brown": -2, "blue": 1, "violet": 2}

_SECONDS: Final = 30  # of each colour, of which pieces are cut
_LOWEST_HZ: Final = 20.0  # below it nothing is heard, but there is most of brown noise
_FULL_LEVEL: Final = 0.25  # root mean square at loudness 1: peaks are hardly clipped
_SEED: Final = 42


@dataclass(frozen=True)
class Loudness:
    """Multiply a clip by one factor; what leaves -1 to 1 is clipped.

    Args:
        factors: Smallest and largest factor.
        order: Where in the chain it stands.
    """

    factors: tuple[float, float]
    order: int = 500

    def draw(self, rng: np.random.Generator, sample: Sample) -> float:
        """Draw the factor."""
        return rng.uniform(*self.factors)

    def apply(self, data: np.ndarray, parameters: float) -> np.ndarray:
        """Return the louder or quieter clip."""
        return _clipped(data * np.float32(parameters))


@dataclass(frozen=True)
class Noise:
    """Add a piece of a recording, each as likely as the others; what leaves -1 to 1 is clipped.

    A recording that is shorter than the clip is repeated.

    Args:
        recordings: Noise, float32 of shape (n,).
        factors: Smallest and largest factor of the recording.
        order: Where in the chain it stands.
    """

    recordings: Source
    factors: tuple[float, float]
    order: int

    def draw(self, rng: np.random.Generator, sample: Sample) -> tuple[int, float, float]:
        """Draw the recording, where in it the piece begins (0 to 1), and the factor."""
        return int(rng.integers(len(self.recordings))), rng.random(), rng.uniform(*self.factors)

    def apply(self, data: np.ndarray, parameters: tuple[int, float, float]) -> np.ndarray:
        """Return the clip with the noise."""
        index, beginning, factor = parameters
        recording = self.recordings.load(index)
        if len(recording) < len(data):
            recording = np.resize(recording, len(data))
        start = int(beginning * (len(recording) - len(data) + 1))
        return _clipped(data + recording[start : start + len(data)] * np.float32(factor))


def colored_noise(colors: tuple[str, ...], sample_rate: int) -> Source:
    """Return half a minute of noise of each colour, always the same: float32, root mean square 0.25.

    Args:
        colors: Of `COLORS`.
        sample_rate: In Hz.
    """
    return ArraySource(
        np.stack([_noise(COLORS[color], _SECONDS * sample_rate, sample_rate) for color in colors])
    )


def _noise(exponent: int, length: int, sample_rate: int) -> np.ndarray:
    """Return noise whose power is proportional to frequency to the power of `exponent`, from 20 Hz on."""
    rng = np.random.default_rng((_SEED, exponent + 2))
    frequencies = np.fft.rfftfreq(length, 1 / sample_rate)
    heard = frequencies >= min(_LOWEST_HZ, sample_rate / 100)
    spectrum = np.zeros(len(frequencies), np.complex64)
    parts = rng.standard_normal((2, int(heard.sum())), np.float32)
    spectrum[heard] = (parts[0] + 1j * parts[1]) * frequencies[heard] ** (exponent / 2)
    noise = np.fft.irfft(spectrum, length).astype(np.float32)
    scaled: np.ndarray = noise * np.float32(_FULL_LEVEL / np.sqrt(np.mean(np.square(noise))))
    return scaled


def _clipped(data: np.ndarray) -> np.ndarray:
    return np.clip(data, -1, 1, out=data)
