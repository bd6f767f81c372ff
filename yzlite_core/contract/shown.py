"""How a sample looks and sounds to people: what the hook `yzlite_show_sample` answers.

A plugin makes its answer of what it knows of its samples::

    ShownSample(Signal(x, axes=("x", "y", "z"), rate_hz=50))
    ShownSample(heatmap_of(echoes))
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yzlite_core.errors import PluginError

_MAX_CHANNELS = 6  # a matrix with more columns is a picture, not a bundle of signals


@dataclass(frozen=True, eq=False)
class Picture:
    """Pixels, the upper left one first.

    Attributes:
        pixels: uint8 of shape (height, width); with colours (height, width, 3), or 4 with opacity.
        is_heatmap: Whether the pixels, of shape (height, width), are drawn in colours from dark to bright.

    Raises:
        PluginError: If the pixels are of another type or shape.
    """

    pixels: np.ndarray
    is_heatmap: bool = False

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        fits = len(shape) == 2 or (len(shape) == 3 and shape[2] in (3, 4) and not self.is_heatmap)
        if self.pixels.dtype != np.uint8 or not fits or 0 in shape:
            raise PluginError(
                f"A picture cannot be made of {self.pixels.dtype} of shape {shape}",
                hint="pixels are uint8 of shape (height, width), or (height, width, 3 or 4) for colours; "
                "picture_of and heatmap_of make them of other values",
            )


@dataclass(frozen=True, eq=False)
class Signal:
    """Values over time.

    Attributes:
        channels: Numbers of shape (time, channels).
        axes: The name of each channel; none if they have no names.
        rate_hz: Values of a channel in a second, or None if that is not known.

    Raises:
        PluginError: If the channels are of another shape, or the names are not as many.
    """

    channels: np.ndarray
    axes: tuple[str, ...] = ()
    rate_hz: float | None = None

    def __post_init__(self) -> None:
        shape = self.channels.shape
        if len(shape) != 2 or 0 in shape:
            raise PluginError(
                f"A signal cannot be made of values of shape {shape}", hint="they are of (time, channels)"
            )
        if self.axes and len(self.axes) != shape[1]:
            raise PluginError(
                f"A signal of {shape[1]} channels has {len(self.axes)} axes: {', '.join(self.axes)}",
                hint="name each channel, or none",
            )

    @property
    def seconds(self) -> float | None:
        """How long it lasts, or None if that is not known."""
        return len(self.channels) / self.rate_hz if self.rate_hz else None


@dataclass(frozen=True, eq=False)
class ShownSample:
    """How a sample looks and sounds; with neither it is one that cannot be shown.

    Attributes:
        look: What there is to see.
        wav: What there is to hear: a WAV file's bytes. Who shows it may leave out a long one.
    """

    look: Picture | Signal | None = None
    wav: bytes | None = None


def look_of(x: np.ndarray) -> Picture | Signal | None:
    """Return how an array looks of which nobody knows what it stands for.

    Args:
        x: Of shape (time,), or (time, channels) with at most 6 of them: a signal. Of another shape: see
            `picture_of`.
    """
    if 1 <= x.ndim <= 2 and len(x) > 1:
        channels = x.reshape(len(x), -1)
        if 1 <= channels.shape[1] <= _MAX_CHANNELS:
            return Signal(channels)
    return picture_of(x)


def picture_of(x: np.ndarray) -> Picture | None:
    """Return an array as a picture, or None if it has not the shape of one.

    Args:
        x: (height, width) or (height, width, 1, 3 or 4). Values of 0 to 1, of 0 to 255, and int8 of -128 to
            127 keep their black and white; others are stretched.
    """
    if x.ndim == 3 and x.shape[2] == 1:
        x = x[:, :, 0]
    if x.size and (x.ndim == 2 or (x.ndim == 3 and x.shape[2] in (3, 4))):
        return Picture(_pixels(_unit(x)))
    return None


def heatmap_of(x: np.ndarray) -> Picture:
    """Return magnitudes as a heat map, from the lowest to the highest.

    Args:
        x: Of shape (height, width).
    """
    return Picture(_pixels(stretched(x)), is_heatmap=True)


def _pixels(shares: np.ndarray) -> np.ndarray:
    """Return values of 0 to 1 as pixels: tones in 256 equal steps, channels of colours as shares of 255."""
    steps = 256 if shares.ndim == 2 else 255
    return np.asarray(np.minimum(shares * steps, 255), dtype=np.uint8)


def _unit(x: np.ndarray) -> np.ndarray:
    """Return values of 0 to 1, keeping the black and white of the usual ranges."""
    values = _finite(x) + (128 if x.dtype == np.int8 else 0)
    for top in (1, 255):
        if values.min() >= 0 and values.max() <= top:
            return values / top
    return stretched(values)


def stretched(x: np.ndarray) -> np.ndarray:
    """Return values from 0, the lowest, to 1, the highest: float64."""
    values = _finite(x)
    low, high = values.min(), values.max()
    return np.asarray((values - low) / (high - low if high > low else 1))


def _finite(x: np.ndarray) -> np.ndarray:
    """Return float64 with 0 in the place of what is no number."""
    values = x.astype(np.float64)
    return np.asarray(np.where(np.isfinite(values), values, 0))
