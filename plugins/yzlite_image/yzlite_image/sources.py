"""Images as float32, decoded once."""

from __future__ import annotations

import numpy as np

from yzlite_core.batches import CachedSource, Source


def image_source(source: Source, cache_mb: int = 0) -> CachedSource:
    """Return the samples of a source as float32; what is kept in memory are its own bytes.

    Args:
        source: Samples of shape (height, width, channels).
        cache_mb: The most memory for what is kept, in megabytes; 0 keeps nothing.
    """
    return CachedSource(source, cache_mb << 20, _to_float)


def _to_float(data: np.ndarray) -> np.ndarray:
    return data.astype(np.float32)
