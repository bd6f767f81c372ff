"""Short sounds, synthesised: whistles, claps, buzzers, bells, knocks, birds and voices.

Each kind of sound is a function of two random generators: the first says what makes the sound (the
instrument), the second how it is played this time. It returns samples at 16 kHz, peak about 1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Rng = np.random.Generator

RATE = 16_000
"""Samples a second."""


def rise(maker: Rng, player: Rng) -> np.ndarray:
    """Whistle upwards."""
    return _whistle(maker, player, player.uniform(0.5, 1.3))


def fall(maker: Rng, player: Rng) -> np.ndarray:
    """Whistle downwards."""
    return _whistle(maker, player, -player.uniform(0.5, 1.3))


def steady(maker: Rng, player: Rng) -> np.ndarray:
    """Whistle one note."""
    return _whistle(maker, player, player.uniform(-0.06, 0.06))


def clap(maker: Rng, player: Rng) -> np.ndarray:
    """Clap two to four times: each clap is a few bursts of noise within some milliseconds."""
    centre, width, decay = maker.uniform(900, 2600), maker.uniform(700, 1800), maker.uniform(0.008, 0.022)
    strikes = []
    for _ in range(player.integers(2, 5)):
        time = seconds(0.12)
        bursts = sum(
            (time >= start) * np.exp(-np.maximum(time - start, 0) / decay)
            for start in np.sort(player.uniform(0, 0.012, 3))
        )
        strikes.append(player.normal(size=len(time)) * bursts * player.uniform(0.7, 1))
    return shaped(_repeated(strikes, player.uniform(0.13, 0.26), player), resonance((centre, width)))


def knock(maker: Rng, player: Rng) -> np.ndarray:
    """Knock on wood two to four times: a thud that rings in a few low tones."""
    tones = maker.uniform(130, 420) * np.array([1, maker.uniform(1.7, 2.3), maker.uniform(2.9, 4)])
    decays = maker.uniform(0.012, 0.04) / np.array([1, 1.5, 2.2])
    strikes = []
    for _ in range(player.integers(2, 5)):
        time = seconds(0.15)
        ringing = np.exp(-time / decays[:, None]) * np.sin(2 * np.pi * tones[:, None] * time)
        strikes.append(ringing.sum(axis=0) * player.uniform(0.7, 1))
    return _repeated(strikes, player.uniform(0.13, 0.26), player)


def buzz(maker: Rng, player: Rng) -> np.ndarray:
    """Press a buzzer: a low tone with strong overtones, coloured by its box."""
    pitch = maker.uniform(75, 210) * player.uniform(0.97, 1.03)
    bands = ((400, 900), (1200, 2200), (2500, 3800))
    box = [(maker.uniform(*band), maker.uniform(150, 500)) for band in bands]
    time = seconds(player.uniform(0.3, 0.75))
    wobble = 1 + maker.uniform(0, 0.012) * np.sin(2 * np.pi * maker.uniform(4, 12) * time)
    rattle = 1 + maker.uniform(0, 0.4) * np.sign(np.sin(2 * np.pi * maker.uniform(18, 45) * time))
    tone = pulses(pitch * wobble, int(maker.uniform(12, 30))) * rattle
    return shaped(tone * faded(len(time), 0.008, 0.02), resonance(*box, floor=0.15))


def bell(maker: Rng, player: Rng) -> np.ndarray:
    """Ring a bell: partials that are not whole multiples, the high ones dying first."""
    pitch = maker.uniform(450, 1500) * player.uniform(0.99, 1.01)
    partials = np.array([1, 2, 2.41, 3.01, 4.17, 5.43]) * maker.uniform(0.97, 1.03, 6)
    levels = maker.uniform(0.2, 1, 6) / partials
    time = seconds(player.uniform(0.6, 0.9))
    decays = maker.uniform(0.15, 0.5) / np.sqrt(partials)
    ringing = np.exp(-time / decays[:, None]) * np.sin(2 * np.pi * pitch * partials[:, None] * time)
    return peak_one(levels @ ringing * faded(len(time), 0.002, 0.05))


def chirp(maker: Rng, player: Rng) -> np.ndarray:
    """Chirp like a bird: a row of very short arches of pitch."""
    pitch, width = maker.uniform(2300, 4600), maker.uniform(0.1, 0.4)
    strikes = []
    for _ in range(player.integers(3, 8)):
        count = int(player.uniform(0.04, 0.08) * RATE)
        arch = np.sin(np.pi * np.linspace(0, 1, count))
        frequency = pitch * player.uniform(0.92, 1.08) * 2 ** (width * arch)
        strikes.append(np.sin(phase(frequency)) * arch * player.uniform(0.6, 1))
    return _repeated(strikes, player.uniform(0.08, 0.13), player)


def voice(maker: Rng, player: Rng) -> np.ndarray:
    """Speak one or two vowels: pulses of the vocal cords through the resonances of a mouth."""
    pitch, mouth = maker.uniform(90, 260), maker.uniform(0.9, 1.2)
    count = player.integers(1, 3)
    syllables = [_vowel(pitch * player.uniform(0.9, 1.15), mouth, player) for _ in range(count)]
    return peak_one(np.concatenate(syllables))


KINDS: dict[str, Callable[[Rng, Rng], np.ndarray]] = {
    kind.__name__: kind for kind in (rise, fall, clap, buzz, bell, knock, chirp, voice, steady)
}

# First three formants of vowels in Hz, rounded from the usual phonetic averages.
_VOWELS = np.array(
    [[750, 1250, 2500], [550, 1850, 2500], [300, 2250, 2950], [550, 900, 2450], [320, 850, 2300]]
)


def _whistle(maker: Rng, player: Rng, octaves: float) -> np.ndarray:
    """Whistle a glide of so many octaves (negative: downwards) around the whistle's own pitch."""
    pitch = maker.uniform(1000, 2000) * player.uniform(0.9, 1.12)
    overtone, breath, vibrato = maker.uniform(0, 0.25), maker.uniform(0.01, 0.12), maker.uniform(0, 0.015)
    time = seconds(player.uniform(0.28, 0.75))
    share = np.linspace(0, 1, len(time)) ** player.uniform(0.7, 1.5)
    trembling = vibrato * np.sin(2 * np.pi * player.uniform(4, 7) * time)
    angle = phase(pitch * 2 ** (octaves * (share - 0.5) + trembling))
    tone = np.sin(angle) + overtone * np.sin(2 * angle + 0.5) + breath * player.normal(size=len(time))
    return peak_one(tone * faded(len(time), player.uniform(0.02, 0.08), player.uniform(0.03, 0.15)))


