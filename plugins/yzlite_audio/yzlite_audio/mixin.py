"""AudioDatasetMixin: what a model of sounds can be told about its data."""

from __future__ import annotations

from typing import Any

from yzlite_audio.frontend import AudioFeatureGeneratorSettings
from yzlite_audio.generator import ParallelAudioDataGenerator
from yzlite_core.errors import MissingSettingError, SettingValueError
from yzlite_core.plugin import AS_USUAL, DataGeneratorDatasetMixin, Dataset, Sampling, Setting
from yzlite_core.plugin.settings import calling_line


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

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """Shape of one sample: that of the front end's spectrogram, or the generator's `sample_shape`.

        A script may set it before the data generator, for which it then has to be the `sample_shape`.
        """
        if self.datagen is None and self._early_shape is not None:
            return self._early_shape
        shape = self._generator("input_shape").sample_shape
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

    @property
    def audio_input_shape(self) -> Any:
        """The same as `input_shape`."""
        return self.input_shape

    @audio_input_shape.setter
    def audio_input_shape(self, shape: Any) -> None:
        self.input_shape = shape

    @property
    def audio_classes(self) -> Any:
        """The same as `classes`."""
        return self.classes

    @audio_classes.setter
    def audio_classes(self, classes: Any) -> None:
        self.classes = classes

    @property
    def frontend_settings(self) -> AudioFeatureGeneratorSettings:
        """The settings of the data generator's front end."""
        return self._generator("frontend_settings").frontend_settings

    @frontend_settings.setter
    def frontend_settings(self, settings: AudioFeatureGeneratorSettings) -> None:
        self._generator("frontend_settings").frontend_settings = settings

    @property
    def sample_rate_hz(self) -> int:
        """Sample rate at which sound is processed, in Hz."""
        return self._generator("sample_rate_hz").sample_rate_hz

    @sample_rate_hz.setter
    def sample_rate_hz(self, rate: int) -> None:
        self._generator("sample_rate_hz").sample_rate_hz = rate

    @property
    def sample_length_ms(self) -> int:
        """Length of a clip as the network gets it, in milliseconds."""
        return self._generator("sample_length_ms").sample_length_ms

    @sample_length_ms.setter
    def sample_length_ms(self, length: int) -> None:
        self._generator("sample_length_ms").sample_length_ms = length

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

    def _generator(self, asked: str) -> ParallelAudioDataGenerator:
        if self.datagen is None:
            name = type(self).__name__
            raise MissingSettingError(
                f"{name}.{asked} is that of {name}.datagen, which has not been set{calling_line()}",
                hint="set it first: my_model.datagen = ParallelAudioDataGenerator(...)",
            )
        return self.datagen
