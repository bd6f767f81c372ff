"""What a `ParallelAudioDataGenerator` can be told."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from yzlite_audio.frontend import AudioFeatureGeneratorSettings
from yzlite_audio.mixing import COLORS
from yzlite_core.errors import MissingSettingError, did_you_mean
from yzlite_core.plugin import Setting
from yzlite_core.plugin.data import DataGeneratorOptions, sample_function
from yzlite_core.plugin.settings import parsers

FRONTEND_DTYPES = ("float32", "uint16", "int8")


def _places(value: Any) -> Any:
    return parsers.within(value, 0, 1, "places: 0 is the beginning, 1 the end")


def _above_zero(value: Any, kind: str = "factors: give (smallest, largest), above 0") -> Any:
    return parsers.within(value, 1e-3, math.inf, kind)


def _pitches(value: Any) -> Any:
    if parsers.is_pair(value) and all(isinstance(item, int) for item in value):
        return parsers.within(value, -48, 48, "semitones")
    return _above_zero(value, "factors of pitch: give (smallest, largest) above 0, or two ints, semitones")


def _values(value: Any) -> Any:
    return parsers.within(value, -math.inf, math.inf, "values: give (smallest, largest)")


def _colors(value: Any) -> Any:
    if value == "all":
        return tuple(COLORS)
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, (tuple, list)):
        return value
    for name in names:
        if name not in COLORS:
            hint = did_you_mean(str(name), COLORS) or f"there are {', '.join(COLORS)}, and 'all'"
            raise ValueError(f"there is no noise of the colour {name!r}: {hint}")
    return tuple(names) or None


class _SampleShape(Setting[tuple[int, ...]]):
    """The shape of a sample: what was set, else what the front end makes."""

    def __get__(self, instance: Any, owner: type) -> Any:
        value = super().__get__(instance, owner)
        if value is not None:
            return value
        if not instance.frontend_enabled:
            raise MissingSettingError(
                f"{owner.__name__}.sample_shape has not been set",
                hint="without the front end it is needed: sample_shape=(samples, 1)",
            )
        shape = instance.frontend_settings.spectrogram_shape
        return (*shape, 1) if instance.add_channel_dimension else shape


class AudioDataGeneratorOptions(DataGeneratorOptions):
    """The settings of a data generator for sound; all are keywords of its constructor.

    Ranges are those of random changes, drawn anew for each clip in each epoch; samples of sound are in
    -1 to 1.
    """

    # ---------------------------------------------------------------------------------- the classes
    unknown_class_percentage = Setting(
        float,
        default=1.0,
        doc="Size of the class `_unknown_`, as a share of the smallest other class; above 1 allowed.",
        parse=parsers.not_negative,
    )
    silence_class_percentage = Setting(
        float,
        default=0.6,
        doc="Size of the class `_silence_`, as a share of the smallest other class.",
        parse=parsers.not_negative,
    )

    # ---------------------------------------------------------------------------------- the window
    trim_threshold_db: Setting[float | None] = Setting(
        float | None,
        default=20.0,
        doc="How far below the loudest part of a clip the silence begins that is trimmed at its ends, in dB; "
        "None trims nothing.",
        parse=parsers.not_negative,
    )
    offset_range = Setting(
        tuple[float, float],
        default=(0.0, 1.0),
        doc="(First, last) place of a trimmed clip in the window, or of the window in a longer clip: 0 is "
        "the beginning, 1 the end. Without augmentation it is the middle.",
        parse=_places,
    )

    # ---------------------------------------------------------------------------------- random changes
    disable_random_transforms = Setting(bool, default=False, doc="Whether nothing is changed at random.")
    speed_range: Setting[tuple[float, float] | None] = Setting(
        tuple[float, float],
        default=None,
        doc="(Smallest, largest) factor of speed at the same pitch; 2 is twice as fast.",
        parse=_above_zero,
    )
    pitch_range: Setting[tuple[int, int] | tuple[float, float] | None] = Setting(
        tuple[int, int] | tuple[float, float],
        default=None,
        doc="(Lowest, highest) pitch at the same speed: two ints are semitones, (-2, 2); otherwise factors "
        "of all frequencies, (0.9, 1.1).",
        parse=_pitches,
    )
    vtlp_range: Setting[tuple[float, float] | None] = Setting(
        tuple[float, float],
        default=None,
        doc="(Smallest, largest) factor of the resonances' frequencies at the same pitch, as of a shorter or "
        "longer vocal tract: (0.9, 1.1).",
        parse=_above_zero,
    )
    loudness_range: Setting[tuple[float, float] | None] = Setting(
        tuple[float, float],
        default=None,
        doc="(Smallest, largest) factor of a clip's samples, before noise is added.",
        parse=parsers.factors,
    )
    noise_colors: Setting[tuple[str, ...] | list[str] | str | None] = Setting(
        tuple[str, ...],
        default=None,
        doc="Colours of noise, of which one is drawn for each clip: 'white', 'pink', 'brown', 'blue', "
        "'violet', or 'all'. Needs `noise_color_range`.",
        parse=_colors,
    )
    noise_color_range: Setting[tuple[float, float] | None] = Setting(
        tuple[float, float],
        default=None,
        doc="(Smallest, largest) loudness of that noise: at 1 its root mean square is 0.25.",
        parse=parsers.factors,
    )
    bg_noise_dir: Setting[str | Path | None] = Setting(
        str | Path,
        default=None,
        doc="Folder of recordings of background noise, of which a piece is added to each clip: absolute, or "
        "in the dataset's folder. Needs `bg_noise_range`.",
    )
    bg_noise_range: Setting[tuple[float, float] | None] = Setting(
        tuple[float, float],
        default=None,
        doc="(Smallest, largest) factor of the recorded noise's samples.",
        parse=parsers.factors,
    )

    # ---------------------------------------------------------------------------------- the front end
    frontend_enabled = Setting(
        bool, default=True, doc="Whether the network gets spectrograms; otherwise the sound itself."
    )
    frontend_settings = Setting(
        AudioFeatureGeneratorSettings,
        factory=AudioFeatureGeneratorSettings,
        doc="Settings of the front end. Sample rate and length of a clip hold without it too.",
    )
    frontend_dtype: Setting[str | None] = Setting(
        str | None,
        default=None,
        doc="Type of the spectrogram: 'uint16' as it is, 'float32' of the same numbers, 'int8' quantized; "
        "None for `dtype` if it is one of these, else float32.",
        choices=FRONTEND_DTYPES,
        parse=parsers.dtype_name,
    )
    sample_shape: Setting[tuple[int, ...]] = _SampleShape(
        tuple[int, ...],
        default=None,
        doc="Shape of a sample as the network gets it. Without a value that of the spectrogram; without the "
        "front end, or if `postprocessing_function` changes the shape, it is to be set.",
    )
    add_channel_dimension = Setting(
        bool, default=True, doc="Whether a spectrogram gets a channel: (height, width, 1)."
    )

    # ---------------------------------------------------------------------------------- after the front end
    postprocessing_function: Setting[Callable[..., Any] | None] = Setting(
        Callable,
        default=None,
        doc="Like `preprocessing_function`, after the front end: takes and returns spectrograms.",
        parse=sample_function,
    )
    samplewise_normalize_range: Setting[tuple[float, float] | None] = Setting(
        tuple[float, float],
        default=None,
        doc="(Low, high) to which a sample's smallest and largest value are stretched, last of all.",
        parse=_values,
    )
