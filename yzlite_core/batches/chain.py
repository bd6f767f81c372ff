"""The steps that samples go through, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from yzlite_core.batches.memory import Recycler
from yzlite_core.batches.randomness import RandomNumbers
from yzlite_core.batches.transforms import (
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


@dataclass(frozen=True)
class Chain:
    """Transforms, one after the other, and what makes the network's input of their result.

    Args:
        transforms: Random changes, in the order in which they are applied.
        finish: Takes samples of shape (n, ...), which it may change, and returns as many; None leaves them.
    """

    transforms: tuple[AnyTransform, ...] = ()
    finish: Finish | None = None
    _memory: Recycler = field(default_factory=Recycler, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, transforms: Sequence[AnyTransform], finish: Finish | None = None) -> Chain:
        """Return the chain of transforms that are in their order; neighbours that can be one become one."""
        steps: list[AnyTransform] = []
        for transform in transforms:
            last: object = steps[-1] if steps else None
            both = last.fused(transform) if isinstance(last, FusingTransform) else None
            if both is None:
                steps.append(transform)
            else:
                steps[-1] = both
        return cls(tuple(steps), finish)

    def run(self, data: Rows, samples: Samples, numbers: RandomNumbers) -> np.ndarray:
        """Return the finished samples, of shape (n, ...).

        Args:
            data: What the source gave for each.
            samples: Which samples these are.
            numbers: Of every random choice.

        Raises:
            DatasetError: If a step fails, or what comes out has more than one shape; names the sample.
        """
        for transform in self.transforms:
            _, data = self._changed(transform, data, samples.having(data), numbers)
        _expect_one_shape(data, samples)
        batch = self._stacked(data)
        return batch if self.finish is None else self.finish(batch)

    def steps(self, data: np.ndarray, samples: Samples, numbers: RandomNumbers) -> Iterator[Step]:
        """Yield what each transform draws for one sample, and makes of it.

        Args:
            data: What the source gave for it.
            samples: The sample alone.
            numbers: Of every random choice.
        """
        rows: Rows = [data]
        for transform in self.transforms:
            drawn, rows = self._changed(transform, rows, samples.having(rows), numbers)
            yield Step(transform, drawn[0], rows[0])

    def _changed(
        self, transform: AnyTransform, data: Rows, samples: Samples, numbers: RandomNumbers
    ) -> tuple[Sequence[Any], Rows]:
        """Return what a transform drew, and the changed samples."""
        if not isinstance(transform, BatchTransform):
            return _changed_one_by_one(transform, data, samples, numbers)
        with _Naming(transform, samples):
            drawn = transform.draw_batch(numbers, samples)
            if isinstance(data, np.ndarray) or len({(row.shape, row.dtype) for row in data}) == 1:
                return drawn, transform.apply_batch(self._stacked(data), drawn)
        changed: list[np.ndarray] = []
        for n, row in enumerate(data):
            with _Naming(transform, samples[n : n + 1]):
                changed += list(transform.apply_batch(np.array(row)[np.newaxis], drawn[n : n + 1]))
        return drawn, changed

    def _stacked(self, data: Rows) -> np.ndarray:
        if isinstance(data, np.ndarray):
            return data
        dtype = np.result_type(*data)
        return np.stack(data, out=self._memory.empty((len(data), *data[0].shape), dtype))


def _changed_one_by_one(
    transform: Transform, data: Rows, samples: Samples, numbers: RandomNumbers
) -> tuple[list[Any], list[np.ndarray]]:
    drawn: list[Any] = []
    changed: list[np.ndarray] = []
    for n, (row, rng) in enumerate(zip(data, numbers.generators, strict=True)):
        sample = samples[n]
        with _Naming(transform, [sample]):
            parameters = transform.draw(rng, sample)
            changed.append(row if parameters is None else transform.apply(row, parameters))
        drawn.append(parameters)
    return drawn, changed


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
