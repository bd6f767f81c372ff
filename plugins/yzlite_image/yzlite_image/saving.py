"""Arrays to image files."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, overload

import numpy as np

from yzlite_core.errors import DatasetError
from yzlite_core.plugin import Sample
from yzlite_core.plugin.files import replacing


@overload
def write_image_file(
    path: str | os.PathLike[str], sample: np.ndarray, auto_scale: bool = True, batch_size: None = None
) -> Path: ...
@overload
def write_image_file(
    path: str | os.PathLike[str], sample: np.ndarray, auto_scale: bool = True, *, batch_size: int
) -> list[Path]: ...
def write_image_file(
    path: str | os.PathLike[str], sample: np.ndarray, auto_scale: bool = True, batch_size: int | None = None
) -> Path | list[Path]:
    """Write an image file, or those of a batch.

    Args:
        path: The file, whose suffix chooses the format, or a folder: then the file is a PNG named after
            its content.
        sample: Pixels of shape (height, width) or (height, width, 1, 3 or 4).
        auto_scale: Stretch floats to 0..255; otherwise they are rounded and clipped to it. int8, as of a
            quantized network, is moved to 0..255; other integers are clipped.
        batch_size: How many images are written if `sample` is a batch, 1 to n of shape (n, height, width,
            channels); to `image_0.png` and so on if `path` is `image.png`.

    Returns:
        The file; the files of a batch.

    Raises:
        DatasetError: If the shape is not that of an image or of such a batch, or the suffix that of no known
            format.
    """
    target = Path(path)
    if batch_size is None or np.ndim(sample) != 4:
        return _write_image(target, sample, auto_scale)
    if not 1 <= batch_size <= len(sample):
        raise DatasetError(f"{batch_size} images cannot be written of a batch of {len(sample)}")
    names = [
        target if target.is_dir() or not target.suffix else target.with_stem(f"{target.stem}_{number}")
        for number in range(batch_size)
    ]
    return [_write_image(name, image, auto_scale) for name, image in zip(names, sample, strict=False)]


def _write_image(target: Path, sample: np.ndarray, auto_scale: bool) -> Path:
    from PIL import Image

    pixels = image_pixels(sample, auto_scale)
    if target.is_dir() or not target.suffix:
        target /= hashlib.sha256(pixels.tobytes()).hexdigest()[:16] + ".png"
    image = Image.fromarray(pixels)
    with replacing(target) as temporary:
        try:
            image.save(temporary)
        except (ValueError, OSError) as error:
            raise DatasetError(f"{target} cannot be written: {error}") from error
    return target


def image_pixels(sample: np.ndarray, auto_scale: bool) -> np.ndarray:
    """Return pixels, uint8 of shape (height, width) or (height, width, 3 or 4); see `write_image_file`."""
    given = np.asarray(sample)
    data = given.astype(np.float32) + (128 if given.dtype == np.int8 else 0)
    if data.ndim == 3 and data.shape[2] == 1:
        data = data[:, :, 0]
    if data.ndim != 2 and (data.ndim != 3 or data.shape[2] not in (3, 4)):
        raise DatasetError(f"An array of shape {np.shape(sample)} is no image of 1, 3 or 4 channels")
    if auto_scale and given.dtype.kind == "f":
        low, high = data.min(), data.max()
        data = (data - low) * (255 / (high - low)) if high > low else data
    return np.clip(np.rint(data), 0, 255).astype(np.uint8)


def has_other_range(sample: np.ndarray) -> bool:
    """Tell whether values are no pixels in 0..255, but say in -1..1, and have to be stretched to be seen."""
    low, high = sample.min(), sample.max()
    return bool(low < 0 or high > 255 or 0 < high <= 1)


@dataclass(frozen=True)
class SaveImages:
    """Write each image as it stands before it is standardized; the image itself stays as it is.

    Values that are not in 0..255 are stretched to it.

    The files are named `<prefix>_<index>_<number>.<format>`; the number is drawn for each epoch.

    Args:
        folder: Where the files go.
        prefix: What their names begin with.
        format: Their suffix.
    """

    order: ClassVar[int] = 900

    folder: Path
    prefix: str = ""
    format: str = "png"

    def draw(self, rng: np.random.Generator, sample: Sample) -> str:
        """Draw the name of the file."""
        return f"{self.prefix}_{sample.index}_{rng.integers(10**7):07d}.{self.format}"

    def apply(self, data: np.ndarray, parameters: str) -> np.ndarray:
        """Write the image, and return it."""
        write_image_file(self.folder / parameters, data, auto_scale=has_other_range(data))
        return data