def _vowel(pitch: float, mouth: float, player: Rng) -> np.ndarray:
    formants = player.choice(_VOWELS) * mouth
    time = seconds(player.uniform(0.16, 0.34))
    melody = pitch * 2 ** (player.uniform(-0.3, 0.3) * np.linspace(-1, 1, len(time)))
    cords = pulses(melody, int(3800 / pitch)) * faded(len(time), 0.03, 0.07)
    return shaped(cords, resonance(*zip(formants, (90, 110, 170), strict=True)))


def _repeated(strikes: list[np.ndarray], interval: float, player: Rng) -> np.ndarray:
    """Play sounds one after the other, about `interval` seconds apart."""
    starts = [int((number * interval + player.uniform(0, 0.02)) * RATE) for number in range(len(strikes))]
    played = np.zeros(max(start + len(strike) for start, strike in zip(starts, strikes, strict=True)))
    for start, strike in zip(starts, strikes, strict=True):
        played[start : start + len(strike)] += strike
    return peak_one(played)


def seconds(length: float) -> np.ndarray:
    """Return the times of the samples of so many seconds."""
    return np.arange(int(length * RATE)) / RATE


def phase(frequency: np.ndarray) -> np.ndarray:
    """Return the phase of a tone of that frequency (Hz, one value a sample) in radians."""
    return np.asarray(2 * np.pi / RATE * np.cumsum(frequency))


def pulses(frequency: np.ndarray, overtones: int) -> np.ndarray:
    """Return a tone with so many equally strong partials (the Dirichlet kernel), peak 1."""
    half = phase(frequency) / 2
    below = np.sin(half)
    below[np.abs(below) < 1e-9] = 1e-9
    return np.asarray((np.sin((2 * overtones + 1) * half) / below - 1) / (2 * overtones))


def faded(count: int, attack: float, release: float) -> np.ndarray:
    """Return an envelope of 1 with raised-cosine flanks of so many seconds."""
    time = np.arange(count) / RATE
    edges = np.minimum(time / attack, (time[-1] - time) / release)
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.clip(edges, 0, 1)))


def resonance(*peaks: tuple[float, float], floor: float = 0.0) -> Callable[[np.ndarray], np.ndarray]:
    """Return the gain over frequency of resonances, each a centre and a width in Hz."""

    def gain(frequency: np.ndarray) -> np.ndarray:
        bumps = [1 / (1 + ((frequency - centre) / width) ** 2) for centre, width in peaks]
        return np.asarray(floor + np.sum(bumps, axis=0))

    return gain


def shaped(signal: np.ndarray, gain: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Filter by a gain over frequency (without delay); the peak is 1 again."""
    size = 2 ** int(np.ceil(np.log2(len(signal) + RATE // 8)))
    spectrum = np.fft.rfft(signal, size) * gain(np.fft.rfftfreq(size, 1 / RATE))
    return peak_one(np.fft.irfft(spectrum, size)[: len(signal)])


def peak_one(signal: np.ndarray) -> np.ndarray:
    """Scale so that the largest sample is 1 or -1."""
    return np.asarray(signal / max(np.abs(signal).max(), 1e-12))
