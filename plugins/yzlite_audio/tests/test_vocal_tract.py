from __future__ import annotations

import numpy as np
import pytest

from yzlite_audio.vocal_tract import VocalTract

RATE = 16000
FORMANTS = ((900, 120), (2400, 160))  # centre and width in Hz
PITCH = 125


def vowel() -> np.ndarray:
    """Return a row of pulses through two resonances."""
    frequency = np.fft.rfftfreq(RATE, 1 / RATE)
    gain = sum(1 / (1 + ((frequency - centre) / width) ** 2) for centre, width in FORMANTS)
    pulses = np.zeros(RATE)
    pulses[:: RATE // PITCH] = 1
    made = np.fft.irfft(np.fft.rfft(pulses) * gain)
    return (0.5 * made / np.abs(made).max()).astype(np.float32)


def resonance(sample: np.ndarray, low: float, high: float) -> float:
    """Return the centre of gravity of the power of the overtones between two frequencies."""
    power = np.abs(np.fft.rfft(sample)) ** 2
    frequency = np.fft.rfftfreq(len(sample), 1 / RATE)
    inside = (frequency >= low) & (frequency < high)
    return float((frequency[inside] * power[inside]).sum() / power[inside].sum())


def change(sample: np.ndarray, factor: float) -> np.ndarray:
    return VocalTract((1, 1), RATE).apply(sample, factor)


@pytest.mark.parametrize("factor", [0.85, 1.15])
def test_resonances_move_and_the_pitch_stays(factor):
    before, after = vowel(), change(vowel(), factor)
    for low, high in ((500, 1500), (1700, 3300)):
        moved = resonance(after, low, high) / resonance(before, low, high)
        assert (moved - 1) / (factor - 1) > 0.3
    piece = after[4000:8000]
    similarity = np.correlate(piece, piece, "full")[len(piece) - 1 :]
    assert similarity[60:200].argmax() + 60 == RATE // PITCH


def test_the_factor_1_gives_the_clip_back():
    np.testing.assert_allclose(change(vowel(), 1.0), vowel(), atol=1e-5)


@pytest.mark.parametrize("length", [1, 100, 5000, 16001])
def test_length_and_type_stay(length):
    clip = np.random.default_rng(0).uniform(-0.5, 0.5, length).astype(np.float32)
    before = clip.copy()
    changed = change(clip, 1.1)
    assert changed.shape == (length,)
    assert changed.dtype == np.float32
    np.testing.assert_array_equal(clip, before)


def test_silence_stays_silent():
    assert not change(np.zeros(8000, np.float32), 1.2).any()
