"""The changes of one image as a dictionary, with the names and signs of Keras' ImageDataGenerator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from yzlite_core.errors import DatasetError
from yzlite_core.plugin import Sample
from yzlite_core.plugin.data import RandomNumbers, Samples
from yzlite_image.augmentation import ORDERS, Augmentation, changes
from yzlite_image.geometry import affine_map
from yzlite_image.noise import NOISES

#: Each change and the value with which it changes nothing (None does likewise): rotation in degrees; shift
#: of the columns and of the rows in pixels; shear in degrees; zoom of the width and of the height, below 1
#: enlarges; flips; what is added to all values; their factor; that of their distance from their mean; a
#: kind of noise and its seed.
CHANGE_NAMES: Final[Mapping[str, Any]] = {
    "theta": 0.0,
    "tx": 0.0,
    "ty": 0.0,
    "shear": 0.0,
    "zx": 1.0,
    "zy": 1.0,
    "flip_horizontal": False,
    "flip_vertical": False,
    "channel_shift_intensity": 0.0,
    "brightness": 1.0,
    "contrast": 1.0,
    "noise": None,
    "noise_seed": 0,
}


_FIELDS: Final = {
    "channel_shift_intensity": "amount",
    "brightness": "brightness",
    "contrast": "contrast",
    "noise_seed": "seed",
}


def drawn_transform(augmentation: Augmentation, shape: tuple[int, ...], seed: int) -> dict[str, Any]:
    """Return what is drawn for an image, a value for each of `CHANGE_NAMES`.

    Args:
        augmentation: Draws it.
        shape: (height, width, channels) of the image.
        seed: Of the random numbers, 0 or more.
    """
    image = Samples(lambda index, of: Sample(index, None, "image", of), [0], [np.broadcast_to(0, shape)])
    parts = augmentation.geometry.parts(_numbers(seed).uniform(10), np.array([shape[:2]]))
    values = augmentation.draw_batch(_numbers(seed), image)[0]
    (ty, tx), (zy, zx) = parts["shift"], parts["zoom"]
    flip_vertical, flip_horizontal = parts["flip"]
    noise = [name for name, code in NOISES.items() if code == values["noise"]]
    return {
        "theta": float(parts["rotation"][0]),
        "tx": float(tx[0]),
        "ty": float(ty[0]),
        "shear": float(parts["shear"][0]),
        "zx": float(zx[0]),
        "zy": float(zy[0]),
        "flip_horizontal": bool(flip_horizontal[0]),
        "flip_vertical": bool(flip_vertical[0]),
        "noise": noise[0] if noise else None,
        **{name: values[field].item() for name, field in _FIELDS.items()},
    }


def changes_of(transform: Mapping[str, Any]) -> np.ndarray:
    """Return the changes of one image that a dictionary names, for `Augmentation.apply_batch`.

    Args:
        transform: Values of some of `CHANGE_NAMES`.

    Raises:
        DatasetError: If there is no such change, or no such noise.
    """
    unknown = [name for name in transform if name not in CHANGE_NAMES]
    if unknown:
        raise DatasetError(
            f"There is no change of images {unknown[0]!r}", hint=f"one of {_listed(CHANGE_NAMES)}"
        )
    given = {name: value for name, value in transform.items() if value is not None}
    noise = given.get("noise")
    if noise is not None and noise not in NOISES:
        raise DatasetError(f"There is no noise {noise!r}", hint=f"one of {_listed(NOISES)}")
    of = {**CHANGE_NAMES, **given}
    fields = {field: of[name] for name, field in _FIELDS.items()}
    if noise is not None:
        fields["noise"] = NOISES[noise]
    affine = affine_map(
        rotation=of["theta"],
        shift=(of["ty"], of["tx"]),
        shear=of["shear"],
        zoom=(of["zy"], of["zx"]),
        flip=(of["flip_vertical"], of["flip_horizontal"]),
    )
    return changes(affine=affine, **fields)


@dataclass(frozen=True)
class OwnChanges:
    """Change an image by the `random_transform` of a generator that overrides what it does.

    Args:
        function: Takes an image and a seed, and returns the changed image.
    """

    function: Callable[[np.ndarray, int], Any]
    order: int = ORDERS["geometry"]

    def draw(self, rng: np.random.Generator, sample: Sample) -> int:
        """Draw the seed."""
        return int(rng.integers(1, 2**31))

    def apply(self, data: np.ndarray, parameters: int) -> np.ndarray:
        """Return the changed image."""
        return np.asarray(self.function(data, parameters))


def _numbers(seed: int) -> RandomNumbers:
    return RandomNumbers(seed, 0, [0])


def _listed(names: Mapping[str, Any]) -> str:
    return ", ".join(names)
