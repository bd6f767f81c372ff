"""The loops over samples that NumPy has no words for, compiled."""

from __future__ import annotations

import numpy as np

from yzlite_core.plugin.data import compile_kernel

_kernel = compile_kernel(error_model="numpy")  # no test for a division by zero: there is none

_COARSE = 4  # samples from one candidate of the first search to the next


@_kernel
def interpolate(
    source: np.ndarray, target: np.ndarray, step: float, table: np.ndarray, density: int, cutoff: float
) -> None:
    """Fill `target` with the band-limited signal of `source`, read at 0, step, 2 step, ...

    Args:
        source: float32 of shape (n,); beyond its ends there is silence.
        target: float32 of shape (m,).
        step: From one value of the target to the next, in samples of the source.
        table: One half of the low-pass filter's impulse response, float32, with a 0 more at its end.
        density: Values of the table from one zero crossing to the next.
        cutoff: Where the filter ends, as a share of half the source's sample rate: 1 or below.
    """
    reach = (table.size - 2) // density / cutoff
    scale = density * cutoff
    for n in range(target.size):
        place = n * step
        first = max(0, int(np.ceil(place - reach)))
        last = min(source.size - 1, int(np.floor(place + reach)))
        total = 0.0
        for k in range(first, last + 1):
            where = abs(k - place) * scale
            index = int(where)
            left = table[index]
            total += source[k] * (left + (table[index + 1] - left) * (where - index))
        target[n] = total * cutoff


@_kernel
def overlap_add(source: np.ndarray, target: np.ndarray, rate: float, window: np.ndarray, search: int) -> None:
    """Fill `target` with `source` played at another speed and at the same pitch.

    Frames are taken where the source is about to be at that time, moved by up to `search` samples to where
    the waveform goes on best from the frame before, and are overlapped by half (WSOLA: Verhelst and
    Roelands, 1993: An overlap-add technique based on waveform similarity for high quality time-scale
    modification of speech).

    Args:
        source: float32 of shape (n,), with at least a frame and `search` more samples of silence behind.
        target: float32 zeros of shape (m,).
        rate: Speed: samples of the source for each of the target.
        window: float32 of shape (2 hop,), whose halves add up to 1.
        search: Largest shift of a frame to either side.
    """
    hop = window.size // 2
    previous = -hop  # so that the first frame goes on from the beginning
    for begin in range(0, target.size, hop):
        wanted = int(begin * rate)
        low, high = max(0, wanted - search), min(wanted + search, source.size - 2 * hop)
        going_on = previous + hop
        start = _best(source, going_on, low, max(low, high), hop, _COARSE)
        start = _best(
            source, going_on, max(low, start - _COARSE), min(max(low, high), start + _COARSE), hop, 1
        )
        for n in range(min(2 * hop, target.size - begin)):
            target[begin + n] += source[start + n] * window[n]
        previous = start
    for n in range(min(hop, target.size)):  # there is no frame before the first
        target[n] += source[n] * window[hop + n]


@_kernel
def _best(source: np.ndarray, going_on: int, low: int, high: int, length: int, step: int) -> int:
    """Return which start in low..high is the most like `going_on`, by normalised correlation."""
    best, best_score = low, -np.inf
    for start in range(low, high + 1, step):
        product, energy = 0.0, 1e-9
        for n in range(0, length, step):
            value = source[start + n]
            product += value * source[going_on + n]
            energy += value * value
        score = product / np.sqrt(energy)
        if score > best_score:
            best, best_score = start, score
    return best
