"""Samples as people can look at and listen to them."""

from __future__ import annotations

import io
from pathlib import Path, PurePath
from typing import Any

import numpy as np

_MAX_CHANNELS = 6  # a matrix with more columns is a picture, not a bundle of signals
_MAX_POINTS = 160
_MAX_SIDE = 192
_MAX_CLIP_BYTES = 200_000


def picture(x: np.ndarray, is_spectrogram: bool) -> bytes | None:
    """Return a sample as a PNG file's bytes, or None if it cannot be shown as a picture.

    Args:
        x: The network's input: (height, width), (height, width, 1, 3 or 4), or for a spectrogram
            (time, frequency) or (time, frequency, 1), drawn with the time to the right and the
            frequency upwards.
        is_spectrogram: Whether it is a spectrogram.
    """
    if x.ndim == 3 and x.shape[2] == 1:
        x = x[:, :, 0]
    if x.ndim == 3 and x.shape[2] in (3, 4) and not is_spectrogram:
        return _png(_unit(_thinned(x)))
    if x.ndim != 2:
        return None
    if is_spectrogram:
        return _png(_stretched(_thinned(x.T[::-1])), "magma")
    return _png(_unit(_thinned(x)), "gray")


def signal(x: np.ndarray) -> tuple[tuple[float, ...], ...]:
    """Return a sample's channels as values of 0 to 1, or nothing if it is no bundle of signals.

    Args:
        x: The network's input: (time,) or (time, channels).
    """
    channels = x.reshape(len(x), -1) if 1 <= x.ndim <= 2 else np.empty((0, 0))
    if len(channels) < 2 or channels.shape[1] > _MAX_CHANNELS:
        return ()
    kept = np.linspace(0, len(channels) - 1, min(len(channels), _MAX_POINTS)).round().astype(int)
    values = _stretched(channels[kept]).round(3)
    return tuple(tuple(channel) for channel in values.T.tolist())


def clip(file: PurePath | None) -> bytes | None:
    """Return the bytes of a WAV file that is small enough to stand in a page, or None."""
    if file is None or file.suffix.lower() != ".wav":
        return None
    path = Path(file)
    if not path.is_file() or path.stat().st_size > _MAX_CLIP_BYTES:
        return None
    return path.read_bytes()


def _png(pixels: np.ndarray, colors: str | None = None) -> bytes:
    from matplotlib.image import imsave

    file = io.BytesIO()
    without_software: dict[str, Any] = {"Software": None}
    imsave(file, pixels, cmap=colors, vmin=0, vmax=1, format="png", metadata=without_software)
    return file.getvalue()


def _thinned(x: np.ndarray) -> np.ndarray:
    """Leave out rows and columns of what is larger than anybody needs in a contact sheet."""
    step = max(1, -(-max(x.shape[:2]) // _MAX_SIDE))
    return x[::step, ::step]


def _unit(x: np.ndarray) -> np.ndarray:
    """Return values of 0 to 1, keeping the black and white of the usual ranges."""
    values = x.astype(np.float64) + (128 if x.dtype == np.int8 else 0)
    for top in (1, 255):
        if values.min() >= 0 and values.max() <= top:
            return values / top
    return _stretched(values)


def _stretched(x: np.ndarray) -> np.ndarray:
    values = x.astype(np.float64)
    low, high = values.min(), values.max()
    return np.asarray((values - low) / (high - low if high > low else 1))
