"""The front end as a step on the way from a clip to the network's input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from yzlite_audio.frontend import AudioFeatureGenerator, AudioFeatureGeneratorSettings
from yzlite_audio.wav import to_int16
from yzlite_core.errors import DatasetError
from yzlite_core.plugin import Sample


def apply_frontend(
    sample: npt.ArrayLike, settings: AudioFeatureGeneratorSettings, dtype: npt.DTypeLike = np.float32
) -> npt.NDArray[np.generic]:
    """Return the spectrogram of a clip.

    Args:
        sample: int16, or floating point in -1 to 1 (cut off beyond), of shape (`settings.sample_length`,).
        settings: Settings of the front end.
        dtype: `uint16`, `float32` or `int8`; see `AudioFeatureGenerator.process_sample`.

    Returns:
        Spectrogram of shape (frames, channels).
    """
    return AudioFeatureGenerator(settings).process_sample(to_int16(sample), dtype)


@dataclass(frozen=True)
class FrontEnd:
    """Make the spectrogram of a clip; nothing is random.

    Args:
        generator: The front end.
        dtype: `uint16`, `float32` or `int8`.
    """

    order: ClassVar[int] = 900

    generator: AudioFeatureGenerator
    dtype: str

    def draw(self, rng: np.random.Generator, sample: Sample) -> tuple[()]:
        """Draw nothing."""
        return ()

    def apply(self, data: np.ndarray, parameters: tuple[()]) -> np.ndarray:
        """Return the spectrogram, of shape (frames, channels)."""
        return self.generator.process_sample(to_int16(data), self.dtype)


@dataclass(frozen=True)
class NetworkInput:
    """Standardize what came out of the chain, and give it the shape of the network's input.

    Args:
        standardize: Makes the values of samples of shape (n, ...).
        shape: Of a sample in the result; an axis of size 1 is added at the end where that is what is missing.
    """

    standardize: Callable[[np.ndarray], np.ndarray]
    shape: tuple[int, ...]

    def __call__(self, data: np.ndarray) -> np.ndarray:
        """Return the network's input, of shape (n, *shape), for samples of shape (n, ...).

        Raises:
            DatasetError: If the samples have another shape.
        """
        data = self.standardize(data)
        if (*data.shape[1:], 1) == self.shape:
            data = data[..., np.newaxis]
        if data.shape[1:] != self.shape:
            raise DatasetError(
                f"A sample has the shape {data.shape[1:]}, but the network's input has {self.shape}",
                hint="set sample_shape of the data generator to what its functions return",
            )
        return data


@dataclass(frozen=True)
class Range:
    """Stretch the values of samples to a range.

    Args:
        low: What a sample's smallest value becomes.
        high: What its largest value becomes.
    """

    low: float
    high: float

    def __call__(self, data: np.ndarray) -> np.ndarray:
        """Return the stretched samples, of shape (n, ...); a uniform one is all `low`."""
        rows = data.reshape(len(data), -1)
        smallest, largest = rows.min(1, keepdims=True), rows.max(1, keepdims=True)
        extent = np.where(largest > smallest, largest - smallest, np.inf)
        scale = ((self.high - self.low) / extent).astype(np.float32)
        stretched: np.ndarray = (rows - smallest) * scale + np.float32(self.low)
        return stretched.reshape(data.shape)
