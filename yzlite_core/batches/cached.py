"""Samples that are decoded once, not once an epoch."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

import numpy as np

from yzlite_core.batches.sources import Source


class CachedSource:
    """The samples of a source, of which the first ones that fit are kept in memory.

    Kept is what the source gave, which may be smaller than what the transforms work on: one byte for a
    pixel, two for a sample of sound.

    Args:
        source: The samples.
        cache_bytes: The most memory for what is kept; 0 keeps nothing.
        unpack: Makes the data of a sample of what the source gave.
    """

    def __init__(self, source: Source, cache_bytes: int, unpack: Callable[[np.ndarray], np.ndarray]) -> None:
        self.source = source
        self._unpack = unpack
        self._kept: dict[int, np.ndarray] = {}
        self._room = cache_bytes
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self.source)

    def load(self, index: int) -> np.ndarray:
        """Return the data of one sample."""
        packed = self._kept.get(index)
        if packed is None:
            packed = self.source.load(index)
            with self._lock:
                if packed.nbytes <= self._room and index not in self._kept:
                    self._kept[index] = packed
                    self._room -= packed.nbytes
        return self._unpack(packed)

    def name(self, index: int) -> str:
        """Return what names the sample: its file's path, or `sample 17`."""
        return self.source.name(index)
