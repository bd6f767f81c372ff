"""Image files to arrays."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from yzlite_core.errors import DatasetError
from yzlite_core.plugin.data import FileSource
from yzlite_core.plugin.files import path_of

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS: Final = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff", "npy")
COLOR_MODES: Final = ("auto", "grayscale", "rgb", "rgba")
INTERPOLATIONS: Final = ("none", "nearest", "bilinear", "bicubic", "lanczos", "box", "hamming")

_PILLOW_MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
_COLOR_MODE_OF_CHANNELS = {1: "grayscale", 3: "rgb", 4: "rgba"}
_CHANNELS = {mode: channels for channels, mode in _COLOR_MODE_OF_CHANNELS.items()}


def color_mode_of(channels: int | None) -> str:
    """Return the colour mode of a number of channels: 1, 3 and 4 have one; for others it is `auto`."""
    return _COLOR_MODE_OF_CHANNELS.get(channels or 0, "auto")


def channels_of(color_mode: str) -> int | None:
    """Return the number of channels of a colour mode; None for `auto`."""
    return _CHANNELS.get(color_mode)


def image_decoder(
    color_mode: str = "auto",
    target_size: tuple[int, int] | None = None,
    interpolation: str | None = "bilinear",
) -> Callable[[Path | None], np.ndarray]:
    """Return a function that turns a path into an array of shape (height, width, channels).

    Pixels of image files are uint8 in 0..255 (16 bits a channel are reduced to 8). A `.npy` file keeps
    its own type and range; one of two dimensions gets a channel of its own.

    Args:
        color_mode: `grayscale`, `rgb` or `rgba`; `auto` keeps what the file has.
        target_size: (height, width) of the result; None keeps the file's.
        interpolation: How an image of another size is resized; `none` or None leaves its size.
    """
    size = target_size if interpolation not in (None, "none") else None
    return partial(_decode, color_mode=color_mode, size=size, interpolation=interpolation or "none")


def reading_of(
    color_mode: str, target_size: tuple[int, int] | None, interpolation: str | None
) -> dict[str, Any]:
    """Return how images are read, as the user's functions are told: `image_decoder`'s arguments and more.

    `data_format` is `channels_last`; `sample_shape` (height, width, channels) is there if it is known.
    """
    told = {
        "color_mode": color_mode,
        "target_size": target_size,
        "interpolation": interpolation,
        "data_format": "channels_last",
    }
    channels = channels_of(color_mode)
    return {**told, "sample_shape": (*target_size, channels)} if target_size and channels else told


def read_image_file(path: Any, target_channels: int = 0, return_numpy: bool = False) -> Any:
    """Read an image file.

    Args:
        path: A file of one of `FORMATS`: a str, bytes, a path, or a scalar of NumPy or TensorFlow.
        target_channels: 1, 3 or 4 channels; 0 for as many as the file has.
        return_numpy: Return an array; False gives a TensorFlow tensor.

    Returns:
        Pixels of shape (height, width, channels), uint8 (a `.npy` file has its own type).

    Raises:
        DatasetError: If the file is missing or cannot be decoded.
    """
    path = path_of(path)
    if not path.is_file():
        raise DatasetError(f"There is no image file {path}")
    pixels = FileSource([path], image_decoder(color_mode_of(target_channels))).load(0)
    if return_numpy:
        return pixels
    import tensorflow as tf

    return tf.convert_to_tensor(pixels)


def _decode(path: Path, color_mode: str, size: tuple[int, int] | None, interpolation: str) -> np.ndarray:
    if path.suffix.lower() == ".npy":
        return _decode_array(path, color_mode, size, interpolation)
    from PIL import Image

    with Image.open(path) as file:
        image = _converted(file, color_mode)
        if size is not None and image.size != (size[1], size[0]):
            image = image.resize((size[1], size[0]), _resampling(interpolation))
        pixels = np.asarray(image)
    return pixels if pixels.ndim == 3 else pixels[:, :, np.newaxis]


def _converted(image: Image, color_mode: str) -> Image:
    """Return the image with 8 bits a channel in a colour mode."""
    from PIL import Image as pillow  # noqa: N813  # the module, beside its class of the same name

    if image.mode.startswith("I;16"):  # Pillow would clip at 255
        image = pillow.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode == "P" and "transparency" in image.info:
        image = image.convert("RGBA")
    wanted = _PILLOW_MODES.get(color_mode)
    if wanted is None and image.mode not in _PILLOW_MODES.values():
        wanted = "L" if image.mode in ("1", "I", "F", "LA") else "RGB"
    return image if wanted in (None, image.mode) else image.convert(wanted)


def _decode_array(
    path: Path, color_mode: str, size: tuple[int, int] | None, interpolation: str
) -> np.ndarray:
    data = _read_array(path, channels_of(color_mode))
    if size in (None, data.shape[:2]):
        return data
    from PIL import Image

    channels = (Image.fromarray(data[:, :, k].astype(np.float32)) for k in range(data.shape[2]))
    resized = (image.resize((size[1], size[0]), _resampling(interpolation)) for image in channels)
    return np.stack([np.asarray(image) for image in resized], axis=2)


def _read_array(path: Path, channels: int | None) -> np.ndarray:
    with path.open("rb") as file:
        data: np.ndarray = np.lib.format.read_array(file, allow_pickle=False)
    data = data[:, :, np.newaxis] if data.ndim == 2 else data
    if data.ndim != 3 or not data.size or channels not in (None, data.shape[2]):
        raise ValueError(f"its shape is {data.shape}, not (height, width, {channels or 'channels'})")
    if data.dtype.kind not in "buif" or not np.isfinite(data).all():
        raise ValueError("it holds values that are no finite numbers")
    return data


def _resampling(interpolation: str) -> Any:
    from PIL.Image import Resampling

    return Resampling[interpolation.upper()]
