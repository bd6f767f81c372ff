"""AudioDatasetMixin: what a model of sounds can be told about its data."""

from __future__ import annotations

from typing import Any

from yzlite_audio.frontend import AudioFeatureGeneratorSettings
from yzlite_audio.generator import ParallelAudioDataGenerator
from yzlite_core.errors import SettingValueError
from yzlite_core.plugin import AS_USUAL, DataGeneratorDatasetMixin, Dataset, Sampling, Setting
from yzlite_core.plugin.settings import Alias, calling_line, held


class AudioDatasetMixin(DataGeneratorDatasetMixin):
    """A dataset of sounds: a folder with a folder of sound files for each class.

    The classes may also name `_unknown_`, drawn from the folders that are no class, and `_silence_`. The
    loader is the plugin's; override `load_dataset` to do it yourself, and set `x` and `validation_data`
    there.
    """

    datagen: Setting[ParallelAudioDataGenerator | None] = Setting(
        ParallelAudioDataGenerator,
        default=None,
        doc="Reads and augments the sounds, makes spectrograms and standardizes them.",
    )
    _early_shape: tuple[int | None, ...] | None = None
    validation_datagen: Setting[ParallelAudioDataGenerator | None] = Setting(
        ParallelAudioDataGenerator,
        default=None,
        doc="The same for validation and evaluation data; None for `datagen`, which in any case says which "
        "share is for validation.",
    )

    audio_classes: Alias[Any] = Alias("classes", doc="The same as `classes`.")
    audio_input_shape: Alias[Any] = Alias("input_shape", doc="The same as `input_shape`.")
    frontend_settings: Alias[AudioFeatureGeneratorSettings] = Alias(
        "datagen.frontend_settings", doc="The settings of the data generator's front end."
    )
    sample_rate_hz: Alias[int] = Alias(
        "datagen.sample_rate_hz", doc="Sample rate at which sound is processed, in Hz."
    )
    sample_length_ms: Alias[int] = Alias(
        "datagen.sample_length_ms", doc="Length of a clip as the network gets it, in milliseconds."
    )

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """Shape of one sample: that of the front end's spectrogram, or the generator's `sample_shape`.

        A script may set it before the data generator, for which it then has to be the `sample_shape`.
        """
        if self.datagen is None and self._early_shape is not None:
            return self._early_shape
        shape: tuple[int, ...] = held(self, "datagen", "input_shape").sample_shape
        if self._early_shape not in (None, shape):
            raise self._other_shape(shape)
        return shape

    @input_shape.setter
    def input_shape(self, shape: Any) -> None:
        if self.datagen is None:
            self._early_shape = tuple(shape)
        elif self.datagen.frontend_enabled:
            raise self._other_shape(self.datagen.sample_shape)
        else:
            self._early_shape, self.datagen.sample_shape = None, shape

    def load_subset(
        self, subset: str, limit: int | None = None, seed: int = 42, sampling: Sampling = AS_USUAL
    ) -> Dataset:
        """Load one subset; see `DataGeneratorDatasetMixin.load_subset`."""
        from yzlite_audio.loading import SoundLoader

        return SoundLoader(self, limit, seed, sampling).load(subset)

    def _other_shape(self, shape: tuple[int | None, ...]) -> SettingValueError:
        return SettingValueError(
            f"{type(self).__name__}.input_shape cannot be set: the data generator makes it "
            f"{shape}{calling_line()}",
            hint="change frontend_settings; if there is no front end, or a function of the data generator "
            "changes the shape, set datagen.sample_shape",
        )
