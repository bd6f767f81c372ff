"""How samples look and sound, in the forms that a page can hold."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from yzlite_core.plugin import Picture, Signal, stretched

_MAX_POINTS = 160
_MAX_SIDE = 192
_MAX_CLIP_BYTES = 200_000


def png(picture: Picture) -> bytes:
    """Return a picture as a PNG file's bytes, no larger than anybody needs in a contact sheet."""
    from matplotlib.image import imsave

    step = -(-max(picture.pixels.shape[:2]) // _MAX_SIDE)
    file = io.BytesIO()
    without_software: dict[str, Any] = {"Software": None}
    imsave(
        file,
        picture.pixels[::step, ::step],
        cmap="magma" if picture.is_heatmap else "gray",
        vmin=0,
        vmax=255,
        format="png",
        metadata=without_software,
    )
    return file.getvalue()


def lines(signal: Signal) -> tuple[tuple[float, ...], ...]:
    """Return a line for each channel: values of 0 to 1, no more of them than anybody can see."""
    length = len(signal.channels)
    kept = np.linspace(0, length - 1, min(length, _MAX_POINTS)).round().astype(int)
    values = stretched(signal.channels[kept]).round(3)
    return tuple(tuple(channel) for channel in values.T.tolist())


def clip(wav: bytes | None) -> bytes | None:
    """Return a WAV file's bytes if they are few enough to stand in a page."""
    return wav if wav is not None and len(wav) <= _MAX_CLIP_BYTES else None
