"""How a sound looks and sounds to people."""

from __future__ import annotations

from pathlib import Path, PurePath

import numpy as np

from yzlite_core.plugin import Picture, ShownSample, Signal, heatmap_of


def is_wav(file: PurePath | None) -> bool:
    """Tell whether a file can be played as it is."""
    return file is not None and file.suffix.lower() == ".wav"


def shown(x: np.ndarray, file: PurePath | None, rate_hz: float | None) -> ShownSample:
    """Return a sample and the clip that it comes from.

    Args:
        x: Sound of shape (time,) or (time, 1), or a spectrogram of shape (time, frequency) or (time,
            frequency, 1), which is drawn with the time to the right and the frequency upwards.
        file: Its file, or None.
        rate_hz: The sample rate of sound, or None.
    """
    return ShownSample(_look(x, rate_hz), _clip(file))


def _look(x: np.ndarray, rate_hz: float | None) -> Picture | Signal | None:
    if x.ndim == 1 or (x.ndim == 2 and x.shape[1] == 1):
        return Signal(x.reshape(-1, 1), rate_hz=rate_hz)
    if x.ndim == 3 and x.shape[2] == 1:
        x = x[:, :, 0]
    return heatmap_of(x.T[::-1]) if x.ndim == 2 else None


def _clip(file: PurePath | None) -> bytes | None:
    path = Path(file) if file is not None and is_wav(file) else None
    return path.read_bytes() if path is not None and path.is_file() else None
