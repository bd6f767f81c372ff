"""The steps that samples go through, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from yzlite_core.data.batches.buffer_pool import Recycler
from yzlite_core.data.batches.randomness import RandomNumbers
from yzlite_core.data.batches.transforms import (
    AnyTransform,
    BatchTransform,
    FusingTransform,
    Rows,
    Sample,
    Samples,
    Transform,
)
from yzlite_core.errors import DatasetError, YZLiteError

Finish = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Step:
    """What one transform did to one sample.

    Attributes:
        transform: The transform.
        parameters: What it drew; None if the sample stays as it is.
        data: The sample afterwards.
    """

    transform: AnyTransform
    parameters: Any
    data: np.ndarray


class Chain:
    """Transforms, one after the other, and what makes the network's input of their result.

    Neighbours that can be one become one.

    Args:
        transforms: Random changes, in the order in which they are applied.
        finish: Takes samples of shape (n, ...), which it may change, and returns as many; None leaves them.
    """

    def __init__(self, transforms: Sequence[AnyTransform] = (), finish: Finish | None = None) -> None:
        self._memory = Recycler()
        self._links = [
            _AtOnce(transform, self._memory)
            if isinstance(transform, BatchTransform)
            else _OneByOne(transform)
            for transform in _fused(transforms)
        ]
        self._finish = finish

    def run(self, data: Rows, samples: Samples, numbers: RandomNumbers) -> np.ndarray:
        """Return the finished samples, of shape (n, ...).

        Args:
            data: What the source gave for each.
            samples: Which samples these are.
            numbers: Of every random choice.

        Raises:
            DatasetError: If a step fails, or what comes out has more than one shape; names the sample.
        """
        for link in self._links:
            _, data = link.run(data, samples.having(data), numbers)
        if isinstance(data, list):
            _expect_one_shape(data, samples)
        batch = _stacked(data, self._memory)
        return batch if self._finish is None else self._finish(batch)

    def steps(self, data: np.ndarray, samples: Samples, numbers: RandomNumbers) -> Iterator[Step]:
        """Yield what each transform draws for one sample, and makes of it.

        Args:
            data: What the source gave for it.
            samples: The sample alone.
            numbers: Of every random choice.
        """
        rows: Rows = [data]
        for link in self._links:
            drawn, rows = link.run(rows, samples.having(rows), numbers)
            yield Step(link.transform, drawn[0], rows[0])

    def shutdown(self) -> None:
        """Let go of memory, and of what the transforms hold; it is taken again when it is needed again."""
        self._memory.clear()
        for link in self._links:
            shutdown = getattr(link.transform, "shutdown", None)
            if shutdown is not None:
                shutdown()


class _AtOnce:
    """A transform that takes a whole batch."""

    def __init__(self, transform: BatchTransform, memory: Recycler) -> None:
        self.transform = transform
        self._memory = memory

    def run(self, data: Rows, samples: Samples, numbers: RandomNumbers) -> tuple[Any, Rows]:
        """Return what is drawn, and the changed samples."""
        with _Naming(self.transform, samples):
            drawn = self.transform.draw_batch(numbers, samples)
            if isinstance(data, np.ndarray) or len({(row.shape, row.dtype) for row in data}) == 1:
                return drawn, self.transform.apply_batch(_stacked(data, self._memory), drawn)
        changed: list[np.ndarray] = []
        for n, row in enumerate(data):
            with _Naming(self.transform, samples[n : n + 1]):
                changed += list(self.transform.apply_batch(np.array(row)[np.newaxis], drawn[n : n + 1]))
        return drawn, changed


class _OneByOne:
    """A transform that takes one sample after the other."""

    def __init__(self, transform: Transform) -> None:
        self.transform = transform

    def run(self, data: Rows, samples: Samples, numbers: RandomNumbers) -> tuple[Any, Rows]:
        """Return what is drawn, and the changed samples."""
        drawn: list[Any] = []
        changed: list[np.ndarray] = []
        for n, (row, rng) in enumerate(zip(data, numbers.generators, strict=True)):
            sample = samples[n]
            with _Naming(self.transform, [sample]):
                parameters = self.transform.draw(rng, sample)
                changed.append(row if parameters is None else self.transform.apply(row, parameters))
            drawn.append(parameters)
        return drawn, changed


def _fused(transforms: Sequence[AnyTransform]) -> list[AnyTransform]:
    fused: list[AnyTransform] = []
    for transform in transforms:
        last: object = fused[-1] if fused else None
        both = last.fused(transform) if isinstance(last, FusingTransform) else None
        if both is None:
            fused.append(transform)
        else:
            fused[-1] = both
    return fused


def _stacked(data: Rows, memory: Recycler) -> np.ndarray:
    if isinstance(data, np.ndarray):
        return data
    batch = memory.empty((len(data), *data[0].shape), np.result_type(*data))
    for n, row in enumerate(data):
        batch[n] = row
    return batch


def _expect_one_shape(data: Rows, samples: Samples) -> None:
    for n, row in enumerate(data):
        if row.shape != data[0].shape:
            raise DatasetError(
                f"{samples[n].name} has the shape {row.shape}, but {samples[0].name} has {data[0].shape}",
                hint="all samples of a batch must have one shape",
            )


class _Naming:
    """Says which step failed on which sample. A class, because it is entered for each sample."""

    def __init__(self, transform: AnyTransform, samples: Sequence[Sample]) -> None:
        self._transform = transform
        self._samples = samples

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if isinstance(error, Exception) and not isinstance(error, YZLiteError):
            step = getattr(self._transform, "function", type(self._transform))
            name = getattr(step, "__name__", type(self._transform).__name__)
            what = f"{name} failed on {self._samples[0].name}"
            raise DatasetError(f"{what}: {type(error).__name__}: {error}") from error
