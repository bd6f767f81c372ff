from __future__ import annotations

import numpy as np
import pytest

from yzlite_audio.mixing import COLORS, Loudness, Noise, colored_noise
from yzlite_core.data.batches import ArraySource, Sample

RATE = 8000
SLOPES_DB_PER_OCTAVE = {"white": 0, "pink": -3, "brown": -6, "blue": 3, "violet": 6}
SAMPLE = Sample(0, None, "x", (100,))


# ----------------------------------------------------------------------------------------------- loudness


def test_loudness_is_a_factor_and_clips():
    clip = np.array([-0.5, 0.0, 0.25, 0.4], np.float32)
    np.testing.assert_allclose(Loudness((1, 1)).apply(clip, 2.0), [-1, 0, 0.5, 0.8])
    np.testing.assert_allclose(Loudness((1, 1)).apply(clip, 3.0), [-1, 0, 0.75, 1])
    np.testing.assert_allclose(clip, [-0.5, 0.0, 0.25, 0.4])
    drawn = [Loudness((0.5, 2.0)).draw(np.random.default_rng(seed), SAMPLE) for seed in range(100)]
    assert 0.5 <= min(drawn) < 1 < max(drawn) <= 2


# ------------------------------------------------------------------------------------------ coloured noise


def test_every_colour_is_known():
    assert set(COLORS) == set(SLOPES_DB_PER_OCTAVE)


@pytest.mark.parametrize(("color", "slope"), SLOPES_DB_PER_OCTAVE.items())
def test_the_colour_is_the_slope_of_the_spectrum(color, slope):
    noise = colored_noise((color,), RATE).load(0)
    power = np.abs(np.fft.rfft(noise)) ** 2
    frequency = np.fft.rfftfreq(len(noise), 1 / RATE)
    octaves = [
        10 * np.log10(power[(frequency >= low) & (frequency < 2 * low)].mean())
        for low in (50, 100, 200, 400, 800)
    ]
    np.testing.assert_allclose(np.diff(octaves), slope, atol=0.4)


def test_all_colours_are_equally_loud_and_nothing_is_below_hearing():
    source = colored_noise(tuple(COLORS), RATE)
    for index in range(len(COLORS)):
        noise = source.load(index)
        assert noise.dtype == np.float32
        assert np.sqrt(np.mean(noise**2)) == pytest.approx(0.25, rel=1e-3)
        low = np.abs(np.fft.rfft(noise))[np.fft.rfftfreq(len(noise), 1 / RATE) < 19]
        assert low.max() < 1e-2


def test_coloured_noise_is_the_same_each_time():
    first, second = (colored_noise(("pink", "white"), RATE) for _ in range(2))
    np.testing.assert_array_equal(first.load(0), second.load(0))
    assert not np.array_equal(first.load(0), first.load(1))


# -------------------------------------------------------------------------------------------------- mixing

RECORDINGS = ArraySource(np.stack([np.arange(1, 1001), -np.arange(1, 1001)]).astype(np.float32) / 1000)


@pytest.mark.parametrize(("beginning", "start"), [(0.0, 0), (0.5, 450), (0.9999, 900)])
def test_a_piece_of_the_recording_is_added(beginning, start):
    clip = np.full(100, 0.01, np.float32)
    mixed = Noise(RECORDINGS, (0, 1), 600).apply(clip, (0, beginning, 0.5))
    np.testing.assert_allclose(mixed, 0.01 + 0.5 * RECORDINGS.load(0)[start : start + 100], rtol=1e-6)
    np.testing.assert_array_equal(clip, np.full(100, 0.01, np.float32))


def test_a_short_recording_is_repeated():
    short = ArraySource(np.array([[0.1, 0.2, 0.3]], np.float32))
    mixed = Noise(short, (1, 1), 600).apply(np.zeros(7, np.float32), (0, 0.9, 1.0))
    np.testing.assert_allclose(mixed, [0.1, 0.2, 0.3, 0.1, 0.2, 0.3, 0.1])


def test_the_sum_is_clipped_and_the_recording_stays():
    before = RECORDINGS.load(0).copy()
    mixed = Noise(RECORDINGS, (1, 1), 600).apply(np.full(100, 0.9, np.float32), (0, 0.99, 1.0))
    assert mixed.max() == 1.0
    np.testing.assert_array_equal(RECORDINGS.load(0), before)


def test_every_recording_and_every_place_is_drawn():
    step, rng = Noise(RECORDINGS, (0.1, 0.3), 600), np.random.default_rng(0)
    drawn = np.array([step.draw(rng, SAMPLE) for _ in range(1000)])
    assert np.mean(drawn[:, 0]) == pytest.approx(0.5, abs=0.05)
    assert drawn[:, 1].min() < 0.01
    assert drawn[:, 1].max() > 0.99
    assert 0.1 <= drawn[:, 2].min() < drawn[:, 2].max() <= 0.3
