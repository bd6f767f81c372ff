"""How the images that a model names are read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from yzlite_core.plugin.data import (
    ArraySource,
    FolderData,
    SampleSet,
    Split,
    SubsetLoader,
    folder_data,
    hash_arrays,
    named_data,
)
from yzlite_image.arrays import ArrayData, array_data, class_ids_of, share_of
from yzlite_image.decode import color_mode_of, reading_of
from yzlite_image.generator import ParallelImageDataGenerator
from yzlite_image.sources import image_source

if TYPE_CHECKING:
    from yzlite_image.mixin import ImageDatasetMixin


class ImageLoader(SubsetLoader):
    """Loads the subsets of an image model: class folders or arrays."""

    model: ImageDatasetMixin

    def resolve(self) -> FolderData | ArrayData:
        """Return what the model's `dataset` names: folders or arrays."""
        named = named_data(self.model)
        if isinstance(named.training, (str, os.PathLike)):
            return folder_data(self.model, named)
        return array_data(named)

    def read(
        self, generator: ParallelImageDataGenerator, part: Any, classes: Sequence[str], split: Split | None
    ) -> SampleSet:
        """Return a share of a folder, or of a pair of arrays."""
        if not isinstance(part, Path):
            x, y = part
            return self._read_arrays(x, y, classes, split)
        return super().read(generator, part, classes, split)

    @property
    def reading(self) -> dict[str, Any]:
        """How images are read: `color_mode`, `target_size`, `interpolation`."""
        model = self.model
        shape = getattr(model, "input_shape", None)
        size = model.target_size or (shape and shape[:2])
        color_mode = color_mode_of(shape and shape[-1]) if model.color_mode == "auto" else model.color_mode
        return reading_of(color_mode, size, model.interpolation)

    def _read_arrays(
        self, x: np.ndarray, y: np.ndarray, classes: Sequence[str], split: Split | None
    ) -> SampleSet:
        known = class_ids_of(y)
        ids = np.zeros(len(x), np.int32) if known is None else known
        chosen = share_of(ids, split, self.most)
        x, y = x[chosen], y[chosen]
        return SampleSet(
            image_source(ArraySource(x)),
            ids[chosen],
            classes,
            hash_arrays(x, y),
            targets=y if known is None else None,
        )
