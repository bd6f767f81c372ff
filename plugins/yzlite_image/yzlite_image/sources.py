"""Images as they are stored, decoded once, and the step that makes numbers of them."""

from __future__ import annotations

import os
import sys
from typing import ClassVar

import numpy as np

from yzlite_core.plugin.data import AnyTransform, CachedSource, RandomNumbers, Samples, Source
from yzlite_image.augmentation import Augmentation


def image_source(
    source: Source, cache_mb: int = 0, cache_dir: str | os.PathLike[str] | None = None
) -> CachedSource:
    """Return the samples of a source as they are, mostly bytes; `AsFloat` is the first step after it.

    Args:
        source: Samples of shape (height, width, channels).
        cache_mb: The most room for what is kept, in megabytes; 0 keeps nothing.
        cache_dir: Where it is kept in a file; None for memory.
    """
    return CachedSource(source, cache_mb << 20, folder=cache_dir)


class AsFloat:
    """The first step of all: makes float32 of images as they are stored, for whatever follows.

    The augmentation takes them as they are stored, so nothing is to be done where that follows.
    """

    order: ClassVar[int] = -sys.maxsize

    def draw_batch(self, numbers: RandomNumbers, samples: Samples) -> list[None]:
        """Return nothing for each sample: nothing is random."""
        return [None] * len(samples)

    def apply_batch(self, data: np.ndarray, parameters: list[None]) -> np.ndarray:
        """Return the images as float32."""
        return data.astype(np.float32)

    def fused(self, following: AnyTransform) -> AnyTransform | None:
        """Return the augmentation, if that follows."""
        return following if isinstance(following, Augmentation) else None
