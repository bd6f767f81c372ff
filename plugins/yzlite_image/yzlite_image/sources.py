"""Images as float32, decoded once."""

from __future__ import annotations

import os

import numpy as np

from yzlite_core.batches import CachedSource, Source


def image_source(
    source: Source, cache_mb: int = 0, cache_dir: str | os.PathLike[str] | None = None
) -> CachedSource:
    """Return the samples of a source as float32; what is kept are its own bytes.

    Args:
        source: Samples of shape (height, width, channels).
        cache_mb: The most room for what is kept, in megabytes; 0 keeps nothing.
        cache_dir: Where it is kept in a file; None for memory.
    """
    return CachedSource(source, cache_mb << 20, _to_float, cache_dir)


def _to_float(data: np.ndarray) -> np.ndarray:
    return data.astype(np.float32)
