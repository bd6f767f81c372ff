"""Photographs of a hand: what is behind and before it, the light, and the camera's faults."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yzlite_models.datasets.synthesis.solids import Bones, Relief, lit, relief, smoothed

Rng = np.random.Generator

OVERSAMPLING = 2  # drawn so many times larger, then averaged: smooth edges


@dataclass(frozen=True)
class Framing:
    """Where the hand stands in the picture.

    Attributes:
        rotation: From the hand's frame to the picture's (x right, y down, z to the camera), 3 x 3.
        scale: Length of the hand's unit as a share of the picture's width.
        margin: How far the hand's middle may be from the picture's, as a share of the free space.
    """

    rotation: np.ndarray
    scale: float
    margin: float


def some_view(shape: str, rng: Rng) -> Framing:
    """Draw from where a hand is seen: its palm or its back, tilted, either hand, near or far.

    A fist is recognised from the side too, where an open hand or two fingers would hide each other.
    """
    sideways = 60.0 if shape == "rock" else 26.0
    turn = rng.choice([0.0, 180.0]) + rng.uniform(-sideways, sideways)
    nod, roll = rng.uniform(-22, 22), rng.uniform(-40, 40)
    mirror = np.diag([rng.choice([-1.0, 1.0]), -1.0, 1.0])
    rotation = mirror @ _about(2, roll) @ _about(0, nod) @ _about(1, turn)
    return Framing(rotation, scale=0.4 * rng.uniform(0.55, 1.1), margin=rng.uniform(0, 0.7))


def photograph(hand: Bones, framing: Framing, size: int, rng: Rng) -> np.ndarray:
    """Take a picture.

    Args:
        hand: Bones in the hand's frame.
        framing: From where and how large the hand is seen.
        size: Width and height in pixels.
        rng: Draws the scenery, the light and the camera's faults.

    Returns:
        Grey values, shape (size, size).
    """
    wide = size * OVERSAMPLING
    placed = _placed(hand, framing, wide, rng)
    light = np.array([rng.uniform(-0.8, 0.8), rng.uniform(-0.9, 0.3), 1.0])
    light /= np.sqrt((light * light).sum())
    ambient = rng.uniform(0.3, 0.6)

    seen = relief(placed, wide)
    skin = float(hand.tones[0])
    picture = _background(wide, skin, rng)
    things = _things(wide, int(rng.integers(0, 4)), (0.045, 0.12), skin, rng)
    picture = np.where(things.covered, lit(things, light, ambient), picture)
    picture = _shadowed(picture, seen.covered, light, rng)
    picture = np.where(seen.covered, lit(seen, light, ambient), picture)
    wires = _things(wide, int(rng.integers(0, 3)), (0.004, 0.01), skin, rng)
    picture = np.where(wires.covered, wires.tone, picture)
    return _exposed(picture * _falloff(wide, rng), rng)


def _about(axis: int, degrees: float) -> np.ndarray:
    """Return the rotation by an angle about one axis."""
    first, second = (other for other in range(3) if other != axis)
    turn = np.eye(3)
    turn[[first, second], [first, second]] = np.cos(np.radians(degrees))
    turn[first, second], turn[second, first] = np.array([-1, 1]) * np.sin(np.radians(degrees))
    return turn


def _placed(hand: Bones, framing: Framing, wide: int, rng: Rng) -> Bones:
    """Bring the hand (without the forearm, whose bones go below y = 0) into the picture."""
    turned = hand.moved(framing.rotation, framing.scale * wide, np.zeros(3))
    proper = (hand.ends[:, :, 1] >= 0).all(axis=1)
    low = (turned.ends.min(axis=1)[:, :2] - turned.radii.max(axis=1)[:, None])[proper].min(axis=0)
    high = (turned.ends.max(axis=1)[:, :2] + turned.radii.max(axis=1)[:, None])[proper].max(axis=0)
    free = np.maximum(wide - (high - low), 0.06 * wide) / 2
    middle = wide / 2 + rng.uniform(-1, 1, 2) * free * framing.margin
    return turned.moved(np.eye(3), 1.0, np.array([*(middle - (low + high) / 2), 0.0]))


def _background(wide: int, skin: float, rng: Rng) -> np.ndarray:
    """Draw a wall or a table: grey, a gradient, a texture, flat things on it."""
    picture = np.full((wide, wide), _unlike(skin, rng), np.float32)
    contrast = np.float32(rng.uniform(0.02, 0.14))
    if rng.random() < 0.6:
        picture += contrast * _plane(wide, rng)
    if rng.random() < 0.6:
        picture += contrast * _texture(wide, rng)
    for _ in range(rng.integers(0, 4)):
        picture += np.float32(contrast * rng.uniform(-1, 1)) * _rectangle(wide, rng)
    return np.asarray(np.clip(picture, 0.02, 1))


def _unlike(skin: float, rng: Rng) -> float:
    """Draw a tone that is not quite that of the skin in middling light."""
    tones = rng.uniform(0.05, 0.95, 16)
    return float(tones[np.argmax(np.abs(tones - 0.85 * skin) > 0.24)])


def _plane(wide: int, rng: Rng) -> np.ndarray:
    """Draw a slope from -1 to 1 in any direction."""
    slope = rng.uniform(-1, 1, 2)
    across = np.linspace(-1, 1, wide)
    right, down = (slope / np.abs(slope).sum())[:, None] * across
    return np.asarray(right + down[:, None], np.float32)


def _texture(wide: int, rng: Rng) -> np.ndarray:
    """Draw smooth random patches between -1 and 1: cloth, wood (longer one way than the other), plaster."""
    rows, columns = rng.integers(3, 40, 2)
    patches = rng.uniform(-1, 1, (rows + 1, columns + 1))
    return np.asarray(_stretched(_stretched(patches, wide).T, wide).T)


def _stretched(corners: np.ndarray, count: int) -> np.ndarray:
    """Interpolate linearly between rows, so that there are `count` of them."""
    place = np.linspace(0, len(corners) - 1, count)
    above = np.minimum(place.astype(int), len(corners) - 2)
    share = (place - above)[:, None]
    return np.asarray(corners[above] * (1 - share) + corners[above + 1] * share, np.float32)


def _rectangle(wide: int, rng: Rng) -> np.ndarray:
    """Draw a flat rectangle of ones, turned anyhow."""
    angle = rng.uniform(0, np.pi)
    cosine, sine = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    middle, half = rng.uniform(0, wide, 2), np.float32(rng.uniform(0.05, 0.35, 2) * wide)
    right, down = (np.arange(wide) - middle[:, None]).astype(np.float32)
    along, aside = right * cosine + down[:, None] * sine, down[:, None] * cosine - right * sine
    return np.asarray((np.abs(along) < half[0]) & (np.abs(aside) < half[1]), np.float32)


def _things(wide: int, count: int, thickness: tuple[float, float], skin: float, rng: Rng) -> Relief:
    """Throw rods and balls about; their radii are shares of the picture's width."""
    tones = np.array([_unlike(skin, rng) for _ in range(count)])
    starts = rng.uniform(-0.1, 1.1, (count, 2))
    spans = rng.uniform(-0.8, 0.8, (count, 2)) * rng.choice([0.02, 1.0], (count, 1))
    ends = np.zeros((count, 2, 3))
    ends[:, 0, :2], ends[:, 1, :2] = starts * wide, (starts + spans) * wide
    radii = np.repeat(rng.uniform(*thickness, (count, 1)), 2, axis=1) * wide
    return relief(Bones(ends, radii, tones), wide)


