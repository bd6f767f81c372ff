"""ParallelAudioDataGenerator: from sound files to augmented batches of spectrograms."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
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
from yzlite_core.plugin import Sample, Transform
from yzlite_core.plugin.data import (
    AnyTransform,
    DataGenerator,
    DirectoryListing,
    ParallelProcessParams,
    Source,
)
from yzlite_core.plugin.settings import Alias

UNKNOWN: Final = "_unknown_"
SILENCE: Final = "_silence_"

Drawn = list[tuple[Transform, Any]]


class ParallelAudioDataGenerator(AudioDataGeneratorOptions, DataGenerator):
    """Make augmented batches of spectrograms in threads, the same bytes for any number of them.

    A clip is decoded, then goes through `noaug_preprocessing_function`, speed and pitch, the vocal tract,
    trimming and padding, loudness, coloured noise, background noise, `preprocessing_function`, the front
    end, `postprocessing_function`, and standardization. Its random changes follow from the seed, the epoch
    and its number alone. Special classes are `_unknown_`, of clips in the folders that are no class, and
    `_silence_`.

    Args:
        **settings: See `AudioDataGeneratorOptions`.
    """

    formats = FORMATS
    #: Speed and pitch are at 200, vocal tract 300, window 400, loudness 500, coloured noise 600, background
    #: noise 700, front end 900.
    function_orders: ClassVar[Mapping[str, int]] = {
        "noaug_preprocessing_function": 100,
        "preprocessing_function": 800,
        "postprocessing_function": 1000,
    }

    sample_rate_hz: Alias[int] = Alias(
        "frontend_settings.sample_rate_hz",
        doc="Sample rate at which sound is processed; that of the front end's settings.",
    )
    sample_length_ms: Alias[int] = Alias(
        "frontend_settings.sample_length_ms",
        doc="Length of the window in milliseconds; that of the front end's settings.",
    )

    @property
    def sample_length(self) -> int:
        """Length of the window in samples."""
        return self.frontend_settings.sample_length

    @property
    def default_transform(self) -> Drawn:
        """What happens to a clip without augmentation: it is trimmed and put into the middle."""
        return _drawn([self._window(augment=False)], seed=0)

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
    def reading(self) -> Mapping[str, Any]:
        """How clips are read, for the user's functions."""
        return {"sample_rate": self.sample_rate_hz}

    def read(self, listing: DirectoryListing, reading: Mapping[str, Any]) -> Source:
        """Return the clips of a listing, float32 in -1 to 1; silence is zeros."""
        room = self.cache_mb, self.cache_dir
        return clip_source(listing.paths, reading["sample_rate"], self.sample_length, *room)

    def transforms(self, augment: bool, params: ParallelProcessParams) -> list[AnyTransform]:
        """Return what changes a clip; a relative `bg_noise_dir` is in `params.directory`."""
        augment = augment and not self.disable_random_transforms
        directory = None if params.directory is None else Path(params.directory)
        return [
            *super().transforms(augment, params),
            *(random_transforms(self, directory) if augment else ()),
            self._window(augment),
            *([self._front_end()] if self.frontend_enabled else ()),
        ]

    def finish(
        self, training: Callable[[], Source] | None = None, params: ParallelProcessParams | None = None
    ) -> NetworkInput:
        """Return what makes the network's input of spectrograms (without the front end, of clips)."""
        limits = self.samplewise_normalize_range
        return NetworkInput(self.standardizer(None if limits is None else Range(*limits)), self.sample_shape)

    @property
    def model_parameters(self) -> dict[str, Any]:
        """The settings of the front end, and how samples are standardized, for the firmware."""
        frontend = self.frontend_settings if self.frontend_enabled else {}
        return {**frontend, **super().model_parameters}

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


def _drawn(steps: Sequence[Transform], seed: int | None) -> Drawn:
    rng = np.random.default_rng(seed)
    clip = Sample(0, None, "clip", ())
    return [(step, step.draw(rng, clip)) for step in steps]
