"""The random changes of an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np

from yzlite_core.batches import Sample, Transform
from yzlite_image.geometry import IDENTITY, Affine, Geometry, described_map
from yzlite_image.kernels import FILL_MODES, augment
from yzlite_image.noise import NOISES, Noise, normal_quantiles
from yzlite_image.options import ImageDataGeneratorOptions

Range = tuple[float, float]

#: The kinds of changes, in their order, and where each stands in the chain.
ORDERS: Final = {"geometry": 200, "values": 300, "noise": 400}


class Changes(NamedTuple):
    """What is drawn for one image.

    Attributes:
        affine: Where each pixel's value is taken from.
        amount: Added to all values.
        brightness: Factor of all values.
        contrast: Factor of their distance from their mean.
        noise: The kind of noise.
        seed: Of the noise, below 2**32.
    """

    affine: Affine = IDENTITY
    amount: float = 0.0
    brightness: float = 1.0
    contrast: float = 1.0
    noise: Noise = Noise()
    seed: int = 0

    def described(self) -> list[str]:
        """Return the changes in words."""
        names = {noise: name for name, noise in NOISES.items()}
        values = [
            (f"values {self.amount:+.0f}", self.amount != 0),
            (f"brightness {self.brightness:.2f}", self.brightness != 1),
            (f"contrast {self.contrast:.2f}", self.contrast != 1),
            (f"noise {names.get(self.noise, '')}", self.noise in names),
        ]
        return described_map(self.affine) + [text for text, shown in values if shown]


_NOTHING = Changes()


@dataclass(frozen=True)
class Augmentation:
    """Change an image at random: geometry, then values (channel shift, brightness, contrast), then noise.

    Pixel values are in 0..255; brightness, contrast and noise clip them to that. Random numbers are drawn
    in the same order and number whatever is switched on, so that no range changes what another draws:
    those of `Geometry`, one each for channel shift, brightness and contrast, and two for noise. A batch is
    changed by one call of a kernel. In a chain each kind of change has an `order` of its own, so that others
    can come between them; where none does, they are fused to one call again.

    Args:
        geometry: Rotation, shift, shear, zoom and flips.
        amount: The range of what is added to all values, within the image's own range.
        brightness: The range of the factor of all values.
        contrast: The range of the factor of their distance from their mean.
        noises: The kinds of noise, of which each image gets one; none for no noise.
        fill_mode: What is beyond the edge: `nearest`, `reflect`, `wrap` or `constant`.
        cval: The value beyond the edge for `constant`.
        kinds: Which kinds of changes are made, in the order of `ORDERS`.
    """

    geometry: Geometry = field(default_factory=Geometry)
    amount: Range = (0.0, 0.0)
    brightness: Range = (1.0, 1.0)
    contrast: Range = (1.0, 1.0)
    noises: tuple[str, ...] = ()
    fill_mode: str = "nearest"
    cval: float = 0.0
    kinds: tuple[str, ...] = tuple(ORDERS)

    def draw(self, rng: np.random.Generator, sample: Sample) -> Changes | None:
        """Draw the changes of one image; None if there are none."""
        affine, amount, brightness, contrast, noise, seed = _NOTHING
        if "geometry" in self.kinds:
            affine = self.geometry.draw(rng, sample.shape[0], sample.shape[1])
        if "values" in self.kinds:
            ranges = (self.amount, self.brightness, self.contrast)
            amount, brightness, contrast = (
                low + (high - low) * share
                for (low, high), share in zip(ranges, rng.random(3).tolist(), strict=True)
            )
        if "noise" in self.kinds:
            kind, place = rng.random(2).tolist()
            noise = NOISES[self.noises[int(kind * len(self.noises))]] if self.noises else Noise()
            seed = int(place * 2**32)
        changes = Changes(affine, amount, brightness, contrast, noise, seed)
        return None if changes[:-1] == _NOTHING[:-1] else changes

    @property
    def order(self) -> int:
        """Where in the chain its first kind of changes stands."""
        return ORDERS[self.kinds[0]]

    @property
    def parts(self) -> tuple[Augmentation, ...]:
        """The kinds of changes one by one."""
        return tuple(replace(self, kinds=(kind,)) for kind in self.kinds)

    def fused(self, following: Transform) -> Augmentation | None:
        """Return the augmentation that makes the changes of two parts; None if they are not of one."""
        if isinstance(following, Augmentation) and replace(following, kinds=self.kinds) == self:
            return replace(self, kinds=self.kinds + following.kinds)
        return None

    def apply(self, data: np.ndarray, parameters: Changes) -> np.ndarray:
        """Return the changed image; `data` is of shape (height, width, channels)."""
        changed: np.ndarray = self.apply_batch(data[np.newaxis], [parameters])[0]
        return changed

    def apply_batch(self, data: np.ndarray, parameters: Sequence[Changes | None]) -> np.ndarray:
        """Return the changed images; `data` is of shape (n, height, width, channels)."""
        sources = np.ascontiguousarray(data, np.float32)
        targets = np.empty_like(sources)
        drawn = [changes or _NOTHING for changes in parameters]
        numbers = [
            (*affine, amount, brightness, contrast, *noise.deviation, noise.specks * sources[0, :, :, 0].size)
            for affine, amount, brightness, contrast, noise, _ in drawn
        ]
        augment(
            sources,
            targets,
            np.array(numbers, np.float64),
            np.array([changes.seed for changes in drawn], np.uint32),
            FILL_MODES.index(self.fill_mode),
            np.float32(self.cval),
            normal_quantiles(),
        )
        return targets


def augmentation_of(options: ImageDataGeneratorOptions) -> Augmentation:
    """Return the random changes that a data generator's settings ask for."""
    zoom = options.zoom_range
    geometry = Geometry(
        rotation_range=options.rotation_range,
        height_shift_range=options.height_shift_range,
        width_shift_range=options.width_shift_range,
        shear_range=options.shear_range,
        zoom_range=zoom if isinstance(zoom, tuple) else (1 - zoom, 1 + zoom),
        horizontal_flip=options.horizontal_flip,
        vertical_flip=options.vertical_flip,
    )
    return Augmentation(
        geometry,
        (-options.channel_shift_range, options.channel_shift_range),
        options.brightness_range or (1.0, 1.0),
        options.contrast_range or (1.0, 1.0),
        tuple(options.noise or ()),
        options.fill_mode,
        options.cval,
    )