def _shadowed(picture: np.ndarray, covered: np.ndarray, light: np.ndarray, rng: Rng) -> np.ndarray:
    """Let the hand throw a soft shadow, away from the light."""
    depth = rng.uniform(0, 0.12) * len(picture)
    pixels = np.arange(len(picture))
    columns, rows = (np.clip(pixels + int(depth * share), 0, pixels[-1]) for share in light[:2])
    shadow = smoothed(smoothed(covered[np.ix_(rows, columns)].astype(np.float32), 4), 2)
    return np.asarray(picture * (1 - np.float32(rng.uniform(0, 0.5)) * shadow))


def _falloff(wide: int, rng: Rng) -> np.ndarray:
    """Let the light be brighter on one side."""
    return np.asarray(1 + np.float32(rng.uniform(0, 0.3)) * _plane(wide, rng))


def _exposed(picture: np.ndarray, rng: Rng) -> np.ndarray:
    """Average to the final size; blur, contrast, brightness and noise as a cheap camera has them."""
    for step in range(1, 1 + rng.integers(0, 3)):
        picture = smoothed(picture, step)
    size = len(picture) // OVERSAMPLING
    picture = (picture[0::2, 0::2] + picture[0::2, 1::2] + picture[1::2, 0::2] + picture[1::2, 1::2]) / 4
    contrast, brightness = rng.uniform(0.75, 1.25), rng.uniform(-0.1, 0.12)
    noise = rng.normal(0, rng.uniform(0.004, 0.025), (size, size))
    grey = (picture - 0.5) * contrast + 0.5 + brightness + noise
    return np.asarray(np.clip(np.rint(grey * 255), 0, 255), np.uint8)
