"""The length of the vocal tract: the resonances of a voice, apart from its pitch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from yzlite_core.plugin import Sample

_FRAME_MS: Final = 32
_DETAIL_MS: Final = 2.5  # quefrencies below it are the resonances, those above are the pitch
_WARPED_HZ: Final = 4800.0  # up to here frequencies are multiplied, or
_WARPED_SHARE: Final = 0.6  # up to this share of half the sample rate, if that is less
_DEEPEST_DB: Final = 60.0  # below the frame's loudest frequency there is nothing to move
_LARGEST_GAIN_DB: Final = 24.0


@dataclass(frozen=True)
class VocalTract:
    """Move the resonances of a clip up or down as a shorter or longer vocal tract does; the pitch stays.

    The spectral envelope of each frame, smoothed by its cepstrum, is warped: frequencies are multiplied up
    to 4,800 Hz, and from there the scale goes on linearly to half the sample rate (the warping function of
    Jaitly and Hinton, 2013: Vocal tract length perturbation improves speech recognition).

    Args:
        factors: Smallest and largest factor of the resonances' frequencies.
        sample_rate: In Hz.
    """

    order: ClassVar[int] = 300

    factors: tuple[float, float]
    sample_rate: int

    def draw(self, rng: np.random.Generator, sample: Sample) -> float:
        """Draw the factor."""
        return rng.uniform(*self.factors)

    def apply(self, data: np.ndarray, parameters: float) -> np.ndarray:
        """Return the changed clip, of the same length."""
        half = 1 << max(2, round(np.log2(_FRAME_MS * self.sample_rate / 2000)))
        window = np.sin(np.pi * (np.arange(2 * half) + 0.5) / (2 * half)).astype(np.float32)
        padded = np.zeros(-(-len(data) // half) * half + 2 * half, np.float32)
        padded[half : half + len(data)] = data
        frames = np.lib.stride_tricks.sliding_window_view(padded, 2 * half)[::half]
        spectra = np.fft.rfft(frames * window, axis=1)
        spectra *= self._gains(np.abs(spectra), parameters)
        changed = np.fft.irfft(spectra, axis=1).astype(np.float32) * window
        result = np.zeros_like(padded)
        result[:-half] += changed[:, :half].ravel()
        result[half:] += changed[:, half:].ravel()
        return result[half : half + len(data)]

    def _gains(self, magnitudes: np.ndarray, factor: float) -> np.ndarray:
        """Return the warped envelope over the envelope, of the shape of the magnitudes (frames, bins)."""
        floor = magnitudes.max(axis=1, keepdims=True) * 10 ** (-_DEEPEST_DB / 20) + 1e-9
        cepstra = np.fft.irfft(np.log(magnitudes + floor), axis=1)
        kept = max(2, round(_DETAIL_MS * self.sample_rate / 1000))
        cepstra[:, kept : cepstra.shape[1] - kept + 1] = 0
        envelopes = np.fft.rfft(cepstra, axis=1).real
        places = self._origins(magnitudes.shape[1], factor)
        left = np.minimum(places.astype(np.intp), magnitudes.shape[1] - 2)
        low, high = envelopes[:, left], envelopes[:, left + 1]
        warped = low + (high - low) * (places - left)
        largest = _LARGEST_GAIN_DB / 20 * np.log(10)
        gains: np.ndarray = np.exp(np.clip(warped - envelopes, -largest, largest))
        return gains

    def _origins(self, bins: int, factor: float) -> np.ndarray:
        """Return for each bin the place among the bins that its resonances come from, of shape (bins,)."""
        nyquist = self.sample_rate / 2
        edge = min(_WARPED_HZ, _WARPED_SHARE * nyquist) * min(factor, 1) / factor
        frequencies = np.linspace(0, nyquist, bins)
        origins = np.interp(frequencies, [0, edge * factor, nyquist], [0, edge, nyquist])
        return np.asarray(origins / nyquist * (bins - 1))
