"""Pictures of round bones: where they are, how near, and how the light falls on them.

Pixels are computed by additions, multiplications, divisions and square roots alone, which every
processor rounds alike, so that a picture does not depend on where it is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


@dataclass(frozen=True)
class Bones:
    """Cones with round ends.

    Attributes:
        ends: Where each starts and ends, shape (n, 2, 3).
        radii: Radius at the start and at the end, shape (n, 2).
        tones: Lightness of the surface, 0..1, shape (n,).
    """

    ends: np.ndarray
    radii: np.ndarray
    tones: np.ndarray

    def moved(self, rotation: np.ndarray, scale: float, shift: np.ndarray) -> Bones:
        """Return the bones rotated (3 x 3 matrix), then scaled, then shifted by (x, y, z)."""
        return Bones(self.ends @ rotation.T * scale + shift, self.radii * scale, self.tones)


class Relief(NamedTuple):
    """What the camera sees of bones.

    Attributes:
        height: Distance towards the camera in pixels, shape (size, size); -inf beside the bones.
        tone: Lightness of the surface, shape (size, size).
    """

    height: np.ndarray
    tone: np.ndarray

    @property
    def covered(self) -> np.ndarray:
        """Tell for each pixel whether it shows a bone."""
        return np.asarray(np.isfinite(self.height))


def relief(bones: Bones, size: int) -> Relief:
    """Look at bones along z: x goes right and y down, in pixels; what has the larger z is nearer."""
    height = np.full((size, size), -np.inf, np.float32)
    tone = np.zeros((size, size), np.float32)
    grid = np.arange(size, dtype=np.float32)
    reach = bones.radii.max(axis=1)[:, None]
    low = np.clip(np.floor(bones.ends.min(axis=1)[:, :2] - reach), 0, size).astype(int)
    high = np.clip(np.ceil(bones.ends.max(axis=1)[:, :2] + reach) + 1, 0, size).astype(int)
    starts = bones.ends[:, 0].astype(np.float32)
    spans = (bones.ends[:, 1] - bones.ends[:, 0]).astype(np.float32)
    radii = bones.radii.astype(np.float32)
    for bone in np.flatnonzero((high > low).all(axis=1)):
        (left, top), (right, bottom) = low[bone], high[bone]
        (from_x, from_y, from_z), (span_x, span_y, span_z) = starts[bone], spans[bone]
        x, y = grid[left:right] - from_x, grid[top:bottom, None] - from_y
        length2 = max(span_x * span_x + span_y * span_y, np.float32(1e-6))
        share = np.minimum(np.maximum((x * span_x + y * span_y) / length2, 0), 1)
        radius = radii[bone, 0] + share * (radii[bone, 1] - radii[bone, 0])
        aside_x, aside_y = x - share * span_x, y - share * span_y
        inside = radius * radius - aside_x * aside_x - aside_y * aside_y
        near = np.sqrt(np.maximum(inside, 0)) + share * span_z + from_z
        window = height[top:bottom, left:right]
        seen = (inside > 0) & (near > window)
        window[seen] = near[seen]
        tone[top:bottom, left:right][seen] = bones.tones[bone]
    return Relief(height, tone)


def lit(seen: Relief, light: np.ndarray, ambient: float) -> np.ndarray:
    """Light a relief.

    Args:
        seen: The relief.
        light: Direction towards the light, length 1 (x right, y down, z to the camera).
        ambient: Share of the light that comes from everywhere, 0..1.

    Returns:
        Lightness 0..1, shape (size, size); 0 beside the bones.
    """
    covered = seen.covered
    if not covered.any():
        return seen.tone
    window = tuple(_extent(np.asarray(covered.any(axis=axis))) for axis in (1, 0))
    floor = seen.height[covered].min()
    height = smoothed(smoothed(np.maximum(seen.height[window], floor), 1), 2)
    slope_y, slope_x = np.gradient(height)
    across, down, towards = light.astype(np.float32)
    steepness = np.sqrt(1 + slope_x * slope_x + slope_y * slope_y)
    facing = (towards - across * slope_x - down * slope_y) / steepness
    sunken = np.maximum(smoothed(smoothed(height, 4), 4) - height, 0) / 10
    share = np.float32(ambient)
    lightness = seen.tone.copy()
    lightness[window] *= share / (1 + sunken) + (1 - share) * np.maximum(facing, 0)
    return np.asarray(lightness)


def _extent(flags: np.ndarray) -> slice:
    """Return the range from the first to the last true flag, with a little margin."""
    found = np.flatnonzero(flags)
    return slice(max(found[0] - 2, 0), found[-1] + 3)


def smoothed(image: np.ndarray, step: int) -> np.ndarray:
    """Blur with the binomial kernel 1 4 6 4 1 whose taps are `step` pixels apart (sigma = step)."""
    return np.asarray(_smoothed_rows(_smoothed_rows(image, step).T, step).T)


def _smoothed_rows(image: np.ndarray, step: int) -> np.ndarray:
    count = len(image)
    padded = image[np.clip(np.arange(-2 * step, count + 2 * step), 0, count - 1)]
    above2, above, middle, below, below2 = (padded[tap * step : tap * step + count] for tap in range(5))
    total = above + below
    total += middle
    total *= 4
    for rest in (above2, middle, middle, below2):  # in place: four times faster than one expression
        total += rest
    total *= np.float32(1 / 16)
    return np.asarray(total)
