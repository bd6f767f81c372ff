"""What happens to a sample between the source and the batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np

from yzlite_core.data.batches.randomness import RandomNumbers

Rows = list[np.ndarray] | np.ndarray  # the data of samples: a list of arrays, or one array of shape (n, ...)


@dataclass(frozen=True)
class Sample:
    """What a transform may know of the sample at hand.

    Attributes:
        index: Its number in the source.
        label: Its class id, or None.
        name: What names it in a message: the file's path, or `sample 17`.
        shape: The shape of its data at this point of the chain.
        file: Its file in the dataset's folder; None for a sample without one.
        place: Its place in the batch.
        batch: The samples of its batch. A random change has no business with the others.
    """

    index: int
    label: int | None
    name: str
    shape: tuple[int, ...]
    file: str | None = None
    place: int = 0
    batch: Sequence[Sample] = field(default=(), repr=False, compare=False)


class Samples(Sequence[Sample]):
    """The samples of a batch, each described only when somebody asks, because hardly anybody does.

    Args:
        describe: Returns the sample of an index, whose data has this shape.
        indices: Their numbers in the source.
        data: Of each.
    """

    def __init__(
        self, describe: Callable[[int, tuple[int, ...]], Sample], indices: Sequence[int], data: Rows
    ) -> None:
        self._describe = describe
        self.indices = indices
        self._data = data

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shape of the data of each."""
        return [row.shape for row in self._data]

    def having(self, data: Rows) -> Samples:
        """Return the same samples at another point of the chain, where they have other data."""
        return Samples(self._describe, self.indices, data)

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, n: Any) -> Any:
        if isinstance(n, slice):
            return Samples(self._describe, self.indices[n], self._data[n])
        return replace(self._describe(self.indices[n], self._data[n].shape), place=n, batch=self)


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
class BatchTransform(Protocol):
    """A random change of all samples of a batch in one go, which saves the time of as many calls.

    A sample's change may depend on that sample alone, never on the others of its batch.
    """

    @property
    def order(self) -> int:
        """Where in the chain it stands."""
        ...

    def draw_batch(self, numbers: RandomNumbers, samples: Samples) -> Any:
        """Draw the parameters of each sample, from its own random numbers.

        Args:
            numbers: Of the samples.
            samples: Which these are.

        Returns:
            A list, or an array whose first dimension is that of the samples.
        """
        ...

    def apply_batch(self, data: np.ndarray, parameters: Any) -> np.ndarray:
        """Return the changed samples.

        Args:
            data: Samples of one shape and type, as an array of shape (n, ...), C-contiguous; all of a
                batch, or one alone where they differ. It may be changed, and returned.
            parameters: What was drawn for them, as `draw_batch` returned it.
        """
        ...


AnyTransform = Transform | BatchTransform


@runtime_checkable
class FusingTransform(Protocol):
    """A transform that can take over what its neighbour in the chain does, so that both are one call."""

    def fused(self, following: AnyTransform) -> AnyTransform | None:
        """Return one transform that does this and then what follows; None if it cannot.

        It draws the same numbers, and makes the same samples, as the two one after the other.
        """
        ...
