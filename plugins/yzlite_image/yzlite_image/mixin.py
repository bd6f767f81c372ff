"""ImageDatasetMixin: what a model of images can be told about its data."""

from __future__ import annotations

from typing import Any

from yzlite_core.plugin import AS_USUAL, DataGeneratorDatasetMixin, Dataset, Sampling, Setting
from yzlite_core.plugin.settings import Alias
from yzlite_image.decode import COLOR_MODES, INTERPOLATIONS
from yzlite_image.generator import ParallelImageDataGenerator
from yzlite_image.keras_generator import as_parallel


class ImageDatasetMixin(DataGeneratorDatasetMixin):
    """A dataset of images: a folder with a folder for each class, or arrays."""

    datagen: Setting[ParallelImageDataGenerator | None] = Setting(
        ParallelImageDataGenerator,
        default=None,
        doc="Reads, augments and standardizes the images. In the place of a Keras `ImageDataGenerator` comes "
        "one with its settings.",
        parse=as_parallel,
    )
    validation_datagen: Setting[ParallelImageDataGenerator | None] = Setting(
        ParallelImageDataGenerator,
        default=None,
        doc="The same for validation and evaluation data; None for `datagen`, which in any case says which "
        "share is for validation.",
        parse=as_parallel,
    )
    target_size: Setting[tuple[int, int] | None] = Setting(
        tuple[int, int],
        default=None,
        doc="(height, width) to which images are resized; None for that of `input_shape`.",
    )
    color_mode = Setting(
        str,
        default="auto",
        doc="Channels of the images: 'grayscale', 'rgb', 'rgba', or 'auto' for those of `input_shape`.",
        choices=COLOR_MODES,
    )
    interpolation: Setting[str | None] = Setting(
        str | None,
        default="bilinear",
        doc="How images are resized; 'none' or None leaves their size.",
        choices=INTERPOLATIONS,
    )
    image_classes: Alias[Any] = Alias("classes", doc="The same as `classes`.")
    image_input_shape: Alias[Any] = Alias("input_shape", doc="The same as `input_shape`.")

    def load_subset(
        self, subset: str, limit: int | None = None, seed: int = 42, sampling: Sampling = AS_USUAL
    ) -> Dataset:
        """Load one subset of the images; see `yzlite_core.plugin.data.SubsetLoader`."""
        from yzlite_image.loading import ImageLoader

        return ImageLoader(self, limit, seed, sampling).load(subset)
