"""ParallelImageDataGenerator: from image files or arrays to augmented batches."""

from __future__ import annotations

import copy
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from yzlite_core.errors import DatasetError
from yzlite_core.plugin import Batches
from yzlite_core.plugin.data import (
    DEFAULT_SEED,
    AnyTransform,
    ArraySource,
    DataGenerator,
    DirectoryListing,
    FileSource,
    ListValidFilenames,
    ParallelProcessParams,
    Source,
    Standardizer,
)
from yzlite_image.arrays import class_ids_of, share_of
from yzlite_image.augmentation import augmentation_of
from yzlite_image.decode import FORMATS, image_decoder, reading_of
from yzlite_image.featurewise import Featurewise, measure
from yzlite_image.keras_transform import OwnChanges, changes_of, drawn_transform
from yzlite_image.kernels import normalize
from yzlite_image.options import ImageDataGeneratorOptions
from yzlite_image.saving import SaveImages
from yzlite_image.sources import AsFloat, image_source


class ParallelImageDataGenerator(ImageDataGeneratorOptions, DataGenerator):
    """Make augmented batches of images in threads, the same bytes for any number of them.

    An image is decoded and resized, then goes through `noaug_preprocessing_function`, the geometric
    changes, channel shift, brightness, contrast, noise, `preprocessing_function`, and standardization.
    Its random changes follow from the seed, the epoch and its number alone. A class that overrides
    `get_random_transform`, `apply_transform`, `random_transform` or `standardize` has its batches made by
    these, an image at a time; whether they are the same again, and how fast, is then up to it.

    Args:
        **settings: See `ImageDataGeneratorOptions`.
    """

    formats = FORMATS
    #: The augmentation is at 200 to 400, saving at 900.
    function_orders: ClassVar[Mapping[str, int]] = {
        "noaug_preprocessing_function": 100,
        "preprocessing_function": 700,
    }
    _fitted: Featurewise | None = None

    def flow_from_directory(  # type: ignore[override]  # Keras' order of arguments
        self,
        directory: str | os.PathLike[str],
        target_size: tuple[int, int] | None = (256, 256),
        color_mode: str = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        batch_shape: tuple[int, ...] | None = None,
        shuffle: bool = True,
        shuffle_index_dir: str | os.PathLike[str] | None = None,
        seed: int | None = None,
        save_to_dir: str | os.PathLike[str] | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str | None = "bilinear",
        list_valid_filenames_in_directory_function: ListValidFilenames | None = None,
        class_counts: dict[str, int] | None = None,
    ) -> Batches:
        """Return batches of the images in a folder of class folders.

        Args:
            directory: The dataset's folder.
            target_size: (height, width) to which images are resized; None keeps their size.
            color_mode: `grayscale`, `rgb`, `rgba`, or `auto` for what the files have.
            classes: Names of the class folders in the order of their ids; None for all, sorted.
            class_mode: `categorical`, `binary`, `sparse`, `input`, or None for images alone.
            batch_size: Samples in a batch; -1 for all. The generator's own `batch_size` wins.
            batch_shape: Not needed: the shape of a batch is that of its samples.
            shuffle: Whether each epoch has an order of its own.
            shuffle_index_dir: If given, the files are shuffled once before they are split. The order
                follows from the seed and the names, so nothing is written there.
            seed: Of every random choice; None for 42.
            save_to_dir: Folder to which each image is written before it is standardized.
            save_prefix: What the names of those files begin with.
            save_format: Their suffix.
            follow_links: Whether folders that are links are listed.
            subset: `training` or `validation` by `validation_split`; None for all.
            interpolation: How images are resized; `none` or None leaves their size.
            list_valid_filenames_in_directory_function: Lists the files of one class; see
                `yzlite_core.plugin.data.list_dataset_directory`.
            class_counts: Is filled with the number of samples of each class.

        Raises:
            DatasetError: If a folder is missing or empty, or an argument makes no sense.
        """
        return DataGenerator.flow_from_directory(
            self._saving(save_to_dir, save_prefix, save_format),
            directory,
            classes,
            class_mode,
            batch_size,
            shuffle,
            shuffle_index_dir,
            seed,
            follow_links,
            subset,
            list_valid_filenames_in_directory_function=list_valid_filenames_in_directory_function,
            class_counts=class_counts,
            reading=reading_of(color_mode, target_size, interpolation),
        )

    def flow(
        self,
        x: np.ndarray,
        y: np.ndarray | None = None,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: np.ndarray | None = None,
        seed: int | None = None,
        save_to_dir: str | os.PathLike[str] | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        ignore_class_split: bool = False,
        subset: str | None = None,
    ) -> Batches:
        """Return batches of images in an array.

        Args:
            x: Images of shape (n, height, width, channels), values in 0..255.
            y: Targets of shape (n, ...), given to the network as they are; None for images alone.
            batch_size: Samples in a batch; -1 for all. The generator's own `batch_size` wins.
            shuffle: Whether each epoch has an order of its own.
            sample_weight: Weight of each image in the loss, of shape (n,), if there are targets; None for 1.
            seed: Of every random choice; None for 42.
            save_to_dir: Folder to which each image is written before it is standardized.
            save_prefix: What the names of those files begin with.
            save_format: Their suffix.
            ignore_class_split: Not needed: each class is split.
            subset: `training` or `validation` by `validation_split`, of each class if `y` are labels;
                None for all.

        Raises:
            DatasetError: If the arrays do not fit together, or there is no such subset.
        """
        images, targets = np.asarray(x), None if y is None else np.asarray(y)
        if images.ndim != 4 or (targets is not None and len(targets) != len(images)):
            shapes = f"{images.shape} and {None if targets is None else targets.shape}"
            raise DatasetError(
                f"x and y have the shapes {shapes}", hint="they are (n, height, width, channels) and (n, ...)"
            )
        weights = None if sample_weight is None else np.asarray(sample_weight)
        if weights is not None and (targets is None or weights.shape != (len(images),)):
            raise DatasetError(
                f"sample_weight has the shape {weights.shape}",
                hint=f"it is ({len(images)},), a weight for each image, and the images have targets y",
            )
        ids = None if targets is None else class_ids_of(targets)
        groups = np.zeros(len(images), np.intp) if ids is None else ids
        share = partial(share_of, groups, limit=self.max_samples_per_class)
        chosen = share(self.split_of(subset))
        return self._saving(save_to_dir, save_prefix, save_format).batches(
            image_source(ArraySource(images[chosen])),
            None if targets is None else targets[chosen],
            class_ids=None if ids is None else ids[chosen],
            sample_weight=None if weights is None else weights[chosen],
            batch_size=batch_size,
            shuffle=shuffle,
            seed=DEFAULT_SEED if seed is None else seed,
            augment=self.is_augmented(subset),
            training=lambda: image_source(ArraySource(images[share(self.split_of("training"))])),
        )

    def read(self, listing: DirectoryListing, reading: Mapping[str, Any]) -> Source:
        """Return the images of a listing, as `reading_of` says."""
        decode = image_decoder(reading["color_mode"], reading["target_size"], reading["interpolation"])
        return image_source(FileSource(listing.paths, decode), self.cache_mb, self.cache_dir)

    def transforms(self, augment: bool, params: ParallelProcessParams) -> list[AnyTransform]:
        """Return what changes an image, and what writes it into `save_to_dir`."""
        random = self._random_changes() if augment and self.random_transforms_enabled else ()
        steps = [*self._fixed_steps(params), *random]
        if self.save_to_dir is None:
            return steps
        saved = SaveImages(Path(self.save_to_dir), self.save_prefix or "", self.save_format or "png")
        return [*steps, saved]

    def finish(
        self, training: Callable[[], Source] | None = None, params: ParallelProcessParams | None = None
    ) -> Callable[[np.ndarray], np.ndarray]:
        """Return what makes the network's input of images."""
        featurewise = self.featurewise(training, params)
        if not self._overrides("standardize"):
            return self.standardizer(featurewise)
        fitted = copy.copy(self)
        fitted._fitted = featurewise
        return lambda rows: np.stack([fitted.standardize(row) for row in rows])

    def standardizer(self, further: Callable[[np.ndarray], np.ndarray] | None = None) -> Standardizer:
        """Return the standardization that the settings ask for, with a kernel of images' own."""
        return replace(super().standardizer(further), normalize=normalize)

    def get_random_transform(self, img_shape: tuple[int, ...], seed: int | None = None) -> dict[str, Any]:
        """Draw one random change of each kind that is switched on, for `apply_transform`.

        Args:
            img_shape: (height, width, channels) of the image.
            seed: Of the changes; None for others at each call.

        Returns:
            A value for each of `keras_transform.CHANGE_NAMES`.
        """
        numbers = secrets.randbits(64) if seed is None else seed
        return drawn_transform(augmentation_of(self), img_shape, numbers)

    def apply_transform(self, x: np.ndarray, transform_parameters: Mapping[str, Any]) -> np.ndarray:
        """Return an image, changed as `get_random_transform` says.

        Args:
            x: Image of shape (height, width, channels), values in 0..255.
            transform_parameters: Values of some of `keras_transform.CHANGE_NAMES`; the others change nothing.

        Raises:
            DatasetError: If there is no such change.
        """
        rows = np.array(x, np.float32)[np.newaxis]
        changed: np.ndarray = augmentation_of(self).apply_batch(rows, changes_of(transform_parameters))[0]
        return changed

    def random_transform(self, x: np.ndarray, seed: int | None = None) -> np.ndarray:
        """Return an image with one random change of each kind that is switched on.

        Args:
            x: Image of shape (height, width, channels), values in 0..255.
            seed: Of the changes; None for others at each call.
        """
        return self.apply_transform(x, self.get_random_transform(np.shape(x), seed))

    def standardize(self, x: np.ndarray) -> np.ndarray:
        """Return the network's input for an image of shape (height, width, channels)."""
        made: np.ndarray = self.standardizer(self._fitted)(np.array(x)[np.newaxis])[0]
        return made

    def fit(self, x: np.ndarray) -> None:
        """Take the statistics for featurewise standardization from an array, for all later flows.

        Without it, each flow takes them from its training subset.

        Args:
            x: Images of shape (n, height, width, channels), values in 0..255.
        """
        self._fitted = None
        self._fitted = self.featurewise(lambda: image_source(ArraySource(np.asarray(x))))

    def featurewise(
        self, training: Callable[[], Source] | None, params: ParallelProcessParams | None = None
    ) -> Featurewise | None:
        """Return the standardization by the training data, if it is switched on.

        Args:
            training: Returns the training data; called only if it has to be measured. None if there is none.
            params: What the user's functions are told; None for what the generator knows itself.
        """
        std, zca = self.featurewise_std_normalization, self.zca_whitening
        if self._fitted is not None or training is None or not (self.featurewise_center or std or zca):
            return self._fitted
        finish = replace(self.standardizer(), dtype="float32")
        steps = self._fixed_steps(replace(params or ParallelProcessParams(self), subset="training"))
        samples = Batches(training(), transforms=steps, finish=finish)
        return measure(samples, std=std, zca_epsilon=self.zca_epsilon if zca else None)

    def _fixed_steps(self, params: ParallelProcessParams) -> list[AnyTransform]:
        return [AsFloat(), *super().transforms(augment=False, params=params)]

    def _random_changes(self) -> Sequence[AnyTransform]:
        if self._overrides("random_transform", "get_random_transform", "apply_transform"):
            return [OwnChanges(self.random_transform)]
        return augmentation_of(self).parts

    def _overrides(self, *methods: str) -> bool:
        return any(
            getattr(type(self), name) is not getattr(ParallelImageDataGenerator, name) for name in methods
        )

    def _saving(
        self, folder: str | os.PathLike[str] | None, prefix: str, suffix: str
    ) -> ParallelImageDataGenerator:
        """Return the generator with what a call says about saving, as far as its settings say nothing."""
        chosen = folder or self.save_to_dir
        if chosen is None:
            return self
        return self.copied(
            save_to_dir=Path(chosen),
            save_prefix=prefix or self.save_prefix,
            save_format=self.save_format or suffix,
        )
