"""Samples that are decoded once, not once an epoch."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from threading import Lock

import numpy as np

from yzlite_core.data.batches.mapped import MappedFile
from yzlite_core.data.batches.sources import Source


class CachedSource:
    """The samples of a source, of which the first ones that fit are kept in memory or in a file.

    Kept is what the source gave, which may be smaller than what the transforms work on: one byte for a
    pixel, two for a sample of sound.

    Args:
        source: The samples.
        cache_bytes: The most room for what is kept; 0 keeps nothing.
        unpack: Makes the data of a sample of what the source gave, and makes it anew. None gives what the
            source gave, which must not be changed: the first transform makes something else of it then.
        folder: Where the file lies that is mapped into memory; None for memory itself.

    Raises:
        DatasetError: If there is no room for the file.
    """

    def __init__(
        self,
        source: Source,
        cache_bytes: int,
        unpack: Callable[[np.ndarray], np.ndarray] | None = None,
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        self.source = source
        self._unpack = unpack
        self._kept: dict[int, np.ndarray] = {}
        self._room = cache_bytes
        self._file = None if folder is None or not cache_bytes else MappedFile(Path(folder).expanduser())
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self.source)

    def load(self, index: int) -> np.ndarray:
        """Return the data of one sample.

        Raises:
            UnreadableSampleError: If it is gone or damaged.
            DatasetError: If there is no room left on the disk.
        """
        packed = self._kept.get(index)
        if packed is None:
            packed = self.source.load(index)
            self._keep(index, packed)
        return packed if self._unpack is None else self._unpack(packed)

    def name(self, index: int) -> str:
        """Return what names the sample: its file's path, or `sample 17`."""
        return self.source.name(index)

    def _keep(self, index: int, packed: np.ndarray) -> None:
        with self._lock:
            if packed.nbytes <= self._room and index not in self._kept:
                kept = packed if self._file is None else self._file.keep(packed)
                kept.flags.writeable = False
                self._kept[index] = kept
                self._room -= packed.nbytes
