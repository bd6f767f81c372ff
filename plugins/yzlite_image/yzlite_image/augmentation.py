"""The random changes of an image."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

import numpy as np

from yzlite_core.plugin.data import AnyTransform, RandomNumbers, Recycler, Samples
from yzlite_image.geometry import IDENTITY, Geometry, described_map
from yzlite_image.kernels import FILL_MODES, augment
from yzlite_image.noise import NOISE, NOISES, normal_quantiles
from yzlite_image.options import ImageDataGeneratorOptions

Range = tuple[float, float]

#: The kinds of changes, in their order, and where each stands in the chain.
ORDERS: Final = {"geometry": 200, "values": 300, "noise": 400}

#: What is drawn for an image, in the order in which it is done: where each pixel's value is taken from;
#: what is added to all values; their factor; that of their distance from their mean; the noise; its seed.
CHANGES: Final = np.dtype(
    [
        ("affine", np.float64, len(IDENTITY)),
        ("amount", np.float64),
        ("brightness", np.float64),
        ("contrast", np.float64),
        ("noise", NOISE),
        ("seed", np.uint32),
    ],
    align=True,
)


def changes(count: int = 1, **fields: Any) -> np.ndarray:
    """Return changes of as many images.

    Args:
        count: The number of images.
        **fields: Values of the fields of `CHANGES`; those that are not named leave the images as they are.

    Returns:
        `CHANGES` of shape (count,).
    """
    made = np.zeros(count, CHANGES)
    for name, value in {"affine": IDENTITY, "brightness": 1.0, "contrast": 1.0, **fields}.items():
        made[name] = value
    return made


def described(drawn: np.void) -> list[str]:
    """Return the changes of one image, an element of `changes`, in words."""
    noises = [name for name, noise in NOISES.items() if noise == drawn["noise"]]
    values = [
        (f"values {drawn['amount']:+.0f}", drawn["amount"] != 0),
        (f"brightness {drawn['brightness']:.2f}", drawn["brightness"] != 1),
        (f"contrast {drawn['contrast']:.2f}", drawn["contrast"] != 1),
    ]
    words = described_map(drawn["affine"]) + [text for text, shown in values if shown]
    return words + [f"noise {name}" for name in noises]


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
    _memory: Recycler = field(default_factory=Recycler, init=False, repr=False, compare=False)

    def draw_batch(self, numbers: RandomNumbers, samples: Samples) -> np.ndarray:
        """Draw the changes of images; see `CHANGES`."""
        drawn = changes(len(samples))
        if "geometry" in self.kinds:
            sides = np.array(samples.shapes)[:, :2]
            drawn["affine"] = self.geometry.maps(numbers.uniform(10), sides)
        if "values" in self.kinds:
            ranges = {"amount": self.amount, "brightness": self.brightness, "contrast": self.contrast}
            for (name, (low, high)), share in zip(ranges.items(), numbers.uniform(3).T, strict=True):
                drawn[name] = low + (high - low) * share
        if "noise" in self.kinds:
            kind, place = numbers.uniform(2).T
            if self.noises:
                drawn["noise"] = self._kinds_of_noise[(kind * len(self.noises)).astype(np.intp)]
            drawn["seed"] = place * 2**32
        return drawn

    def shutdown(self) -> None:
        """Let go of the memory of earlier batches."""
        self._memory.clear()

    @cached_property
    def _kinds_of_noise(self) -> np.ndarray:
        return np.array([NOISES[name] for name in self.noises])

    @property
    def order(self) -> int:
        """Where in the chain its first kind of changes stands."""
        return ORDERS[self.kinds[0]]

    @property
    def parts(self) -> tuple[Augmentation, ...]:
        """The kinds of changes one by one."""
        return tuple(replace(self, kinds=(kind,)) for kind in self.kinds)

    def fused(self, following: AnyTransform) -> Augmentation | None:
        """Return the augmentation that makes the changes of two parts; None if they are not of one."""
        if isinstance(following, Augmentation) and replace(following, kinds=self.kinds) == self:
            return replace(self, kinds=self.kinds + following.kinds)
        return None

    def apply_batch(self, data: np.ndarray, parameters: np.ndarray) -> np.ndarray:
        """Return the changed images.

        Args:
            data: Images of shape (n, height, width, channels). Of bytes, which the decoders make, they are
                changed faster than of other types; the result is the same.
            parameters: `CHANGES` of shape (n,).

        Returns:
            float32 of the same shape.
        """
        in_bytes = data.dtype == np.uint8
        sources = np.ascontiguousarray(data, np.uint8 if in_bytes else np.float32)
        targets = self._memory.empty(sources.shape)
        augment(
            sources,
            targets,
            parameters,
            FILL_MODES.index(self.fill_mode),
            np.float32(self.cval),
            normal_quantiles(),
            np.empty(sources[0].size, np.uint32) if in_bytes else None,
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
