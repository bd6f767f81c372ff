"""What happens to a sample between the source and the batch."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np


@dataclass(frozen=True)
class Sample:
    """What a transform may know of the sample at hand.

    Attributes:
        index: Its number in the source.
        label: Its class id, or None.
        name: What names it in a message: the file's path, or `sample 17`.
        shape: The shape of its data at this point of the chain.
    """

    index: int
    label: int | None
    name: str
    shape: tuple[int, ...]


@runtime_checkable
class Transform(Protocol):
    """A random change of one sample. Drawing its parameters is apart from applying them."""

    @property
    def order(self) -> int:
        """Where in the chain it stands; the generators say at which numbers their own transforms are."""
        ...

    def draw(self, rng: np.random.Generator, sample: Sample) -> Any:
        """Draw the parameters for one sample; None means that it stays as it is."""
        ...

    def apply(self, data: np.ndarray, parameters: Any) -> np.ndarray:
        """Return the changed data; what was handed over stays as it is."""
        ...


@runtime_checkable
class BatchTransform(Transform, Protocol):
    """A transform that can also change all samples of a batch in one call, which saves time.

    The engine calls `apply_batch` in the place of `apply` wherever the samples have one shape and type.
    """

    def apply_batch(self, data: np.ndarray, parameters: Sequence[Any]) -> np.ndarray:
        """Return the changed samples, each the same to the bit as `apply` would make it.

        Args:
            data: The samples, of shape (n, ...), C-contiguous; may be changed and returned, but not
                kept: its memory is used again.
            parameters: What was drawn for each; None for a sample that stays as it is.
        """
        ...


@runtime_checkable
class FusingTransform(BatchTransform, Protocol):
    """A transform that can take over what its neighbour in the chain does, so that both are one call."""

    def fused(self, following: Transform) -> BatchTransform | None:
        """Return one transform that does this and then what follows; None if it cannot.

        It draws the same numbers, and makes the same samples, as the two one after the other.
        """
        ...


@dataclass(frozen=True)
class FunctionTransform:
    """A user's function as a step of the chain.

    Args:
        function: Takes the sample's data, and of `class_id` and `filename` those that it names.
        order: Where in the chain it stands.
    """

    function: Callable[..., Any]
    order: int

    def draw(self, rng: np.random.Generator, sample: Sample) -> dict[str, Any]:
        """Return the optional arguments that the function asks for; nothing is random."""
        offered = {"class_id": sample.label, "filename": sample.name}
        return {name: value for name, value in offered.items() if name in self._asked}

    def apply(self, data: np.ndarray, parameters: dict[str, Any]) -> np.ndarray:
        """Return what the function makes of the data."""
        return np.asarray(self.function(data, **parameters))

    @cached_property
    def _asked(self) -> tuple[str, ...]:
        try:
            return tuple(inspect.signature(self.function).parameters)
        except (TypeError, ValueError):  # a function of C that does not tell
            return ()
