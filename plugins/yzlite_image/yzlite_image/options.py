"""What a `ParallelImageDataGenerator` can be told."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from yzlite_core.errors import did_you_mean
from yzlite_core.plugin import Setting
from yzlite_core.plugin.data import DataGeneratorOptions
from yzlite_core.plugin.settings import parsers
from yzlite_image.geometry import Shift
from yzlite_image.kernels import FILL_MODES
from yzlite_image.noise import NOISES


def _shift(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        infinite = any(isinstance(amount, float) and not math.isfinite(amount) for amount in value)
        if infinite or not value:
            raise ValueError(f"{value} is no list of shifts to choose from")
    return parsers.not_negative(value)


def _zoom(value: Any) -> Any:
    if parsers.is_pair(value):
        return parsers.factors(value)
    if isinstance(value, (int, float)) and not 0 <= value < 1:
        raise ValueError(f"{value} is no zoom range: z stands for (1 - z, 1 + z), from 0 to below 1")
    return value


def _noises(value: Any) -> Any:
    kinds = (value,) if isinstance(value, str) else value
    if not isinstance(kinds, Sequence):
        return value
    for kind in kinds:
        if kind not in NOISES:
            hint = did_you_mean(str(kind), NOISES) or f"there are {', '.join(NOISES)}"
            raise ValueError(f"there is no noise {kind!r}: {hint}")
    return tuple(kinds) or None


class ImageDataGeneratorOptions(DataGeneratorOptions):
    """The settings of a data generator for images; all are keywords of its constructor.

    Ranges are those of random changes, drawn anew for each image in each epoch; pixel values are those
    of image files, 0 to 255.
    """

    dtype: Setting[str | None] = Setting(
        str, default=None, doc="Type of the samples in a batch; None for float32.", parse=parsers.dtype_name
    )
    data_format: Setting[str | None] = Setting(
        str,
        default=None,
        doc="The axes of a sample: always (height, width, channels).",
        choices=("channels_last",),
    )

    # ---------------------------------------------------------------------------------- random changes
    random_transforms_enabled = Setting(bool, default=True, doc="Whether there are random changes at all.")
    rotation_range = Setting(
        float, default=0.0, doc="Largest rotation to either side, in degrees.", parse=parsers.not_negative
    )
    width_shift_range: Setting[Shift] = Setting(
        Shift,
        default=0,
        doc="Largest horizontal shift to either side: a float below 1 is a share of the width, a float from "
        "1 on are pixels, an int whole pixels; a list has the amounts to choose from (shares, if all are "
        "below 1).",
        parse=_shift,
    )
    height_shift_range: Setting[Shift] = Setting(
        Shift, default=0, doc="Largest vertical shift; as `width_shift_range`.", parse=_shift
    )
    shear_range = Setting(
        float, default=0.0, doc="Largest shear angle to either side, in degrees.", parse=parsers.not_negative
    )
    zoom_range: Setting[float | tuple[float, float]] = Setting(
        float | tuple[float, float],
        default=0.0,
        doc="(Smallest, largest) zoom, drawn for each axis; below 1 enlarges. z stands for (1 - z, 1 + z).",
        parse=_zoom,
    )
    horizontal_flip = Setting(bool, default=False, doc="Whether half of the images are mirrored.")
    vertical_flip = Setting(bool, default=False, doc="Whether half of the images are turned upside down.")
    fill_mode = Setting(
        str,
        default="nearest",
        doc="What comes from beyond the edge: the nearest pixel, the image mirrored or repeated, or `cval`.",
        choices=FILL_MODES,
    )
    cval = Setting(float, default=0.0, doc="The value beyond the edge, if `fill_mode` is 'constant'.")
    channel_shift_range = Setting(
        float,
        default=0.0,
        doc="Largest amount added to all values, to either side.",
        parse=parsers.not_negative,
    )
    brightness_range: Setting[tuple[float, float] | None] = Setting(
        tuple[float, float],
        default=None,
        doc="(Smallest, largest) factor of all values; 1 changes nothing.",
        parse=parsers.factors,
    )
    contrast_range: Setting[tuple[float, float] | None] = Setting(
        tuple[float, float],
        default=None,
        doc="(Smallest, largest) factor of the distance from the grey image's mean; 1 changes nothing.",
        parse=parsers.factors,
    )
    noise: Setting[tuple[str, ...] | list[str] | None] = Setting(
        tuple[str, ...],
        default=None,
        doc="Kinds of noise, of which one is drawn for each image: 'gauss' (standard deviation 10), "
        "'poisson' (square root of the value), 's&p' (1 % of the pixels), 'speckle' (0.1 of the value).",
        parse=_noises,
    )

    # ---------------------------------------------------------------------------------- standardization
    featurewise_center = Setting(
        bool, default=False, doc="Whether the channels' means over the training data are subtracted."
    )
    featurewise_std_normalization = Setting(
        bool,
        default=False,
        doc="Whether channels are centred and divided by their standard deviation over the training data.",
    )
    zca_whitening = Setting(
        bool,
        default=False,
        doc="Whether images are centred and whitened by the training data; for images of few pixels.",
    )
    zca_epsilon = Setting(float, default=1e-6, doc="Added to the variances for whitening.")

    # ---------------------------------------------------------------------------------- looking at the result
    save_to_dir: Setting[str | Path | None] = Setting(
        str | Path, default=None, doc="Folder to which each image is written as it is before standardization."
    )
    save_prefix: Setting[str | None] = Setting(
        str, default=None, doc="What the names of those files begin with."
    )
    save_format: Setting[str | None] = Setting(str, default=None, doc="Format of those files; None for png.")
