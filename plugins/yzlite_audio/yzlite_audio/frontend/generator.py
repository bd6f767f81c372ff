"""From clips to spectrograms."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import numpy.typing as npt

from yzlite_audio.frontend import kernels
from yzlite_audio.frontend.settings import AudioFeatureGeneratorSettings
from yzlite_audio.frontend.tables import build_tables
from yzlite_core.errors import DatasetError, SettingValueError

_DTYPES = ("float32", "uint16", "int8")
_FEATURE_MAX = 666  # what int8 features reach to: the range that keyword models on devices expect


class AudioFeatureGenerator:
    """The audio front end: computes the spectrogram that a device will compute, to the bit.

    Frames -> Fourier transform -> mel filterbank -> noise reduction -> PCAN -> logarithm, in the
    fixed-point arithmetic of TensorFlow Lite Micro's front end. Each clip is computed from a fresh
    state. Any number of threads may share a generator: it holds tables only, and the GIL is free
    while it computes.

    Args:
        settings: A copy of them is kept, which does not change any more.

    Raises:
        SettingValueError: If the settings do not fit together.
    """

    def __init__(self, settings: AudioFeatureGeneratorSettings) -> None:
        settings.check()
        self.settings = settings.copy()
        self.settings.freeze()
        self._tables = build_tables(self.settings)
        self._last = threading.local()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.settings,)

    def process_sample(self, sample: npt.ArrayLike, dtype: npt.DTypeLike = np.float32) -> npt.NDArray[Any]:
        """Return the spectrogram of a clip.

        Args:
            sample: int16 of shape (`settings.sample_length`,).
            dtype: `uint16`, the features as they are; `float32`, the same numbers; or `int8`, where
                -128 to 127 stand for the features 0 to 666 (above is cut off), or for the
                loudest `quantize_dynamic_scale_range_db` of the clip where that is enabled.

        Returns:
            Spectrogram of shape (frames, channels): `settings.spectrogram_shape`.

        Raises:
            DatasetError: If the sample has another type or shape.
            SettingValueError: If the dtype is none of the three.
        """
        spectrogram: npt.NDArray[Any] = self.process_batch(np.asarray(sample)[np.newaxis], dtype)[0]
        return spectrogram

    def process_batch(self, samples: npt.ArrayLike, dtype: npt.DTypeLike = np.float32) -> npt.NDArray[Any]:
        """Return the spectrograms of clips, each what `process_sample` returns for it.

        Args:
            samples: int16 of shape (clips, `settings.sample_length`).
            dtype: As in `process_sample`.

        Returns:
            Spectrograms of shape (clips, frames, channels).

        Raises:
            DatasetError: If the samples have another type or shape.
            SettingValueError: If the dtype is none of the three.
        """
        wanted = _known_dtype(dtype)
        clips = self._checked(np.asarray(samples))
        features = np.empty((len(clips), *self.settings.spectrogram_shape), np.uint16)
        active = np.empty(len(clips), np.bool_)
        kernels.spectrograms(clips, self._tables, features, active)
        self._last.active = bool(active.any())
        if wanted == np.int8:
            return self._as_int8(features)
        return features.astype(wanted, copy=False)

    def activity_was_detected(self) -> bool:
        """Tell whether there was activity in what this thread has processed last.

        Two running means of the level of the mel filterbank are compared, a fast and a slow one:
        the detector arms when fast / slow falls below `activity_detection_arm_threshold` and trips
        when it then exceeds `activity_detection_trip_threshold`, as after a pause in speech. False
        unless `activity_detection_enable` is set.
        """
        return self.settings.activity_detection_enable and getattr(self._last, "active", False)

    def _checked(self, samples: npt.NDArray[Any]) -> kernels.Int16:
        if samples.dtype != np.int16 or samples.ndim != 2 or samples.shape[1] != self.settings.sample_length:
            raise DatasetError(
                f"the audio front end takes clips of {self.settings.sample_length} int16 samples "
                f"({self.settings.sample_length_ms} ms at {self.settings.sample_rate_hz} Hz), got "
                f"{samples.dtype} of shape {samples.shape[1:]}",
                hint="cut or pad the clip, and scale floating point samples to 16 bits",
            )
        # One memory layout, so that the kernels are compiled once.
        return np.require(samples, requirements=["C", "A", "W"])

    def _as_int8(self, features: npt.NDArray[np.uint16]) -> npt.NDArray[np.int8]:
        levels = features.astype(np.int32)
        if self.settings.quantize_dynamic_scale_enable:
            top = levels.max(axis=(1, 2), keepdims=True)
            bottom = np.maximum(top - self.settings.dynamic_range, 0)
            levels = (levels - bottom) * 255 // np.maximum(top - bottom, 1)
        else:
            levels = (levels * 256 + _FEATURE_MAX // 2) // _FEATURE_MAX
        return np.clip(levels - 128, -128, 127).astype(np.int8)


def _known_dtype(dtype: npt.DTypeLike) -> np.dtype[Any]:
    try:
        known = np.dtype(dtype)
    except TypeError:
        known = None
    if known is None or known.name not in _DTYPES:
        raise SettingValueError(f"the audio front end writes {', '.join(_DTYPES)}, not {dtype!r}")
    return known
