from __future__ import annotations

import numpy as np
import pytest

from yzlite_audio.stretching import SpeedAndPitch, time_stretch
from yzlite_core.data.batches import Sample

RATE = 16000
TIME = np.arange(RATE) / RATE


def tone(frequency: float) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * frequency * TIME)).astype(np.float32)


def loudest_frequency(sample: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(sample * np.hanning(len(sample))))
    return np.fft.rfftfreq(len(sample), 1 / RATE)[spectrum.argmax()]


def change(sample: np.ndarray, speed: float, pitch: float) -> np.ndarray:
    return SpeedAndPitch((1, 1), (1, 1), RATE).apply(sample, (speed, pitch))


@pytest.mark.parametrize("frequency", [120, 440, 3000])
@pytest.mark.parametrize(("speed", "pitch"), [(1.5, 1.0), (0.6, 1.0), (1.0, 1.4), (1.0, 0.7), (1.9, 1.2)])
def test_length_follows_speed_and_frequency_follows_pitch(frequency, speed, pitch):
    changed = change(tone(frequency), speed, pitch)
    assert changed.dtype == np.float32
    assert len(changed) == pytest.approx(RATE / speed, abs=2)
    assert loudest_frequency(changed) == pytest.approx(frequency * pitch, rel=0.01)
    inner = changed[len(changed) // 10 : -len(changed) // 10]
    assert np.sqrt(np.mean(inner**2)) == pytest.approx(np.sqrt(0.125), rel=0.05)


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25, 2.0])
def test_events_are_where_they_belong(rate):
    clicks = np.zeros(RATE, np.float32)
    clicks[[4000, 12000]] = 1
    found = np.flatnonzero(np.abs(time_stretch(clicks, rate, RATE)) > 0.2)
    for expected in (4000 / rate, 12000 / rate):
        assert np.abs(found - expected).min() < 0.015 * RATE


def test_nothing_to_do_changes_nothing():
    clip = tone(440)
    assert change(clip, 1.0, 1.0) is clip
    assert not change(np.zeros(RATE, np.float32), 1.3, 0.8).any()
    assert len(change(clip[:5], 1.3, 0.8)) == 4


def test_what_is_handed_over_stays():
    clip = tone(440)
    change(clip, 1.3, 0.8)
    np.testing.assert_array_equal(clip, tone(440))


def test_a_factor_and_its_inverse_are_equally_likely():
    step, rng = SpeedAndPitch((0.5, 2.0), (0.8, 1.25), RATE), np.random.default_rng(0)
    drawn = np.array([step.draw(rng, Sample(0, None, "x", (1,))) for _ in range(4000)])
    assert (drawn.min(axis=0) >= (0.5, 0.8)).all()
    assert (drawn.max(axis=0) <= (2.0, 1.25)).all()
    np.testing.assert_allclose(np.mean(drawn > 1, axis=0), 0.5, atol=0.03)
