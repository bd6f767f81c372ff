"""What the audio front end can be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from yzlite_core.errors import ModelError, SettingValueError, UnknownOptionError, did_you_mean
from yzlite_core.plugin import Configurable, Setting
from yzlite_core.plugin.settings import declarations

#: Fractional bits of a value over the noise of its channel, inside PCAN.
RATIO_BITS = 12

#: What the settings' names start with among the parameters of a `.tflite`.
PREFIX = "fe."

_MANY = 10_000_000
_NUMBERS = (int, float, np.integer, np.floating)
_LONGEST_FFT = 1 << 15
_NEPERS_PER_DB = 0.11512925465  # ln(10) / 20


def _between(low: float, high: float, hint: str = "") -> Callable[[Any], Any]:
    """Return a parser that refuses numbers out of range and leaves other types to the type check."""

    def parse(value: Any) -> Any:
        if isinstance(value, _NUMBERS) and not low <= value <= high:
            raise ValueError(f"has to be between {low} and {high}, got {value!r}{hint}")
        return value

    return parse


def _single(low: float, high: float) -> Callable[[Any], Any]:
    """Return a parser that also rounds to 32 bits: what the `.tflite` keeps and a device computes with.

    The shortest decimal number of that value is what is kept, so that 0.06 stays 0.06.
    """
    check = _between(low, high)

    def parse(value: Any) -> Any:
        value = check(value)
        is_number = isinstance(value, _NUMBERS) and not isinstance(value, bool)
        return float(str(np.float32(value))) if is_number else value

    return parse


def _milliseconds(value: Any) -> Any:
    """Refuse what is out of range; whole milliseconds that were computed as a float are an int."""
    value = _between(1, _MANY, "; multiply seconds by 1000")(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


class AudioFeatureGeneratorSettings(Configurable, Mapping[str, Any]):
    """Settings of the audio front end, as attributes and as the `fe.*` parameters of a model.

    As a mapping it holds the 28 parameters that a device needs to compute the same spectrogram::

        settings = AudioFeatureGeneratorSettings(sample_rate_hz=8000)
        settings.window_size_ms = 32
        settings["fe.window_size_ms"]  # 32
        my_model.model_parameters.update(settings)

    Each value is checked when it is set; what has to fit together (`problems`) when it is used.
    Numbers with a fraction are rounded to 32 bits, as the `.tflite` keeps them.

    Args:
        settings: Values by name, with or without the prefix `fe.`.
        **named: More of them.
    """

    sample_rate_hz = Setting(int, default=16000, parse=_between(1, _MANY), doc="Sample rate of the audio.")
    sample_length_ms = Setting(int, default=1000, parse=_milliseconds, doc="Length of a clip.")
    window_size_ms = Setting(int, default=25, parse=_milliseconds, doc="Length of a frame.")
    window_step_ms = Setting(int, default=10, parse=_milliseconds, doc="From one frame to the next.")

    filterbank_n_channels = Setting(
        int, default=32, parse=_between(1, _MANY), doc="Number of mel filters: the spectrogram's width."
    )
    filterbank_upper_band_limit = Setting(
        float, default=7500.0, parse=_single(0, _MANY), doc="Where the highest filter ends, in Hz."
    )
    filterbank_lower_band_limit = Setting(
        float, default=125.0, parse=_single(0, _MANY), doc="Where the lowest filter begins, in Hz."
    )

    noise_reduction_enable = Setting(bool, default=False, doc="Subtract each channel's steady noise.")
    noise_reduction_smoothing_bits = Setting(
        int,
        default=10,
        parse=_between(0, 31),
        doc="By how many bits the noise estimate is finer than the signal.",
    )
    noise_reduction_even_smoothing = Setting(
        float,
        default=0.025,
        parse=_single(0, 1),
        doc="Share of the newest frame in the noise estimate of channels 0, 2, 4, ...",
    )
    noise_reduction_odd_smoothing = Setting(
        float,
        default=0.06,
        parse=_single(0, 1),
        doc="Share of the newest frame in the noise estimate of channels 1, 3, 5, ...",
    )
    noise_reduction_min_signal_remaining = Setting(
        float, default=0.05, parse=_single(0, 1), doc="Share of the signal that always stays."
    )

    pcan_enable = Setting(
        bool,
        default=False,
        doc="Per-channel amplitude normalisation: loud channels are turned down by their own noise "
        "estimate, so it needs noise_reduction_enable.",
    )
    pcan_strength = Setting(
        float, default=0.95, parse=_single(0, 100), doc="Exponent: 0 turns nothing down, 1 removes the level."
    )
    pcan_offset = Setting(
        float, default=80.0, parse=_single(0, _MANY), doc="Noise below it is not turned up further."
    )
    pcan_gain_bits = Setting(int, default=21, parse=_between(0, 31), doc="Fractional bits of the gain.")

    log_scale_enable = Setting(bool, default=True, doc="Take the natural logarithm.")
    log_scale_shift = Setting(
        int, default=6, parse=_between(0, 31), doc="The logarithm is multiplied by 2 to this power."
    )

    activity_detection_enable = Setting(bool, default=False, doc="Answer `activity_was_detected()`.")
    activity_detection_alpha_a = Setting(
        float, default=0.5, parse=_single(0, 1), doc="How much the fast mean of the level keeps a frame."
    )
    activity_detection_alpha_b = Setting(
        float, default=0.8, parse=_single(0, 1), doc="How much the slow mean of the level keeps a frame."
    )
    activity_detection_arm_threshold = Setting(
        float, default=0.75, parse=_single(0, 7.999), doc="The detector arms when fast / slow is below."
    )
    activity_detection_trip_threshold = Setting(
        float, default=0.8, parse=_single(0, 7.999), doc="Once armed, it trips when fast / slow is above."
    )

    dc_notch_filter_enable = Setting(bool, default=False, doc="Remove the signal's offset first.")
    dc_notch_filter_coefficient = Setting(
        float, default=0.95, parse=_single(0, 0.9999), doc="The nearer to 1, the narrower the notch at 0 Hz."
    )

    quantize_dynamic_scale_enable = Setting(
        bool, default=False, doc="int8 spectrograms reach from the clip's loudest value downwards."
    )
    quantize_dynamic_scale_range_db = Setting(
        float, default=40.0, parse=_single(0, 10_000), doc="How far down, in dB."
    )

    def __init__(self, settings: Mapping[str, Any] | None = None, /, **named: Any) -> None:
        super().__init__()
        self.update(settings, **named)

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> AudioFeatureGeneratorSettings:
        """Return the settings that a model was made with; those it does not hold have their defaults.

        Args:
            parameters: All parameters of a `.tflite`; other names than `fe.*` are passed over.

        Raises:
            ModelError: If there is no such parameter.
            SettingError: If one has another name, type or value than a setting can have.
        """
        found = {key: value for key, value in parameters.items() if key.startswith(PREFIX)}
        if not found:
            raise ModelError(
                f"the model has no '{PREFIX}*' parameters, so its audio front end is not known",
                hint="give the settings of its audio front end yourself",
            )
        return cls(found)

    @property
    def fft_length(self) -> int:
        """Length of the Fourier transform: the smallest power of two that holds a frame."""
        return 1 << max(self.window_length - 1, 0).bit_length()

    @fft_length.setter
    def fft_length(self, value: int) -> None:
        if value != self.fft_length:
            raise SettingValueError(
                f"fft_length is {self.fft_length}, as the sample rate and the window ask for, not {value!r}"
            )

    @property
    def correction_bits(self) -> int:
        """Bits by which the filterbank's output is smaller than the signal.

        The Fourier transform divides by its length; the root of the filters' 12 fractional bits gives 6 back.
        """
        return self.fft_length.bit_length() - 1 - 6

    @property
    def sample_length(self) -> int:
        """Length of a clip in samples."""
        return self._samples(self.sample_length_ms)

    @property
    def window_length(self) -> int:
        """Length of a frame in samples."""
        return self._samples(self.window_size_ms)

    @property
    def step_length(self) -> int:
        """From one frame to the next, in samples."""
        return self._samples(self.window_step_ms)

    @property
    def spectrogram_shape(self) -> tuple[int, int]:
        """Shape of the spectrogram of a clip: (frames, channels).

        Raises:
            SettingValueError: If no frame fits in a clip.
        """
        _refuse(self._timing_problems())
        frames = (self.sample_length - self.window_length) // self.step_length + 1
        return frames, self.filterbank_n_channels

    @property
    def dynamic_range(self) -> int:
        """Steps of the logarithmic scale in `quantize_dynamic_scale_range_db`."""
        steps_per_neper = np.float32(1 << self.log_scale_shift)
        return int(float(np.float32(self.quantize_dynamic_scale_range_db) * steps_per_neper) * _NEPERS_PER_DB)

    def problems(self) -> list[str]:
        """Return what does not fit together, a sentence each; nothing if the front end can run."""
        return [*self._timing_problems(), *self._stage_problems()]

    def check(self) -> None:
        """Refuse settings that do not fit together.

        Raises:
            SettingValueError: With every problem.
        """
        _refuse(self.problems())

    def update(self, settings: Mapping[str, Any] | None = None, /, **named: Any) -> None:
        """Set several settings, by name with or without the prefix; each is checked."""
        given = {key.removeprefix(PREFIX): value for key, value in {**(settings or {}), **named}.items()}
        # fft_length comes last: it is computed from the others, and only compared.
        for name in sorted(given, key="fft_length".__eq__):
            setattr(self, name, given[name])

    def copy(self) -> AudioFeatureGeneratorSettings:
        """Return settings of the same values that can be changed apart from these."""
        return type(self)({name: vars(self)[name] for name in declarations(type(self)) if name in vars(self)})

    def __getitem__(self, key: str) -> Any:
        return getattr(self, self._name(key))

    def __setitem__(self, key: str, value: Any) -> None:
        setattr(self, self._name(key), value)

    def __iter__(self) -> Iterator[str]:
        return (PREFIX + name for name in (*declarations(type(self)), "fft_length"))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({dict(self)})"

    def _name(self, key: str) -> str:
        if key not in list(self):
            raise UnknownOptionError(
                f"the audio front end has no setting {key!r}", hint=did_you_mean(str(key), self)
            )
        return key.removeprefix(PREFIX)

    def _samples(self, milliseconds: int) -> int:
        return milliseconds * self.sample_rate_hz // 1000

    def _timing_problems(self) -> Iterator[str]:
        if self.window_length < 8:
            yield f"window_size_ms={self.window_size_ms} is {self.window_length} samples long: take 8 or more"
        if self.fft_length > _LONGEST_FFT:
            yield (
                f"window_size_ms={self.window_size_ms} is {self.window_length} samples long: "
                f"the front end's 16 bit indices reach to {_LONGEST_FFT}"
            )
        if self.window_length > self.sample_length:
            yield f"window_size_ms={self.window_size_ms} exceeds sample_length_ms={self.sample_length_ms}"
        if not 1 <= self.step_length <= self.window_length:
            yield (
                f"window_step_ms={self.window_step_ms} has to be at least one sample and at most "
                f"window_size_ms={self.window_size_ms}: a device cannot skip samples between frames"
            )

    def _stage_problems(self) -> Iterator[str]:
        lower, upper = self.filterbank_lower_band_limit, self.filterbank_upper_band_limit
        if upper > self.sample_rate_hz / 2:
            yield f"filterbank_upper_band_limit={upper} is above half of sample_rate_hz={self.sample_rate_hz}"
        if lower >= upper:
            yield f"filterbank_lower_band_limit={lower} is not below filterbank_upper_band_limit={upper}"
        if self.pcan_enable:
            yield from self._pcan_problems()
        if self.quantize_dynamic_scale_enable and not 1 <= self.dynamic_range <= 0xFFFF:
            yield (
                f"quantize_dynamic_scale_range_db={self.quantize_dynamic_scale_range_db} at log_scale_shift="
                f"{self.log_scale_shift} makes {self.dynamic_range} steps: it has to be 1 to 65535"
            )

    def _pcan_problems(self) -> Iterator[str]:
        bits, gain_bits = self.correction_bits, self.correction_bits + RATIO_BITS
        if not self.noise_reduction_enable:
            yield (
                "pcan_enable needs noise_reduction_enable: the gain follows from the noise estimate, "
                "and a device refuses to start without it"
            )
        if self.noise_reduction_smoothing_bits < bits:
            yield f"with pcan_enable, noise_reduction_smoothing_bits has to be at least {bits}"
        if self.pcan_gain_bits < gain_bits:
            yield f"with pcan_enable, pcan_gain_bits has to be at least {gain_bits}"


def _refuse(problems: Iterator[str] | list[str]) -> None:
    sentences = list(problems)
    if sentences:
        raise SettingValueError("; ".join(sentences))
