"""Tell new images from those that were seen before: a camera sees the same scene again and again."""

from __future__ import annotations

from collections import deque

import numpy as np

from yzlite_image.saving import image_pixels

_CELLS = 4  # along a side of a quadrant


class UniqueImageDatabase:
    """Images that differ from each other.

    Args:
        maxlen: How many are remembered; the oldest is forgotten for a new one.
        threshold: From which likeness on two images count as the same; equal ones have 1, unrelated ones 0.
        quadrants: Parts along each side in which images are compared; more of them see finer differences.
    """

    def __init__(self, maxlen: int = 512, threshold: float = 0.85, quadrants: int = 3) -> None:
        self.threshold = threshold
        self.quadrants = quadrants
        self._known: deque[np.ndarray] = deque(maxlen=maxlen)

    def __len__(self) -> int:
        return len(self._known)

    def add(self, img: np.ndarray) -> bool:
        """Remember an image unless one like it is known.

        Args:
            img: Pixels of shape (height, width) or (height, width, 1, 3 or 4), of any range.

        Returns:
            Whether it is new.

        Raises:
            DatasetError: If the shape is not that of an image.
        """
        signature = create_signature(img, self.quadrants)
        if any(float(signature @ known) >= self.threshold for known in self._known):
            return False
        self._known.append(signature)
        return True


def create_signature(img: np.ndarray, quadrants: int = 3) -> np.ndarray:
    """Return what is remembered of an image: how bright its parts are, compared to each other.

    Brightness and contrast of the whole image do not matter. The scalar product of two signatures is the
    likeness of their images, the coefficient of correlation of the parts.

    Args:
        img: Pixels of shape (height, width) or (height, width, 1, 3 or 4), of any range.
        quadrants: Parts along each side.

    Returns:
        Float64 vector of length 1, of `(4 * quadrants) ** 2 + 1` elements.

    Raises:
        DatasetError: If the shape is not that of an image.
    """
    from PIL import Image

    side = quadrants * _CELLS
    grey = Image.fromarray(image_pixels(np.asarray(img, np.float32), auto_scale=True)).convert("F")
    cells = np.asarray(grey.resize((side, side), Image.Resampling.BOX), np.float64).ravel()
    cells = cells - cells.mean()
    length = np.linalg.norm(cells)
    uniform = length < 1e-6 * side  # images without any structure are all alike
    return np.append(np.zeros_like(cells), 1.0) if uniform else np.append(cells / length, 0.0)
