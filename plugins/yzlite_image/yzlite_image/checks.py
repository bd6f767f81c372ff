"""What in the specification of an image model cannot work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from yzlite_core.plugin import Problem
from yzlite_core.plugin.data import data_problems, is_known
from yzlite_image.decode import channels_of

if TYPE_CHECKING:
    from yzlite_image.mixin import ImageDatasetMixin


def problems(model: ImageDatasetMixin) -> Iterator[Problem]:
    """Yield what cannot work; no image is read, and no function of the user is called."""
    yield from data_problems(model, "ParallelImageDataGenerator")
    if not is_known(model, "input_shape"):
        yield Problem("my_model.input_shape is not set", "that of an image is (height, width, channels)")
    elif len(model.input_shape) != 3:
        yield Problem(f"input_shape is {model.input_shape}", "that of an image is (height, width, channels)")
    else:
        yield from _size_problems(model)


def _size_problems(model: ImageDatasetMixin) -> Iterator[Problem]:
    shape = model.input_shape
    channels = channels_of(model.color_mode)
    if channels not in (None, shape[2]):
        yield Problem(
            f"color_mode '{model.color_mode}' gives {channels} channels, but input_shape is {shape}",
            "use color_mode 'auto', or change input_shape",
        )
    resized = model.target_size is not None and model.interpolation not in (None, "none")
    changed = model.datagen is not None and model.datagen.preprocessing_function is not None
    if resized and not changed and model.target_size != shape[:2]:
        yield Problem(
            f"target_size is {model.target_size}, but input_shape is {shape}",
            "drop target_size, or crop the images in datagen.preprocessing_function",
        )
