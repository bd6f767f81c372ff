"""Rooms and what else sounds in them: reverberation, noise, and a microphone that is not perfect."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from yzlite_models.datasets.synthesis.sounds import RATE, Rng, peak_one, seconds, voice


def hum(count: int, rng: Rng) -> np.ndarray:
    """Return the hum of a transformer: 50 or 60 Hz with overtones."""
    mains = 2 * np.pi * rng.choice([50.0, 60.0]) * np.arange(count) / RATE
    levels = rng.uniform(0.2, 1, 7) / np.arange(1, 8)
    tone = sum(level * np.sin(n * mains + rng.uniform(0, 6)) for n, level in enumerate(levels, 1))
    return peak_one(tone + 0.03 * rng.normal(size=count))


def wind(count: int, rng: Rng) -> np.ndarray:
    """Return wind: low noise that swells and falls."""
    return peak_one(coloured(count, 1.6, rng) * (1.2 + coloured(count, 4.0, rng)))


def white(count: int, rng: Rng) -> np.ndarray:
    """Return white noise."""
    return coloured(count, 0.0, rng)


def babble(count: int, rng: Rng) -> np.ndarray:
    """Return many people speaking at once."""
    talk = np.zeros(count)
    for _ in range(1 + count // 1600):
        word = voice(rng, rng)
        start = rng.integers(0, max(count - len(word), 1))
        talk[start : start + len(word)] += word[: count - start] * rng.uniform(0.2, 1)
    return peak_one(talk)


NOISES: dict[str, Callable[[int, Rng], np.ndarray]] = {
    noise.__name__: noise for noise in (hum, wind, babble, white)
}


def coloured(count: int, slope: float, rng: Rng) -> np.ndarray:
    """Return noise whose power falls with the frequency to the power of `slope`, peak 1."""
    spectrum = np.fft.rfft(rng.normal(size=count))
    frequency = np.maximum(np.fft.rfftfreq(count, 1 / RATE), 1.0)
    return peak_one(np.fft.irfft(spectrum * frequency ** (-slope / 2), count))


def echoes(room: Rng) -> np.ndarray:
    """Return a room's impulse response: the sound itself, early reflections, a decaying tail."""
    decay = room.uniform(0.08, 0.7)
    time = seconds(decay)
    tail = room.normal(size=len(time)) * 10 ** (-3 * time / decay) * (time > 0.012)
    response = tail * room.uniform(0.01, 0.07)
    reflections = (room.uniform(0.003, 0.04, 7) * RATE).astype(int)
    response[np.minimum(reflections, len(time) - 1)] += room.uniform(-0.5, 0.5, 7)
    response[0] += 1
    return response


def microphone(room: Rng) -> Callable[[np.ndarray], np.ndarray]:
    """Return the gain over frequency of a cheap microphone: less bass, less treble, a slant."""
    bass, treble, slant = room.uniform(40, 180), room.uniform(4500, 8500), room.uniform(-0.25, 0.25)

    def gain(frequency: np.ndarray) -> np.ndarray:
        flanks = 1 / np.sqrt((1 + (bass / np.maximum(frequency, 1)) ** 4) * (1 + (frequency / treble) ** 6))
        return np.asarray(flanks * (np.maximum(frequency, 50) / 1000) ** slant)

    return gain


def recorded(sound: np.ndarray, room: Rng, take: Rng, count: int = RATE) -> np.ndarray:
    """Record a sound in a room.

    Args:
        sound: Samples at 16 kHz.
        room: Draws what the room and its microphone are.
        take: Draws where in the recording the sound stands, how loud it is and what noise there is.
        count: Samples of the recording; a sound that is too long is cut.

    Returns:
        The recording, shape (count,).
    """
    response, gain = echoes(room), microphone(room)
    noise = NOISES[room.choice(list(NOISES))]
    start = take.integers(0, max(count - len(sound), 0) + 1)
    size = 2 ** int(np.ceil(np.log2(count + len(response))))
    dry = np.zeros(size)
    dry[start : start + len(sound)] = sound[: count - start]
    spectrum = np.fft.rfft(dry) * np.fft.rfft(response, size) * gain(np.fft.rfftfreq(size, 1 / RATE))
    wet = peak_one(np.fft.irfft(spectrum, size)[:count])
    wet = peak_one(wet + noise(count, take) * 10 ** (-take.uniform(10, 40) / 20))
    level = 10 ** (-take.uniform(1, 22) / 20)
    return pcm(wet * level)


def pcm(signal: np.ndarray) -> np.ndarray:
    """Return samples of -1..1 as 16-bit integers."""
    return np.asarray(np.clip(np.rint(signal * 32767), -32768, 32767), np.int16)
