"""The sound that the tests of the front end listen to."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

Clip = npt.NDArray[np.int16]


@pytest.fixture(scope="session")
def make_clip() -> Callable[[int], Clip]:
    """Return a function that makes one second of sound from integers alone: the same everywhere."""
    return _make_clip


def _make_clip(sample_rate_hz: int) -> Clip:
    noise = np.empty(sample_rate_hz, np.int64)
    state = 1
    for index in range(sample_rate_hz):
        state = (state * 1103515245 + 12345) % (1 << 31)
        noise[index] = (state >> 15) - 32768
    time = np.arange(sample_rate_hz)
    sweep = (time * time * 3 // 2) % 65536 - 32768
    parts = [
        noise >> 3,
        np.zeros_like(noise),
        np.minimum(np.abs(sweep) * 2 - 32768, 32767),
        noise >> 13,
        np.where(time * 440 // sample_rate_hz % 2, 32767, -32768),
        noise,
        np.full_like(noise, 12345),
        (noise >> 6) + 500,
    ]
    edges = np.linspace(0, sample_rate_hz, len(parts) + 1).astype(int)
    pieces = [part[start:stop] for part, start, stop in zip(parts, edges[:-1], edges[1:], strict=True)]
    return np.concatenate(pieces).astype(np.int16)
