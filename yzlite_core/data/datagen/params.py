"""What users' functions are told about the batches that they are called for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from yzlite_core.data.datagen.generator import DataGenerator


@dataclass(frozen=True)
class ParallelProcessParams:
    """What a user's function may ask about the batches that it is called for.

    What is not here is asked of the data generator: `params.validation_split` is its setting.

    Attributes:
        data_generator: The data generator; also `image_data_generator` and `audio_data_generator`.
        subset: `training`, `validation` or `evaluation`; None if that is not said.
        class_mode: `categorical`, `binary`, `sparse`, `input`, or None.
        classes: The class labels, in the order of their ids.
        directory: The dataset's folder; None if the samples are in none.
        reading: How samples are read: for images `target_size`, `color_mode`, `interpolation` and
            `sample_shape`, for sound `sample_rate` in Hz; each is an attribute of its own too.
    """

    data_generator: DataGenerator
    subset: str | None = None
    class_mode: str | None = None
    classes: Sequence[str] = ()
    directory: str | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)

    @property
    def class_indices(self) -> dict[str, int]:
        """The id of each class by its label."""
        return {label: number for number, label in enumerate(self.classes)}

    @property
    def n_classes(self) -> int:
        """The number of classes."""
        return len(self.classes)

    @property
    def split(self) -> tuple[float, float] | None:
        """The share of each class that the subset has; None for all."""
        split_off = self.data_generator.validation_split and self.subset in ("training", "validation")
        return self.data_generator.split_of(self.subset) if split_off else None

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the samples in a batch."""
        return np.dtype(self.data_generator.dtype or "float32")

    def for_processes(self) -> ParallelProcessParams:
        """Return the same with what can be sent to a process: without the data generator's functions."""
        return replace(self, data_generator=self.data_generator.without_functions())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in self.__dataclass_fields__:  # while it is unpickled
            raise AttributeError(name)
        if name in self.reading:
            return self.reading[name]
        if name in ("image_data_generator", "audio_data_generator"):
            return self.data_generator
        try:
            return getattr(self.data_generator, name)
        except AttributeError:
            raise AttributeError(
                f"neither params nor {type(self.data_generator).__name__} has '{name}'"
            ) from None
