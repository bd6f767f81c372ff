"""The arithmetic of the front end: 16, 32 and 64 bit integers, to the bit those of a device.

Up to the filterbank the frames of a clip do not depend on each other, so `LANES` of them go through
the Fourier transform side by side: arrays are indexed [bin, lane], and the compiler turns each loop
over the lanes into vector instructions. What follows carries a state from frame to frame and
works on one value at a time.

Python's integers are 64 bits wide here. A cast such as `np.int16(...)` or a mask `& _UINT32` stands
where the device's arithmetic is narrower and wraps.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from yzlite_core.plugin.data import compile_kernel

LANES = 16
_UINT32 = 0xFFFFFFFF

Int16 = npt.NDArray[np.int16]
Int32 = npt.NDArray[np.int32]
UInt16 = npt.NDArray[np.uint16]
UInt32 = npt.NDArray[np.uint32]
Word = Any  # an integer of the width that numba infers


class Framing(NamedTuple):
    """How a clip is cut into frames."""

    window: Int16  #: (samples,) Q12
    step: int  #: samples
    notch: bool
    notch_coefficient: int  #: Q15


class Fourier(NamedTuple):
    """The transform of 2n real samples by way of n complex ones; factors are Q15."""

    order: Int32  #: (n,) which complex sample goes where before the first pass
    cosine: Int16  #: (n,)
    sine: Int16  #: (n,)
    split_cosine: Int16  #: (n / 2,) for telling the two interleaved halves apart
    split_sine: Int16  #: (n / 2,)


class Bands(NamedTuple):
    """The triangular filters: bins `starts[i]:starts[i + 1]` fall in i - 1 and rise in i."""

    starts: Int32  #: (channels + 2,)
    rising: Int16  #: (bins,) Q12
    falling: Int16  #: (bins,) Q12


class Noise(NamedTuple):
    """How fast the noise of a channel is learnt, and what stays when it is subtracted; Q14."""

    bits: int  #: by which the estimate is finer than the signal
    even: int
    odd: int
    remaining: int


class Gain(NamedTuple):
    """Per-channel amplitude normalisation (PCAN)."""

    enabled: bool
    curve: Int16  #: (125,) gain over the noise estimate: three values an octave
    shift: int


class Log(NamedTuple):
    """The logarithmic scale."""

    enabled: bool
    curve: Int32  #: (129,) what log2 has over a straight line, Q16
    shift: int
    correction: int  #: bits that the Fourier transform and the filters have taken from the signal


class Activity(NamedTuple):
    """The activity detector: coefficients Q8, thresholds Q12."""

    power_shift: int
    fast: int
    slow: int
    arm: int
    trip: int


class Tables(NamedTuple):
    """All that the settings decide; here, because numba compiles again when this file changes."""

    framing: Framing
    fourier: Fourier
    bands: Bands
    noise: Noise
    gain: Gain
    log: Log
    activity: Activity


@compile_kernel
def spectrograms(samples: Int16, tables: Tables, features: UInt16, active: npt.NDArray[np.bool_]) -> None:
    """Fill `features` and `active` from clips that know nothing of each other.

    Args:
        samples: (clips, samples).
        tables: What the settings decide.
        features: (clips, frames, channels).
        active: (clips,): whether there was activity.
    """
    _, frames, channels = features.shape
    half = len(tables.fourier.order)
    clip = np.empty(samples.shape[1], np.int16)
    block = np.zeros((LANES, 2 * half), np.int16)
    shifts = np.zeros(LANES, np.int64)
    re = np.zeros((half, LANES), np.int16)
    im = np.zeros((half, LANES), np.int16)
    energy = np.zeros((half + 1, LANES), np.int32)
    amplitudes = np.empty((frames, channels), np.uint32)
    for index in range(len(samples)):
        _remove_offset(samples[index], tables.framing, clip)
        for first in range(0, frames, LANES):
            lanes = min(LANES, frames - first)
            _cut(clip, first, lanes, tables.framing, block, shifts)
            _transform(block, shifts, tables.fourier, re, im)
            _measure(re, im, tables.fourier, energy)
            _filter(energy, first, lanes, tables.bands, shifts, amplitudes)
        active[index] = _is_active(amplitudes, tables.activity)
        _compress(amplitudes, tables.noise, tables.gain, tables.log, features[index])


@compile_kernel
def _remove_offset(sample: Int16, framing: Framing, clip: Int16) -> None:
    """Notch at 0 Hz: y[i] = x[i] - x[i-1] + c y[i-1]."""
    previous: Word = 0
    output: Word = 0
    for i in range(len(sample)):
        if framing.notch:
            fed_back = (framing.notch_coefficient * output + (1 << 14)) >> 15
            output = np.int64(np.int16(np.int16(sample[i] - previous) + fed_back))
            previous = np.int64(sample[i])
            clip[i] = output
        else:
            clip[i] = sample[i]


@compile_kernel
def _cut(
    clip: Int16, first: int, lanes: int, framing: Framing, block: Int16, shifts: npt.NDArray[np.int64]
) -> None:
    """Window the frames, and tell by how many bits each can be scaled up."""
    for lane in range(lanes):
        start = (first + lane) * framing.step
        peak: Word = np.int16(0)
        for i in range(len(framing.window)):
            value = np.int16((clip[start + i] * framing.window[i]) >> 12)
            block[lane, i] = value
            peak = max(peak, np.int16(abs(value)))
        shifts[lane] = 15 - _bit_length(peak)


@compile_kernel
def _transform(block: Int16, shifts: npt.NDArray[np.int64], fourier: Fourier, re: Int16, im: Int16) -> None:
    """Complex Fourier transform in place, of even samples + i odd samples, scaled by 1 / n."""
    half = len(fourier.order)
    for k in range(half):
        source = 2 * fourier.order[k]
        for lane in range(LANES):
            re[k, lane] = block[lane, source] << shifts[lane]
            im[k, lane] = block[lane, source + 1] << shifts[lane]
    span = 1
    if _bit_length(half) % 2 == 0:
        _radix2_pass(re, im)
        span = 2
    while span < half:
        _radix4_pass(re, im, span, fourier.cosine, fourier.sine)
        span *= 4


@compile_kernel
def _q15(product: Word) -> Word:
    """Round a product of a number and a Q15 fraction to 16 bits."""
    return np.int16((product + (1 << 14)) >> 15)


@compile_kernel
def _radix2_pass(re: Int16, im: Int16) -> None:
    for a in range(0, len(re), 2):
        b = a + 1
        for lane in range(LANES):
            are, aim = _q15(re[a, lane] * 16383), _q15(im[a, lane] * 16383)
            bre, bim = _q15(re[b, lane] * 16383), _q15(im[b, lane] * 16383)
            re[a, lane], im[a, lane] = are + bre, aim + bim
            re[b, lane], im[b, lane] = are - bre, aim - bim


@compile_kernel
def _radix4_pass(re: Int16, im: Int16, span: int, cosine: Int16, sine: Int16) -> None:
    """Join groups of four transforms of `span` bins; a quarter is 8191 in Q15."""
    size = len(re)
    stride = size // (4 * span)
    for k in range(span):
        c1, s1 = cosine[k * stride], sine[k * stride]
        c2, s2 = cosine[2 * k * stride], sine[2 * k * stride]
        c3, s3 = cosine[3 * k * stride], sine[3 * k * stride]
        for a in range(k, size, 4 * span):
            b, c, d = a + span, a + 2 * span, a + 3 * span
            for lane in range(LANES):
                x, y = _q15(re[b, lane] * 8191), _q15(im[b, lane] * 8191)
                bre, bim = _q15(x * c1 - y * s1), _q15(x * s1 + y * c1)
                x, y = _q15(re[c, lane] * 8191), _q15(im[c, lane] * 8191)
                cre, cim = _q15(x * c2 - y * s2), _q15(x * s2 + y * c2)
                x, y = _q15(re[d, lane] * 8191), _q15(im[d, lane] * 8191)
                dre, dim = _q15(x * c3 - y * s3), _q15(x * s3 + y * c3)
                are, aim = _q15(re[a, lane] * 8191), _q15(im[a, lane] * 8191)
                re[a, lane], im[a, lane] = are + cre + bre + dre, aim + cim + bim + dim
                re[b, lane], im[b, lane] = are - cre + bim - dim, aim - cim - bre + dre
                re[c, lane], im[c, lane] = are + cre - bre - dre, aim + cim - bim - dim
                re[d, lane], im[d, lane] = are - cre - bim + dim, aim - cim + bre - dre


@compile_kernel
def _measure(re: Int16, im: Int16, fourier: Fourier, energy: Int32) -> None:
    """Squared magnitudes of the real signal's bins, from the transform of its two halves."""
    half = len(re)
    for lane in range(LANES):
        last = np.int16(_q15(re[0, lane] * 16383) - _q15(im[0, lane] * 16383))
        energy[half, lane] = last * last
    for k in range(1, half // 2 + 1):
        cosine, sine = fourier.split_cosine[k - 1], fourier.split_sine[k - 1]
        for lane in range(LANES):
            are, aim = _q15(re[k, lane] * 16383), _q15(im[k, lane] * 16383)
            bre, bim = _q15(re[half - k, lane] * 16383), _q15(np.int16(-im[half - k, lane]) * 16383)
            sum_re, sum_im = np.int16(are + bre), np.int16(aim + bim)
            x, y = np.int16(are - bre), np.int16(aim - bim)
            turn_re, turn_im = _q15(x * cosine - y * sine), _q15(x * sine + y * cosine)
            x, y = np.int16((sum_re + turn_re) >> 1), np.int16((sum_im + turn_im) >> 1)
            energy[k, lane] = x * x + y * y
            x, y = np.int16((sum_re - turn_re) >> 1), np.int16((turn_im - sum_im) >> 1)
            energy[half - k, lane] = x * x + y * y


@compile_kernel
def _filter(
    energy: Int32, first: int, lanes: int, bands: Bands, shifts: npt.NDArray[np.int64], amplitudes: UInt32
) -> None:
    """Sum the energy under each triangle and undo the scaling of its root."""
    rising = np.zeros(LANES, np.int64)
    falling = np.zeros(LANES, np.int64)
    weight = 0
    for band in range(len(bands.starts) - 1):
        for lane in range(LANES):
            rising[lane], falling[lane] = falling[lane], 0
        for k in range(bands.starts[band], bands.starts[band + 1]):
            for lane in range(LANES):
                rising[lane] += np.int64(energy[k, lane]) * bands.rising[weight]
                falling[lane] += np.int64(energy[k, lane]) * bands.falling[weight]
            weight += 1
        if band > 0:
            for lane in range(lanes):
                amplitudes[first + lane, band - 1] = _root(rising[lane]) >> shifts[lane]


@compile_kernel
def _root(value: Word) -> Word:
    """Square root, rounded but for 32 bit values next to 2**32, which would need a 17th bit."""
    root = np.int64(math.sqrt(value))
    root -= root * root > value
    rest = value - root * root
    return root + (rest > root and root != 0xFFFF)


@compile_kernel
def _bit_length(value: Word) -> Word:
    bits = 0
    while value > 0:
        value >>= 1
        bits += 1
    return bits


@compile_kernel
def _is_active(amplitudes: UInt32, activity: Activity) -> bool:
    """Tell whether the level rose fast after it had fallen fast: a fast mean against a slow one.

    The level is that of the filterbank, before noise reduction.
    """
    fast: Word = 0
    slow: Word = 0
    armed = False
    for frame in range(len(amplitudes)):
        level: Word = 0
        for channel in range(amplitudes.shape[1]):
            level += np.int64(amplitudes[frame, channel])
        level = (level & _UINT32) >> activity.power_shift
        fast = ((256 - activity.fast) * level + activity.fast * fast + 128) >> 8
        slow = ((256 - activity.slow) * level + activity.slow * slow + 128) >> 8
        if armed and fast > (slow * activity.trip) >> 12:
            return True
        armed = armed or fast < (slow * activity.arm) >> 12
    return False


@compile_kernel
def _compress(amplitudes: UInt32, noise: Noise, gain: Gain, log: Log, features: UInt16) -> None:
    """Subtract each channel's noise, normalise it, take logarithms."""
    frames, channels = amplitudes.shape
    for channel in range(channels):
        smoothing = noise.odd if channel % 2 else noise.even
        estimate: Word = 0
        for frame in range(frames):
            signal = np.int64(amplitudes[frame, channel])
            fine = (signal << noise.bits) & _UINT32
            estimate = (fine * smoothing + estimate * ((1 << 14) - smoothing)) >> 14
            rest = (fine - min(estimate, fine)) >> noise.bits
            value = max(rest, (signal * noise.remaining) >> 14)
            if gain.enabled:
                value = _normalised(value, estimate, gain)
            if log.enabled:
                value = _logarithm(value, log)
            features[frame, channel] = min(value, 0xFFFF)


@compile_kernel
def _normalised(value: Word, estimate: Word, gain: Gain) -> Word:
    """Weigh the value by the gain that its channel's noise calls for, and soften what is weak."""
    if estimate <= 2:
        factor = np.int64(gain.curve[estimate])
    else:
        octave = _bit_length(estimate)
        at = 4 * octave - 6
        fraction = (estimate << 11 >> octave if octave < 11 else estimate >> (octave - 11)) & 0x3FF
        slope = ((gain.curve[at + 2] * fraction) >> 5) + (np.int64(gain.curve[at + 1]) << 5)
        bend = np.int32(np.int32(slope * fraction) + (1 << 14)) >> 15
        factor = np.int64(np.int16(bend + gain.curve[at])) & _UINT32
    ratio = np.int64((np.uint64(value) * np.uint64(factor)) >> np.uint64(gain.shift)) & _UINT32
    return (ratio * ratio) >> 20 if ratio < 8192 else (ratio >> 6) - 64


@compile_kernel
def _logarithm(value: Word, log: Log) -> Word:
    """Natural logarithm times 2**shift, of the value in the signal's own scale; 0 below 2."""
    value = value >> -log.correction if log.correction < 0 else (value << log.correction) & _UINT32
    if value < 2:
        return 0
    octave = _bit_length(value) - 1
    fraction = ((value << 16) >> octave) - (1 << 16)
    segment = fraction >> 9
    low, high = log.curve[segment], log.curve[segment + 1]
    bend = low + (((high - low) * (fraction - (segment << 9))) >> 16)
    natural = (45426 * ((octave << 16) + fraction + bend) + (1 << 15)) >> 16
    return (((natural << log.shift) & _UINT32) + (1 << 15)) >> 16
