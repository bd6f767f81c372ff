from __future__ import annotations

import numpy as np
import pytest

from yzlite_audio.resampling import resample


def sine(frequency: float, rate: int) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * frequency * np.arange(rate) / rate)).astype(np.float32)


@pytest.mark.parametrize(("old", "new"), [(44100, 16000), (8000, 16000), (48000, 16000), (16000, 11025)])
@pytest.mark.parametrize("frequency", [100, 1000, 3000])
def test_a_tone_stays_the_same_tone(old, new, frequency):
    made = resample(sine(frequency, old), new / old)
    assert made.dtype == np.float32
    assert len(made) == new
    inner = slice(new // 20, -new // 20)
    np.testing.assert_allclose(made[inner], sine(frequency, new)[inner], atol=1e-4)


def test_what_the_new_rate_cannot_hold_is_gone():
    made = resample(sine(11000, 44100), 16000 / 44100)
    assert np.abs(made[800:-800]).max() < 5e-4


def test_the_same_rate_changes_nothing():
    clip = sine(440, 16000)
    assert resample(clip, 1.0) is clip
    assert len(resample(clip[:3], 0.01)) == 1
