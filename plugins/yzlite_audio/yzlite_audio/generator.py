"""ParallelAudioDataGenerator: from sound files to augmented batches of spectrograms."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np

from yzlite_audio import windowing
from yzlite_audio.augmentation import random_transforms
from yzlite_audio.features import FrontEnd, NetworkInput, Range
from yzlite_audio.frontend import AudioFeatureGenerator
from yzlite_audio.options import FRONTEND_DTYPES, AudioDataGeneratorOptions
from yzlite_audio.sources import FORMATS, clip_source
from yzlite_audio.windowing import Window
from yzlite_core.plugin import Batches, Sample, Transform
from yzlite_core.plugin.data import (
    DEFAULT_SEED,
    DataGenerator,
    DirectoryListing,
    ListValidFilenames,
    ParallelProcessParams,
    Source,
    Standardizer,
    Targets,
    encode_labels,
)

UNKNOWN: Final = "_unknown_"
SILENCE: Final = "_silence_"

#: Where the user's functions stand among the transforms: speed and pitch 200, vocal tract 300, window 400,
#: loudness 500, coloured noise 600, background noise 700, front end 900.
NOAUG_ORDER: Final = 100
PREPROCESSING_ORDER: Final = 800
POSTPROCESSING_ORDER: Final = 1000

Drawn = list[tuple[Transform, Any]]


class ParallelAudioDataGenerator(AudioDataGeneratorOptions, DataGenerator):
    """Make augmented batches of spectrograms in threads, the same bytes for any number of them.

    A clip is decoded, then goes through `noaug_preprocessing_function`, speed and pitch, the vocal tract,
    trimming and padding, loudness, coloured noise, background noise, `preprocessing_function`, the front
    end, `postprocessing_function`, and standardization. Its random changes follow from the seed, the epoch
    and its number alone.

    Args:
        **settings: See `AudioDataGeneratorOptions`.
    """

    formats: ClassVar[tuple[str, ...]] = FORMATS

    @property
    def sample_rate_hz(self) -> int:
        """Sample rate at which sound is processed; that of the front end's settings."""
        return self.frontend_settings.sample_rate_hz

    @sample_rate_hz.setter
    def sample_rate_hz(self, value: int) -> None:
        self.frontend_settings.sample_rate_hz = value

    @property
    def sample_length_ms(self) -> int:
        """Length of the window in milliseconds; that of the front end's settings."""
        return self.frontend_settings.sample_length_ms

    @sample_length_ms.setter
    def sample_length_ms(self, value: int) -> None:
        self.frontend_settings.sample_length_ms = value

    @property
    def sample_length(self) -> int:
        """Length of the window in samples."""
        return self.frontend_settings.sample_length

    @property
    def default_transform(self) -> Drawn:
        """What happens to a clip without augmentation: it is trimmed and put into the middle."""
        return _drawn([self._window(augment=False)], seed=0)

    def flow_from_directory(
        self,
        directory: str | os.PathLike[str],
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        shuffle_index_dir: str | os.PathLike[str] | None = None,
        seed: int | None = None,
        follow_links: bool = False,
        subset: str | None = None,
        max_samples_per_class: int = -1,
        list_valid_filenames_in_directory_function: ListValidFilenames | None = None,
        class_counts: dict[str, int] | None = None,
    ) -> Batches:
        """Return batches of the clips in a folder of class folders.

        Args:
            directory: The dataset's folder.
            classes: Names of the class folders in the order of their ids, and `_unknown_` and `_silence_`
                where they are wanted; None for all folders, sorted.
            class_mode: `categorical`, `binary`, `sparse`, `input`, or None for samples alone.
            batch_size: Samples in a batch; -1 for all. The generator's own `batch_size` wins.
            shuffle: Whether each epoch has an order of its own.
            shuffle_index_dir: If given, the files are shuffled once before they are split. The order
                follows from the seed and the names, so nothing is written there.
            seed: Of every random choice; None for 42.
            follow_links: Whether folders that are links are listed.
            subset: `training` or `validation` by `validation_split`; None for all.
            max_samples_per_class: The most samples of each class; -1 for the generator's own limit.
            list_valid_filenames_in_directory_function: Lists the files of one class; see
                `yzlite_core.plugin.data.list_dataset_directory`.
            class_counts: Is filled with the number of samples of each class.

        Raises:
            DatasetError: If a folder is missing or empty, or an argument makes no sense.
        """
        seed = DEFAULT_SEED if seed is None else seed
        listing = self.listing(
            directory,
            classes,
            follow_links=follow_links,
            split=self.split_of(subset),
            shuffle_seed=None if shuffle_index_dir is None else seed,
            max_samples_per_class=(
                self.max_samples_per_class if max_samples_per_class == -1 else max_samples_per_class
            ),
            list_valid_filenames=list_valid_filenames_in_directory_function,
        )
        if class_counts is not None:
            class_counts.update(listing.class_counts)
        return self.batches(
            self.read(listing),
            encode_labels(listing.class_ids, len(listing.classes), class_mode),
            listing=listing,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            augment=self.is_augmented(subset),
            directory=listing.root,
            params=ParallelProcessParams(
                self, subset, class_mode, listing.classes, str(listing.root), self.reading
            ),
        )

    def special_classes(self, directory: Path) -> dict[str, Any]:
        """Return how `_unknown_` and `_silence_` are made up, unless there are such folders."""
        labels = {label: None if (directory / label).is_dir() else label for label in (UNKNOWN, SILENCE)}
        return {
            "unknown_class_label": labels[UNKNOWN],
            "unknown_class_percentage": self.unknown_class_percentage,
            "empty_class_label": labels[SILENCE],
            "empty_class_percentage": self.silence_class_percentage,
        }

    @property
    def reading(self) -> dict[str, Any]:
        """How clips are read, for the user's functions."""
        return {"sample_rate": self.sample_rate_hz}

    def read(self, listing: DirectoryListing) -> Source:
        """Return the clips of a listing, float32 in -1 to 1; silence is zeros."""
        room = self.cache_mb, self.cache_dir
        return clip_source(listing.paths, self.sample_rate_hz, self.sample_length, *room)

    def batches(
        self,
        source: Source,
        targets: Targets = None,
        *,
        class_ids: np.ndarray | None = None,
        listing: DirectoryListing | None = None,
        batch_size: int = 32,
        shuffle: bool = False,
        seed: int = DEFAULT_SEED,
        augment: bool = False,
        directory: Path | None = None,
        params: ParallelProcessParams | None = None,
    ) -> Batches:
        """Return batches of any source of clips.

        Args:
            source: Clips of any length, float32 in -1 to 1, at `sample_rate_hz`.
            targets: Array of shape (n, ...), `'input'`, or None.
            class_ids: int of shape (n,), for the user's functions; None for those of the listing, if any.
            listing: The folder that the clips are in, or None.
            batch_size: Samples in a batch; -1 for all. The generator's own `batch_size` wins.
            shuffle: Whether each epoch has an order of its own.
            seed: Of every random choice.
            augment: Whether there are random changes.
            directory: The dataset's folder, in which a relative `bg_noise_dir` is.
            params: What the user's functions are told; None for what the generator knows itself.
        """
        params = params or ParallelProcessParams(self)
        return self.make_batches(
            source,
            targets,
            transforms=self._steps(augment, directory, params),
            finish=self._finish(),
            params=params,
            class_ids=class_ids,
            listing=listing,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
        )

    def get_random_transform(
        self, directory: str | os.PathLike[str] | None = None, seed: int | None = None
    ) -> Drawn:
        """Draw one random change of each kind that is switched on, for `apply_transform`.

        Args:
            directory: The dataset's folder, in which a relative `bg_noise_dir` is.
            seed: Of the changes; None for others at each call.
        """
        steps = random_transforms(self, None if directory is None else Path(directory))
        window = self._window(augment=True)
        return _drawn(sorted([*steps, window], key=lambda step: step.order), seed)

    def apply_transform(self, sample: np.ndarray, transform: Drawn) -> np.ndarray:
        """Return a clip, changed as `get_random_transform` or `default_transform` says.

        Args:
            sample: Clip of shape (n,), in -1 to 1, at `sample_rate_hz`.
            transform: Steps and what was drawn for them.

        Returns:
            Clip of shape (`sample_length`,), float32.
        """
        data = np.array(sample, np.float32)
        for step, drawn in transform:
            data = step.apply(data, drawn)
        return data

    def adjust_length(
        self, sample: np.ndarray, original_sr: int | None = None, offset: float = 0.5
    ) -> np.ndarray:
        """Return a clip at `sample_rate_hz`, trimmed, and padded or cropped to the window.

        Args:
            sample: Clip of shape (n,), in -1 to 1.
            original_sr: Its sample rate in Hz; None for `sample_rate_hz`.
            offset: Where the clip is in the window, or the window in the clip: 0 at the beginning, 1 at the
                end.
        """
        return windowing.adjust_length(
            np.asarray(sample, np.float32),
            target_sr=self.sample_rate_hz,
            original_sr=original_sr or self.sample_rate_hz,
            out_length=self.sample_length,
            offset=offset,
            trim_threshold_db=self.trim_threshold_db,
        )

    def apply_frontend(self, sample: np.ndarray) -> np.ndarray:
        """Return the spectrogram of a clip of shape (`sample_length`,), in -1 to 1."""
        return self._front_end().apply(np.asarray(sample, np.float32), ())

    def standardize(self, x: np.ndarray) -> np.ndarray:
        """Return the network's input for a spectrogram (without the front end, for a clip)."""
        made: np.ndarray = self._finish()(np.array(x)[np.newaxis])[0]
        return made

    def _steps(self, augment: bool, directory: Path | None, params: ParallelProcessParams) -> list[Transform]:
        augment = augment and not self.disable_random_transforms
        return [
            *self.function_steps(
                (self.noaug_preprocessing_function, NOAUG_ORDER),
                (self.preprocessing_function, PREPROCESSING_ORDER),
                (self.postprocessing_function, POSTPROCESSING_ORDER),
                params=params,
            ),
            *(random_transforms(self, directory) if augment else ()),
            self._window(augment),
            *([self._front_end()] if self.frontend_enabled else ()),
        ]

    def _window(self, augment: bool) -> Window:
        return Window(
            length=self.sample_length,
            sample_rate=self.sample_rate_hz,
            threshold_db=self.trim_threshold_db,
            offsets=self.offset_range if augment else (0.5, 0.5),
        )

    def _front_end(self) -> FrontEnd:
        dtype = self.dtype if self.dtype in FRONTEND_DTYPES else "float32"
        return FrontEnd(AudioFeatureGenerator(self.frontend_settings), self.frontend_dtype or dtype)

    def _finish(self) -> NetworkInput:
        limits = self.samplewise_normalize_range
        standardizer = Standardizer(
            rescale=self.rescale,
            center=self.samplewise_center,
            std=self.samplewise_std_normalization,
            further=None if limits is None else Range(*limits),
            dtype=self.dtype or "float32",
        )
        return NetworkInput(standardizer, self.sample_shape)


def _drawn(steps: Sequence[Transform], seed: int | None) -> Drawn:
    rng = np.random.default_rng(seed)
    clip = Sample(0, None, "clip", ())
    return [(step, step.draw(rng, clip)) for step in steps]
