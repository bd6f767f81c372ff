"""Rotation, shift, shear, zoom and flips: one affine map, one interpolation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

#: A shift as it is set: an int or a float from 1 on are pixels, a float below 1 a share of the side, a
#: tuple the amounts to choose from.
Shift = int | float | tuple[float, ...]

#: The map that leaves an image as it is; see `affine_map`.
IDENTITY: Final = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

Numbers = float | np.ndarray


@dataclass(frozen=True)
class Geometry:
    """How the pixels of an image are moved about its centre.

    The parts are applied in the order and with the signs of Keras 3: an output pixel takes the value at
    rotation(shift(shear(zoom(flip(pixel))))) of the input. But a height shift moves rows, while in Keras it
    moves columns, and the centre is that of the image even if it is no square. The values of a range are
    equally likely.
    Ten random numbers are drawn for each image, whatever is switched on, so that no range changes what
    another draws: rotation; height shift and its sign; width shift and its sign; shear; zoom of the
    height and of the width; horizontal flip; vertical flip.

    Args:
        rotation_range: Largest angle to either side, in degrees.
        height_shift_range: Largest vertical shift to either side.
        width_shift_range: Largest horizontal shift to either side.
        shear_range: Largest shear angle to either side, in degrees.
        zoom_range: Smallest and largest zoom, drawn for each axis; below 1 enlarges.
        horizontal_flip: Whether half of the images are mirrored left to right.
        vertical_flip: Whether half of the images are turned upside down.
    """

    rotation_range: float = 0.0
    height_shift_range: Shift = 0
    width_shift_range: Shift = 0
    shear_range: float = 0.0
    zoom_range: tuple[float, float] = (1.0, 1.0)
    horizontal_flip: bool = False
    vertical_flip: bool = False

    def maps(self, shares: np.ndarray, sides: np.ndarray) -> np.ndarray:
        """Return the maps of images that random numbers draw: `affine_map` of their `parts`."""
        return affine_map(**self.parts(shares, sides))

    def parts(self, shares: np.ndarray, sides: np.ndarray) -> dict[str, Any]:
        """Return the parts of those maps, as `affine_map` takes them.

        Args:
            shares: The numbers of each image, uniform in [0, 1), of shape (n, 10).
            sides: Height and width of each in pixels, of shape (n, 2).
        """
        rotation, down, down_sign, right, right_sign, shear, *rest = shares.T
        zoom_y, zoom_x, mirror, upset = rest
        low, high = self.zoom_range
        return {
            "rotation": self.rotation_range * (2 * rotation - 1),
            "shift": (
                drawn_shift(self.height_shift_range, sides[:, 0], down, down_sign),
                drawn_shift(self.width_shift_range, sides[:, 1], right, right_sign),
            ),
            "shear": self.shear_range * (2 * shear - 1),
            "zoom": (low + (high - low) * zoom_y, low + (high - low) * zoom_x),
            "flip": (self.vertical_flip & (upset < 0.5), self.horizontal_flip & (mirror < 0.5)),
        }


def affine_map(
    *,
    rotation: Numbers = 0.0,
    shift: tuple[Numbers, Numbers] = (0.0, 0.0),
    shear: Numbers = 0.0,
    zoom: tuple[Numbers, Numbers] = (1.0, 1.0),
    flip: tuple[Numbers, Numbers] = (False, False),
) -> np.ndarray:
    """Return the map from output to input coordinates that is made of these parts.

    Each part is a number, or an array of one for each of several maps.

    Args:
        rotation: Degrees that the sampling points turn, clockwise.
        shift: Pixels (rows, columns) that the sampling points move, before they are rotated.
        shear: Degrees that the columns of sampling points lean.
        zoom: Factors (rows, columns) of the distance of the sampling points; below 1 enlarges.
        flip: Whether (rows, columns) are mirrored.

    Returns:
        (a, b, c, d, y, x), float64 of shape (6,) or (n, 6): the pixel at (r, q) takes the value at
        (a r + b q + y, c r + d q + x), both counted from the centre.
    """
    angle, slant = np.radians(rotation), np.radians(np.add(rotation, shear))
    cos, sin = np.cos(angle), np.sin(angle)
    rows, columns = (np.where(mirrored, -1.0, 1.0) * z for z, mirrored in zip(zoom, flip, strict=True))
    down, right = shift
    parts = (
        rows * np.cos(slant),
        columns * sin,
        -rows * np.sin(slant),
        columns * cos,
        cos * down + sin * right,
        cos * right - sin * down,
    )
    made: np.ndarray = np.stack(np.broadcast_arrays(*parts), axis=-1)
    return made


def described_map(affine: Sequence[float] | np.ndarray) -> list[str]:
    """Return in words what a map does to an image; there may be other words for the same map.

    Args:
        affine: The map, as `affine_map` makes it.
    """
    a, b, c, d, y, x = affine
    mirrored = d < 0  # a turn beyond a right angle is a smaller one of the mirrored image
    columns = -math.hypot(b, d) if mirrored else math.hypot(b, d)
    angle = math.atan2(b / columns, d / columns)
    upset = (a * d - b * c) * columns < 0
    rows = -math.hypot(a, c) if upset else math.hypot(a, c)
    slant = math.atan2(-c / rows, a / rows) - angle
    slant = (slant + math.pi) % (2 * math.pi) - math.pi
    down = math.cos(angle) * y - math.sin(angle) * x
    right = math.cos(angle) * x + math.sin(angle) * y
    parts = [
        (f"rotated {math.degrees(angle):+.0f}°", abs(math.degrees(angle)) >= 0.5),
        (f"moved {down:+.1f}, {right:+.1f}", max(abs(down), abs(right)) >= 0.05),
        (f"sheared {math.degrees(slant):+.0f}°", abs(math.degrees(slant)) >= 0.5),
        (
            f"zoom {abs(rows):.2f}, {abs(columns):.2f}",
            max(abs(abs(rows) - 1), abs(abs(columns) - 1)) >= 0.005,
        ),
        ("upside down", upset),
        ("mirrored", mirrored),
    ]
    return [text for text, shown in parts if shown]


def drawn_shift(shift: Shift, side: Numbers, u: np.ndarray, sign: np.ndarray) -> np.ndarray:
    """Return the shifts in pixels that random numbers, uniform in [0, 1), draw.

    Args:
        shift: The range as it is set.
        side: Height or width of the images in pixels.
        u: Draws the amounts, of shape (n,).
        sign: Draws the signs of amounts from a list, of shape (n,).
    """
    if isinstance(shift, tuple):
        amounts = np.array(shift, np.float64)[(u * len(shift)).astype(np.intp)]
        signed = np.where(sign < 0.5, amounts, -amounts)
        return signed * side if max(map(abs, shift)) < 1 else signed
    if isinstance(shift, int):
        whole: np.ndarray = np.floor(u * (2 * shift + 1)) - shift
        return whole
    return (2 * u - 1) * shift * (side if shift < 1 else 1)
