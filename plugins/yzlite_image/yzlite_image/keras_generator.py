"""Keras' own ImageDataGenerator, in whose place ours makes the batches."""

from __future__ import annotations

from typing import Any

from yzlite_core.plugin.settings import declarations
from yzlite_image.generator import ParallelImageDataGenerator


def as_parallel(generator: Any) -> Any:
    """Return a ParallelImageDataGenerator with the settings of Keras' `ImageDataGenerator`.

    Args:
        generator: Keras' generator; anything else is returned as it is.

    Raises:
        ValueError: If ours does not what it does.
    """
    kind = type(generator)
    if not any(map(_is_keras_generator, kind.__mro__)):
        return generator
    if not _is_keras_generator(kind):
        raise ValueError(
            f"what {kind.__name__} overrides of Keras' ImageDataGenerator would be left out; derive it from "
            "ParallelImageDataGenerator"
        )
    if generator.interpolation_order != 1:
        raise ValueError(f"interpolation_order={generator.interpolation_order} is not there, only 1 is")
    given = {**vars(generator), "validation_split": generator._validation_split or 0.0}
    known = declarations(ParallelImageDataGenerator)
    return ParallelImageDataGenerator(**{name: value for name, value in given.items() if name in known})


def _is_keras_generator(kind: type) -> bool:
    return kind.__name__ == "ImageDataGenerator" and kind.__module__.partition(".")[0] == "keras"
