"""Where sound comes from: files, decoded once, as float32 at one sample rate."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from yzlite_audio.resampling import resample
from yzlite_audio.wav import read_audio_file, to_int16
from yzlite_core.errors import DatasetError
from yzlite_core.plugin.data import CachedSource, FileSource, Source

FORMATS: Final = ("wav", "flac", "ogg", "mp3")


def clip_source(
    paths: Sequence[Path | None],
    sample_rate: int,
    silence_length: int,
    cache_mb: int,
    cache_dir: str | os.PathLike[str] | None = None,
) -> Source:
    """Return the clips of a dataset: float32 of shape (n,), in -1 to 1; 16 bits a sample are kept.

    Args:
        paths: Files at any sample rate; None is silence.
        sample_rate: Of the result, in Hz.
        silence_length: How many samples of silence None is.
        cache_mb: Room for decoded files, in megabytes.
        cache_dir: Where they are kept in a file; None for memory.
    """

    def decode(path: Path | None) -> np.ndarray:
        if path is None:
            return np.zeros(silence_length, np.int16)
        return to_int16(read_sound(path, sample_rate))

    return CachedSource(FileSource(paths, decode), cache_mb << 20, _unpack, cache_dir)


def noise_source(folder: Path, sample_rate: int, cache_mb: int) -> Source:
    """Return the recordings in a folder, in all depths: float32 of shape (n,), in -1 to 1, not to be changed.

    Args:
        folder: Of files at any sample rate.
        sample_rate: Of the result, in Hz.
        cache_mb: Memory for decoded files, in megabytes.

    Raises:
        DatasetError: If there is no such folder, or no recording in it.
    """
    if not folder.is_dir():
        raise DatasetError(
            f"There is no folder of background noise {folder}",
            hint="change bg_noise_dir of the data generator",
        )
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower()[1:] in FORMATS)
    files = [path for path in found if path.name[0] != "."]
    if not files:
        raise DatasetError(
            f"{folder} holds no recording of the formats {', '.join(FORMATS)}",
            hint="add background noise, or change bg_noise_dir of the data generator",
        )
    decode = partial(read_sound, sample_rate=sample_rate)
    return CachedSource(FileSource(files, decode), cache_mb << 20, _as_it_is)


def read_sound(path: Path | None, sample_rate: int) -> np.ndarray:
    """Return a file's sound at a sample rate in Hz: float32 of shape (n,), in -1 to 1."""
    assert path is not None  # only clips can be without a file
    sound, rate = read_audio_file(path, return_sample_rate=True)
    return resample(sound, sample_rate / rate)


def _unpack(packed: np.ndarray) -> np.ndarray:
    return np.asarray(packed * np.float32(1 / 32768))


def _as_it_is(packed: np.ndarray) -> np.ndarray:
    return packed
