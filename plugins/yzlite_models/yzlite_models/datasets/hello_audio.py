"""Played sounds - a rising and a falling whistle, claps, a buzzer: a small dataset without download.

Recordings of one second, 16 kHz, 16 bit, mono, synthesised in a few seconds: 300 a class to train with
and 80 to evaluate with. Beside the four classes there are folders of other sounds, from which an audio
model draws its `_unknown_` class, and `_background_noise_` with longer recordings. The instruments and
rooms of the evaluation set never sound in the training set; files are numbered instrument by
instrument, so that a contiguous validation split separates instruments too.
"""

from __future__ import annotations

import wave
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from yzlite_models.datasets.generated import generated_folder, random_stream
from yzlite_models.datasets.subsets import subset_folder

if TYPE_CHECKING:
    import numpy as np

GENERATED = True
NAME = "hello_audio_v1"
CLASSES = ("rise", "fall", "clap", "buzz")
OTHERS = ("bell", "knock", "chirp", "voice", "steady")
"""Folders of what is none of the classes."""
KINDS = CLASSES + OTHERS
BACKGROUND = "_background_noise_"
INSTRUMENTS = {"training": 60, "evaluation": 20}
"""Different instruments of each kind in each set."""
TAKES = {"training": 5, "evaluation": 4}
"""Recordings of each instrument of a class."""
OTHER_TAKES = 2
"""Recordings of each instrument of another kind."""
ROOMS = {"training": 40, "evaluation": 15}
"""Different rooms, each with its microphone, in each set."""
NOISE_SECONDS = 12
"""Length of each recording of background noise."""

_VERSION = 1  # to be raised with every change that alters a sample


def load_data(subset: str | None = None) -> Path:
    """Return a folder of class folders, synthesised on first use.

    Args:
        subset: 'training', 'validation' or 'evaluation'; None means 'training', and 'validation' is a
            part of the training folder that the data generator holds out.

    Returns:
        Folder with the folders of `CLASSES`, of `OTHERS` and `_background_noise_`, of WAV files.
    """
    return subset_folder(generated_folder(NAME, _VERSION, generate), subset)


def generate(folder: Path, instruments: Mapping[str, int] = INSTRUMENTS) -> None:
    """Record all sounds into an empty folder, of so many instruments of each kind in each set."""
    for subset, count in instruments.items():
        for kind in KINDS:
            takes = TAKES[subset] if kind in CLASSES else OTHER_TAKES
            (folder / subset / kind).mkdir(parents=True)
            for number in range(count * takes):
                clip = record(subset, kind, *divmod(number, takes))
                _write_wav(folder / subset / kind / f"{number:04d}.wav", clip)
        _write_noises(folder / subset / BACKGROUND, subset)


def record(subset: str, kind: str, instrument: int, take: int) -> np.ndarray:
    """Record one sound, which follows from the arguments alone.

    Args:
        subset: 'training' or 'evaluation'.
        kind: One of `KINDS`.
        instrument: Number of the instrument within the subset.
        take: Number of the recording of this instrument.

    Returns:
        One second at 16 kHz, shape (16000,).
    """
    from yzlite_models.datasets.synthesis import rooms, sounds

    source = KINDS.index(kind)
    player = random_stream(subset, source, instrument, take)
    sound = sounds.KINDS[kind](random_stream(subset, source, instrument), player)
    room = random_stream(subset, int(player.integers(ROOMS[subset])))
    return rooms.recorded(sound, room, player)


def _write_noises(folder: Path, subset: str) -> None:
    from yzlite_models.datasets.synthesis import rooms, sounds

    folder.mkdir()
    for number, (name, noise) in enumerate(rooms.NOISES.items()):
        rng = random_stream(subset, len(KINDS) + number, 0)
        _write_wav(folder / f"{name}.wav", rooms.pcm(0.7 * noise(NOISE_SECONDS * sounds.RATE, rng)))


def _write_wav(path: Path, samples: np.ndarray) -> None:
    from yzlite_models.datasets.synthesis.sounds import RATE

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
