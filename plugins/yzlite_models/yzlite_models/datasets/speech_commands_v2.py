"""Speech Commands, version 0.02: 105,829 spoken words of one second, 35 words, 2,618 speakers.

Published by Google under CC BY 4.0 (Warden, "Speech Commands: A Dataset for Limited-Vocabulary Speech
Recognition", 2018). 2.4 GB are downloaded on first use. A class is a word; `_background_noise_` holds
longer recordings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from yzlite_core.plugin.files import cache_dir, made_once
from yzlite_models.datasets.downloaded import Archive, downloaded_folder

if TYPE_CHECKING:
    import numpy as np

NAME = "speech_commands_v2"
ARCHIVE = Archive(
    url="http://download.tensorflow.org/data/speech_commands_v0.02.tar.gz",
    sha256="af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
    megabytes=2429,
)
SHORTEST_SECONDS = 0.5
"""Clips that are shorter are left out of the clean data: the word is cut."""
QUIETEST_DBFS = -50.0
"""Clips whose loudest 50 ms are quieter are left out of the clean data: there is no word."""

_VERSION = 1  # of the clean data; to be raised when other clips are left out


def load_data() -> Path:
    """Return the folder of class folders, downloaded on first use.

    Raises:
        DownloadError: It is not on this machine and cannot be downloaded.
    """
    return downloaded_folder(NAME, [ARCHIVE])


def load_clean_data() -> Path:
    """Return a folder of class folders without the clips that hold no whole word.

    Left out are clips shorter than `SHORTEST_SECONDS` or nowhere louder than `QUIETEST_DBFS`. The others
    are hard links to the files of `load_data()` where the file system allows it, and copies elsewhere.

    Raises:
        DownloadError: The dataset is not on this machine and cannot be downloaded.
    """
    source = load_data()
    target = cache_dir() / "datasets" / f"{NAME}_clean"
    return made_once(
        target, {"source": str(source), "version": _VERSION}, lambda folder: _link_clean(source, folder)
    )


def list_valid_filenames_in_directory(
    base_directory: str,
    search_class: str,
    white_list_formats: Sequence[str] = ("wav",),
    split: tuple[float, float] | None = None,
    follow_links: bool = False,
    shuffle_index_directory: str | None = None,
) -> tuple[str, list[str]]:
    """List the clips of a word so that all clips of a speaker are in one split, whatever the word.

    A speaker's place between 0 and 1 follows from the hash in the names of the clips
    (`<speaker>_nohash_<n>.wav`), so clips that are added or removed move nobody.

    Args:
        base_directory: The dataset's folder.
        search_class: The word.
        white_list_formats: Suffixes of the files that count.
        split: Share of the speakers, `(start, stop)` from 0 to 1; None for all.
        follow_links: Whether folders that are links are listed.
        shuffle_index_directory: Not needed: the order, which mixes the speakers, follows from the names.

    Returns:
        The word, and the clips' paths relative to `base_directory`.
    """
    from yzlite_core.plugin.data import list_dataset_directory, shuffle_file_list_by_group

    listing = list_dataset_directory(
        base_directory, [search_class], formats=white_list_formats, follow_links=follow_links
    )
    start, stop = split or (0.0, 1.0)
    clips = [clip for clip in listing.files[search_class] if clip and start <= _place(clip) < stop]
    return search_class, shuffle_file_list_by_group(clips, str)


def _place(clip: str) -> float:
    """Return the place of a clip's speaker, from 0 up to but not 1."""
    speaker = Path(clip).stem.partition("_nohash_")[0]
    return int.from_bytes(hashlib.sha256(speaker.encode()).digest()[:6], "big") / 2**48


def _link_clean(source: Path, folder: Path) -> None:
    for clip in sorted(source.glob("*/*.wav")):
        if clip.parent.name.startswith("_") or holds_a_word(*_read_wav(clip)):
            target = folder / clip.parent.name / clip.name
            target.parent.mkdir(exist_ok=True)
            _link(clip, target)


def holds_a_word(samples: np.ndarray, rate: int) -> bool:
    """Tell whether a clip is long and loud enough to hold a word.

    Args:
        samples: 16-bit samples, shape (n,).
        rate: Samples a second.
    """
    import numpy as np

    if len(samples) < SHORTEST_SECONDS * rate:
        return False
    window = rate // 20
    frames = samples[: len(samples) // window * window].reshape(-1, window) / 32768
    loudest = float(np.square(frames - frames.mean()).mean(axis=1).max())
    return loudest > 10 ** (QUIETEST_DBFS / 10)


def _read_wav(path: Path) -> tuple[np.ndarray, int]:
    import wave

    import numpy as np

    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2"), file.getframerate()


def _link(source: Path, target: Path) -> None:
    import os
    import shutil

    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)
