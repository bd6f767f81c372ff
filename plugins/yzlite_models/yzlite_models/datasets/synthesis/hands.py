"""Hands in three dimensions: bones with thickness, posed as rock, paper or scissors.

The hand's own frame: x points to the thumb, y from the wrist to the fingers, z out of the palm; the
unit is the distance from the wrist to the knuckle of the middle finger (about 9 cm). A bone is a
cone with round ends: a start, an end, a radius at each, and how light its surface is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from yzlite_models.datasets.synthesis.solids import Bones


class Finger(NamedTuple):
    """One of the four fingers of an average hand."""

    x: float
    y: float
    phalanges: tuple[float, float, float]
    radius: float
    splay: float


INDEX, MIDDLE, RING, LITTLE = FINGERS = (
    Finger(0.33, 0.93, (0.42, 0.25, 0.17), 0.125, 1.0),
    Finger(0.10, 1.00, (0.46, 0.28, 0.18), 0.128, 0.25),
    Finger(-0.13, 0.95, (0.43, 0.26, 0.18), 0.122, -0.5),
    Finger(-0.35, 0.84, (0.34, 0.19, 0.16), 0.106, -1.35),
)

# Joint angles in degrees (knuckle, middle, end) of a finger that is stretched, and of one in a fist.
_STRETCHED = np.array([5.0, 6.0, 4.0])
_FOLDED = np.array([84.0, 102.0, 58.0])

_THUMB_RADII = (0.2, 0.14, 0.122, 0.098)

# Where the thumb goes: its root, knuckle, joint and tip.
_THUMB_OVER_FINGERS = np.array([[0.2, 0.1, 0.08], [0.47, 0.42, 0.3], [0.34, 0.65, 0.58], [0.04, 0.7, 0.63]])
_THUMB_BESIDE_FIST = np.array([[0.2, 0.1, 0.08], [0.5, 0.42, 0.24], [0.48, 0.7, 0.38], [0.36, 0.92, 0.44]])
_THUMB_ON_RING = np.array([[0.2, 0.1, 0.08], [0.4, 0.4, 0.3], [0.2, 0.62, 0.52], [-0.1, 0.68, 0.6]])
_THUMB_ALONG_HAND = np.array([[0.2, 0.1, 0.06], [0.5, 0.4, 0.12], [0.6, 0.72, 0.12], [0.6, 0.97, 0.1]])
_THUMB_OUT = np.array([[0.2, 0.1, 0.06], [0.54, 0.38, 0.1], [0.84, 0.58, 0.1], [1.05, 0.76, 0.08]])


@dataclass(frozen=True)
class Person:
    """What one person's hands have in common in every picture.

    Attributes:
        finger_lengths: Factor of each finger's length, index to little.
        thickness: Factor of all radii.
        width: Factor of the palm's width.
        forearm: Radius of the forearm at the wrist, in hand units.
        skin: Lightness of the skin, 0..1.
        nails: Lightness of the finger nails.
        spread: How far the fingers spread when stretched, in degrees a finger.
    """

    finger_lengths: tuple[float, ...]
    thickness: float
    width: float
    forearm: float
    skin: float
    nails: float
    spread: float


def someone(rng: np.random.Generator) -> Person:
    """Draw a person."""
    skin = rng.uniform(0.26, 0.92)
    return Person(
        finger_lengths=tuple(rng.uniform(0.87, 1.13) * rng.uniform(0.96, 1.04, 4)),
        thickness=rng.uniform(0.88, 1.13),
        width=rng.uniform(0.92, 1.1),
        forearm=rng.uniform(0.22, 0.29),
        skin=skin,
        nails=min(1.0, skin * rng.uniform(1.02, 1.2) + 0.04),
        spread=rng.uniform(5.0, 13.0),
    )


def pose(shape: str, person: Person, rng: np.random.Generator) -> Bones:
    """Pose a right hand.

    Args:
        shape: 'rock', 'paper' or 'scissors'.
        person: Whose hand.
        rng: Draws how exactly the fingers stand this time.

    Returns:
        The hand's bones, with the forearm, in the hand's own frame.
    """
    stretched = {"rock": (), "paper": FINGERS, "scissors": (INDEX, MIDDLE)}[shape]
    spread = person.spread * rng.uniform(0.75, 1.25)
    if shape == "scissors":
        spread = rng.uniform(17.0, 29.0)
    bones = _Builder(person)
    bones.palm()
    for number, finger in enumerate(FINGERS):
        bend = _STRETCHED * rng.uniform(-0.3, 2.2) if finger in stretched else _FOLDED + rng.normal(0, 4, 3)
        splay = finger.splay * spread if finger in stretched else finger.splay * 2.0
        bones.finger(number, np.radians(bend), np.radians(splay + rng.normal(0, 1.2)))
    bones.thumb(_thumb(shape, rng) + rng.normal(0, 0.015, (4, 3)))
    bones.forearm(rng)
    return bones.build()


def _thumb(shape: str, rng: np.random.Generator) -> np.ndarray:
    if shape == "scissors":
        return _THUMB_ON_RING
    near, far = {
        "rock": (_THUMB_OVER_FINGERS, _THUMB_BESIDE_FIST),
        "paper": (_THUMB_ALONG_HAND, _THUMB_OUT),
    }[shape]
    share = rng.uniform(0.15, 1.1) if shape == "paper" else rng.choice([0.0, 0.0, 1.0])
    return np.asarray(near + share * (far - near))


class _Builder:
    """Collects the bones of one hand."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._bones: list[tuple[np.ndarray, np.ndarray, float, float, float]] = []

    def build(self) -> Bones:
        starts, ends, first, last, tones = zip(*self._bones, strict=True)
        return Bones(
            np.stack([np.array(starts), np.array(ends)], axis=1),
            np.stack([np.array(first), np.array(last)], axis=1),
            np.array(tones),
        )

    def palm(self) -> None:
        knuckles = [self._knuckle(number) for number in range(4)]
        for finger, knuckle in zip(FINGERS, knuckles, strict=True):
            wrist = np.array([finger.x * 0.6 * self._person.width, 0.04, 0.0])
            self._add(wrist, knuckle, 0.17, finger.radius * 1.12)
        for one, other in pairwise(knuckles):
            between = (one + other) / 2
            self._add(between * [0.6, 0.1, 1], between * [1, 0.93, 1], 0.185, 0.13)
            self._add(one - [0, 0.02, 0], other - [0, 0.02, 0], 0.125, 0.12)
        heel = np.array([-0.22 * self._person.width, 0.14, 0.05])
        self._add(heel, knuckles[3] * [1, 0.78, 1] + [0.02, 0, 0.03], 0.16, 0.125)

    def finger(self, number: int, bend: np.ndarray, splay: float) -> None:
        finger = FINGERS[number]
        outward = np.array([np.sin(splay), np.cos(splay), 0.0])
        joints = [self._knuckle(number)]
        radii = finger.radius * np.array([1.0, 0.94, 0.88, 0.76])
        angle = 0.0
        for segment, length in enumerate(finger.phalanges):
            angle += bend[segment]
            along = outward * np.cos(angle) + np.array([0.0, 0.0, np.sin(angle)])
            joints.append(joints[-1] + along * length * self._person.finger_lengths[number])
            self._add(joints[-2], joints[-1], radii[segment], radii[segment + 1])
        back = outward * np.sin(angle) - np.array([0.0, 0.0, np.cos(angle)])
        self._nail(joints[-1], along, back, radii[3] * self._person.thickness)
        if angle > np.pi:  # folded: the flesh that closes the fist
            middle = np.mean(joints, axis=0)
            self._add(middle, middle, finger.radius, finger.radius)

    def thumb(self, joints: np.ndarray) -> None:
        joints = joints * [self._person.width, 1.0, 1.0]
        for (start, end), (first, last) in zip(pairwise(joints), pairwise(_THUMB_RADII), strict=True):
            self._add(start, end, first, last)
        self._add(np.array([0.25, 0.5, 0.02]), joints[1], 0.14, 0.125)
        self._add(np.array([0.27, 0.68, 0.08]), (joints[0] + joints[1] + 2 * joints[2]) / 4, 0.12, 0.1)
        along = (joints[3] - joints[2]) / np.linalg.norm(joints[3] - joints[2])
        back = np.cross(np.cross(along, [0.3, 0.5, -0.8]), along)
        self._nail(joints[3], along, back / np.linalg.norm(back), _THUMB_RADII[3] * self._person.thickness)

    def forearm(self, rng: np.random.Generator) -> None:
        radius = self._person.forearm
        sleeve = rng.uniform(0.5, 1.6) if rng.random() < 0.5 else None
        cloth = rng.uniform(0.05, 1.0)
        for side in (-0.09, 0.09):
            wrist, elbow = np.array([side, 0.05, 0.0]), np.array([side * 2, -6.0, 0.0])
            self._add(wrist, elbow, radius * 0.82, radius * 2.4)
            if sleeve is not None:
                edge = wrist + (elbow - wrist) * sleeve / 6.0
                self._bones.append((edge, elbow, radius * 1.25, radius * 3.0, cloth))

    def _knuckle(self, number: int) -> np.ndarray:
        return np.array([FINGERS[number].x * self._person.width, FINGERS[number].y, 0.0])

    def _nail(self, tip: np.ndarray, along: np.ndarray, back: np.ndarray, radius: float) -> None:
        root = tip - along * radius * 0.7 + back * radius * 0.55
        edge = root + along * radius * 0.9
        self._bones.append((root, edge, radius * 0.56, radius * 0.56, self._person.nails))

    def _add(self, start: np.ndarray, end: np.ndarray, first: float, last: float) -> None:
        thickness = self._person.thickness
        self._bones.append((start, end, first * thickness, last * thickness, self._person.skin))
