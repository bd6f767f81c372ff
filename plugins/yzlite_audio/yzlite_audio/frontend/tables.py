"""From settings to the constants that the kernels work with.

The formulas, and which of their steps are done in 32 and which in 64 bit floating point, are those of
TensorFlow Lite Micro's front end: a coefficient that is rounded the other way changes the spectrogram.
The cosine of the window is the delicate one: the toolkit that archives and firmware come from and
`pymicro-features` compute it in 32 bits, the operator in the TensorFlow wheel in 64. In most windows that
is the same; at 480 samples (30 ms at 16 kHz) coefficient 17 lies so near to the middle of two integers
that it differs by one, and up to 5 % of the spectrogram with it. Here it is 32 bits.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from yzlite_audio.frontend import kernels
from yzlite_audio.frontend.kernels import Tables
from yzlite_audio.frontend.settings import RATIO_BITS, AudioFeatureGeneratorSettings

Float32 = npt.NDArray[np.float32]


def build_tables(settings: AudioFeatureGeneratorSettings) -> Tables:
    """Return the constants of a front end whose settings have been checked."""
    return Tables(
        framing=_framing(settings),
        fourier=_fourier(settings.fft_length),
        bands=_bands(settings),
        noise=_noise(settings),
        gain=_gain(settings),
        log=_log(settings),
        activity=_activity(settings),
    )


def _framing(settings: AudioFeatureGeneratorSettings) -> kernels.Framing:
    return kernels.Framing(
        window=hann_window(settings.window_length),
        step=settings.step_length,
        notch=settings.dc_notch_filter_enable,
        notch_coefficient=_fixed(settings.dc_notch_filter_coefficient, 15),
    )


def hann_window(size: int) -> kernels.Int16:
    """Return the coefficients 0.5 - 0.5 cos(2 pi (i + 0.5) / size) in Q12, (size,) int16."""
    angles = np.float32(2 * math.pi / size) * (np.arange(size, dtype=np.float32) + np.float32(0.5))
    cosines = np.cos(angles.astype(np.float64)).astype(np.float32)
    return _rounded((np.float32(0.5) - np.float32(0.5) * cosines) * np.float32(1 << 12))


def _fourier(length: int) -> kernels.Fourier:
    half = length // 2
    turn = -2 * math.pi * np.arange(half) / half
    split = -math.pi * (np.arange(1, half // 2 + 1) / half + 0.5)
    return kernels.Fourier(
        order=_digit_reversed(np.arange(half, dtype=np.int32)),
        cosine=_rounded(32767 * np.cos(turn)),
        sine=_rounded(32767 * np.sin(turn)),
        split_cosine=_rounded(32767 * np.cos(split)),
        split_sine=_rounded(32767 * np.sin(split)),
    )


def _digit_reversed(indices: kernels.Int32) -> kernels.Int32:
    """Sort for decimation in time by four, and by two once where four does not divide."""
    if len(indices) == 1:
        return indices
    radix = 4 if len(indices) % 4 == 0 else 2
    return np.concatenate([_digit_reversed(indices[start::radix]) for start in range(radix)])


def _bands(settings: AudioFeatureGeneratorSettings) -> kernels.Bands:
    """Spread triangular filters evenly over the mel scale.

    Filter i rises from centre i - 1 to centre i and falls to centre i + 1, so a bin has a weight in the
    filter that rises over it and the rest in the one that falls.
    """
    bins = settings.fft_length // 2 + 1
    hz_per_bin = np.float32(0.5 * settings.sample_rate_hz / (bins - 1))
    low, high = _mel(
        np.array([settings.filterbank_lower_band_limit, settings.filterbank_upper_band_limit], np.float32)
    )
    edges = settings.filterbank_n_channels + 1
    centres = low + (high - low) / np.float32(edges) * np.arange(1, edges + 1, dtype=np.float32)
    first = int(1.5 + float(np.float32(settings.filterbank_lower_band_limit) / hz_per_bin))  # without 0 Hz
    mels = _mel(np.arange(first, bins, dtype=np.float32) * hz_per_bin)
    ends = np.searchsorted(mels, centres, side="right")
    band = np.searchsorted(centres, mels[: ends[-1]], side="left")
    below = np.concatenate([[low], centres])[band]
    weights = (centres[band] - mels[: ends[-1]]) / (centres[band] - below)
    return kernels.Bands(
        starts=np.concatenate([[first], first + ends]).astype(np.int32),
        rising=_rounded(weights.astype(np.float64) * (1 << 12)),
        falling=_rounded((1.0 - weights.astype(np.float64)) * (1 << 12)),
    )


def _mel(hertz: Float32) -> Float32:
    return (1127.0 * np.log1p(hertz.astype(np.float64) / 700.0)).astype(np.float32)


def _noise(settings: AudioFeatureGeneratorSettings) -> kernels.Noise:
    """Without noise reduction nothing is learnt and all remains: the same bits as leaving it out."""
    on = settings.noise_reduction_enable
    return kernels.Noise(
        bits=settings.noise_reduction_smoothing_bits,
        even=_fixed(settings.noise_reduction_even_smoothing if on else 0.0, 14),
        odd=_fixed(settings.noise_reduction_odd_smoothing if on else 0.0, 14),
        remaining=_fixed(settings.noise_reduction_min_signal_remaining if on else 1.0, 14),
    )


def _gain(settings: AudioFeatureGeneratorSettings) -> kernels.Gain:
    """Tabulate 2**gain_bits (noise + offset)**-strength: in each octave a parabola through three points."""
    enabled = settings.pcan_enable
    return kernels.Gain(
        enabled=enabled,
        curve=_gain_curve(settings) if enabled else np.zeros(1, np.int16),
        shift=settings.pcan_gain_bits - settings.correction_bits - RATIO_BITS if enabled else 0,
    )


def _gain_curve(settings: AudioFeatureGeneratorSettings) -> kernels.Int16:
    starts = 1 << np.arange(1, 32, dtype=np.int64)
    middles = starts + (starts >> 1)
    ends = 2 * starts
    ends[-1] -= 1  # the last octave ends with the 32 bit numbers
    at_0, at_1 = _gains(np.array([0, 1]), settings)
    start, middle, end = (_gains(points, settings) for points in (starts, middles, ends))
    slope = 4 * (middle - start) - (end - start)
    bend = end - start - slope
    curve = np.zeros((31, 4), np.int64)
    curve[:, 0], curve[:, 1], curve[:, 2] = start, slope, bend
    return np.concatenate([[at_0, at_1], curve.ravel()[:-1]]).astype(np.int16)


def _gains(
    estimates: npt.NDArray[np.int64], settings: AudioFeatureGeneratorSettings
) -> npt.NDArray[np.int64]:
    fine = np.float32(1 << (settings.noise_reduction_smoothing_bits - settings.correction_bits))
    noise = estimates.astype(np.float32) / fine + np.float32(settings.pcan_offset)
    with np.errstate(divide="ignore", over="ignore"):  # infinite gains are capped as well
        power = noise.astype(np.float64) ** -float(np.float32(settings.pcan_strength))
        gains = np.float32(1 << settings.pcan_gain_bits) * power.astype(np.float32)
    capped: npt.NDArray[np.int64] = np.minimum(gains + np.float32(0.5), np.float32(0x7FFF)).astype(np.int64)
    return capped


def _log(settings: AudioFeatureGeneratorSettings) -> kernels.Log:
    x = np.arange(129) / 128
    return kernels.Log(
        enabled=settings.log_scale_enable,
        curve=_rounded((np.log2(1 + x) - x) * (1 << 16)).astype(np.int32),
        shift=settings.log_scale_shift,
        correction=settings.correction_bits,
    )


def _activity(settings: AudioFeatureGeneratorSettings) -> kernels.Activity:
    return kernels.Activity(
        power_shift=(settings.filterbank_n_channels - 1).bit_length(),
        fast=_fixed(settings.activity_detection_alpha_a, 8),
        slow=_fixed(settings.activity_detection_alpha_b, 8),
        arm=_fixed(settings.activity_detection_arm_threshold, 12),
        trip=_fixed(settings.activity_detection_trip_threshold, 12),
    )


def _fixed(value: float, bits: int) -> int:
    """Return the value with so many fractional bits, the rest cut off."""
    return int(np.float32(value) * np.float32(1 << bits))


def _rounded(values: npt.NDArray[Any]) -> kernels.Int16:
    rounded: kernels.Int16 = np.floor(values + values.dtype.type(0.5)).astype(np.int16)
    return rounded
