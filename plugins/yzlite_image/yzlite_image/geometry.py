"""Rotation, shift, shear, zoom and flips: one affine map, one interpolation."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

#: A shift as it is set: an int or a float from 1 on are pixels, a float below 1 a share of the side, a
#: tuple the amounts to choose from.
Shift = int | float | tuple[float, ...]

#: (a, b, c, d, y, x): the pixel at (r, q) takes the value at (a r + b q + y, c r + d q + x), both counted
#: from the centre.
Affine = tuple[float, float, float, float, float, float]

IDENTITY: Affine = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True)
class Geometry:
    """How the pixels of an image are moved about its centre.

    The parts are applied in the order and with the signs of Keras: an output pixel takes the value at
    rotation(shift(shear(zoom(flip(pixel))))) of the input. The values of a range are equally likely.
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

    def draw(self, rng: np.random.Generator, height: int, width: int) -> Affine:
        """Draw the map of one image of `height` and `width` pixels."""
        rotation, down, down_sign, right, right_sign, shear, *rest = rng.random(10).tolist()
        zoom_y, zoom_x, mirror, upset = rest
        low, high = self.zoom_range
        return affine_map(
            rotation=self.rotation_range * (2 * rotation - 1),
            shift=(
                drawn_shift(self.height_shift_range, height, down, down_sign),
                drawn_shift(self.width_shift_range, width, right, right_sign),
            ),
            shear=self.shear_range * (2 * shear - 1),
            zoom=(low + (high - low) * zoom_y, low + (high - low) * zoom_x),
            flip=(self.vertical_flip and upset < 0.5, self.horizontal_flip and mirror < 0.5),
        )


def affine_map(
    *,
    rotation: float = 0.0,
    shift: tuple[float, float] = (0.0, 0.0),
    shear: float = 0.0,
    zoom: tuple[float, float] = (1.0, 1.0),
    flip: tuple[bool, bool] = (False, False),
) -> Affine:
    """Return the map from output to input coordinates that is made of these parts.

    Args:
        rotation: Degrees.
        shift: Pixels (rows, columns) that the sampling points move, before they are rotated.
        shear: Degrees.
        zoom: Factors (rows, columns) of the distance of the sampling points; below 1 enlarges.
        flip: Whether (rows, columns) are mirrored.
    """
    angle, slant = math.radians(rotation), math.radians(rotation + shear)
    cos, sin = math.cos(angle), math.sin(angle)
    rows, columns = (-z if mirrored else z for z, mirrored in zip(zoom, flip, strict=True))
    return (
        rows * cos,
        columns * -math.sin(slant),
        rows * sin,
        columns * math.cos(slant),
        cos * shift[0] - sin * shift[1],
        sin * shift[0] + cos * shift[1],
    )


def described_map(affine: Affine) -> list[str]:
    """Return in words what a map does to an image; there may be other words for the same map.

    Args:
        affine: The map, as `affine_map` makes it.
    """
    a, b, c, d, y, x = affine
    upset = a < 0  # a turn beyond a right angle is a smaller one of the mirrored image
    rows = -math.hypot(a, c) if upset else math.hypot(a, c)
    angle = math.atan2(c / rows, a / rows)
    mirrored = (a * d - b * c) * rows < 0
    columns = -math.hypot(b, d) if mirrored else math.hypot(b, d)
    slant = math.atan2(-b / columns, d / columns) - angle
    slant = (slant + math.pi) % (2 * math.pi) - math.pi
    down = math.cos(angle) * y + math.sin(angle) * x
    right = math.cos(angle) * x - math.sin(angle) * y
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


def drawn_shift(shift: Shift, side: int, u: float, sign: float) -> float:
    """Return the shift in pixels that two numbers, uniform in [0, 1), draw.

    Args:
        shift: The range as it is set.
        side: Height or width of the image in pixels.
        u: Draws the amount.
        sign: Draws the sign of an amount from a list.
    """
    if isinstance(shift, tuple):
        amount = shift[int(u * len(shift))] * (1 if sign < 0.5 else -1)
        return amount * side if max(map(abs, shift)) < 1 else amount
    if isinstance(shift, int):
        return float(math.floor(u * (2 * shift + 1)) - shift)
    return (2 * u - 1) * shift * (side if shift < 1 else 1)
