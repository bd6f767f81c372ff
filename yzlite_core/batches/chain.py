"""The steps that samples go through, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from yzlite_core.batches.randomness import sample_generators
from yzlite_core.batches.transforms import BatchTransform, FusingTransform, Sample, Transform
from yzlite_core.errors import DatasetError, YZLiteError

Rows = list[np.ndarray] | np.ndarray  # the data of samples: a list of arrays, or one array of shape (n, ...)
Finish = Callable[[np.ndarray], np.ndarray]


class _Scratch:
    """Memory in which samples are put side by side; lent again and again, because new pages take longer."""

    def __init__(self) -> None:
        self._free: list[np.ndarray] = []

    @contextmanager
    def stacked(self, rows: list[np.ndarray]) -> Iterator[np.ndarray]:
        """Lend samples of one shape and type as one array."""
        size = sum(row.nbytes for row in rows)
        try:
            memory = self._free.pop()
        except IndexError:  # asking first would not do: there are several threads
            memory = np.empty(size, np.uint8)
        if memory.size < size:
            memory = np.empty(size, np.uint8)
        place = memory[:size].view(rows[0].dtype).reshape(len(rows), *rows[0].shape)
        try:
            yield np.stack(rows, out=place)
        finally:
            self._free.append(memory)


@dataclass(frozen=True)
class Step:
    """What one transform did to one sample.

    Attributes:
        transform: The transform.
        parameters: What it drew; None if the sample stays as it is.
        data: The sample afterwards.
    """

    transform: Transform
    parameters: Any
    data: np.ndarray


@dataclass(frozen=True)
class Chain:
    """Transforms, one after the other, and what makes the network's input of their result.

    Args:
        transforms: Random changes, in the order in which they are applied.
        finish: Takes samples of shape (n, ...), which it may change, and returns as many; None leaves them.
    """

    transforms: tuple[Transform, ...] = ()
    finish: Finish | None = None
    _scratch: _Scratch = field(default_factory=_Scratch, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, transforms: Sequence[Transform], finish: Finish | None = None) -> Chain:
        """Return the chain of transforms that are in their order; neighbours that can be one become one."""
        steps: list[Transform] = []
        for transform in transforms:
            last = steps[-1] if steps else None
            both = last.fused(transform) if isinstance(last, FusingTransform) else None
            if both is None:
                steps.append(transform)
            else:
                steps[-1] = both
        return cls(tuple(steps), finish)

    def run(self, data: Rows, samples: Sequence[Sample], seed: int, epoch: int) -> np.ndarray:
        """Return the finished samples, of shape (n, ...).

        Args:
            data: What the source gave for each.
            samples: Which samples these are.
            seed: Of every random choice.
            epoch: From 0.

        Raises:
            DatasetError: If a step fails, or what comes out has more than one shape; names the sample.
        """
        if self.transforms:
            rngs = sample_generators(seed, epoch, [sample.index for sample in samples])
            for transform in self.transforms:
                data = _changed(transform, data, samples, rngs, self._scratch)
        batch = _stacked(data, samples)
        return batch if self.finish is None else self.finish(batch)

    def steps(self, data: np.ndarray, sample: Sample, seed: int, epoch: int) -> Iterator[Step]:
        """Yield what each transform draws for one sample, and makes of it."""
        (rng,) = sample_generators(seed, epoch, [sample.index])
        for transform in self.transforms:
            with _Naming(transform, sample):
                parameters = transform.draw(rng, replace(sample, shape=data.shape))
                data = data if parameters is None else transform.apply(data, parameters)
            yield Step(transform, parameters, data)


def _changed(
    transform: Transform,
    data: Rows,
    samples: Sequence[Sample],
    rngs: Sequence[np.random.Generator],
    scratch: _Scratch,
) -> Rows:
    drawn: list[Any] = []
    for row, sample, rng in zip(data, samples, rngs, strict=True):
        known = sample if sample.shape == row.shape else replace(sample, shape=row.shape)
        with _Naming(transform, sample):
            drawn.append(transform.draw(rng, known))
    if isinstance(transform, BatchTransform) and _are_alike(data):
        with _Naming(transform, samples[0]):
            return _applied_at_once(transform, data, drawn, scratch)
    changed: list[np.ndarray] = []
    for row, sample, parameters in zip(data, samples, drawn, strict=True):
        with _Naming(transform, sample):
            changed.append(row if parameters is None else transform.apply(row, parameters))
    return changed


def _applied_at_once(
    transform: BatchTransform, data: Rows, drawn: Sequence[Any], scratch: _Scratch
) -> np.ndarray:
    if isinstance(data, np.ndarray):
        return transform.apply_batch(data, drawn)
    with scratch.stacked(data) as stacked:
        made = transform.apply_batch(stacked, drawn)
        return made.copy() if np.may_share_memory(made, stacked) else made


def _are_alike(data: Rows) -> bool:
    return isinstance(data, np.ndarray) or len({(row.shape, row.dtype) for row in data}) == 1


def _stacked(data: Rows, samples: Sequence[Sample]) -> np.ndarray:
    if isinstance(data, np.ndarray):
        return data
    for row, sample in zip(data, samples, strict=True):
        if row.shape != data[0].shape:
            raise DatasetError(
                f"{sample.name} has the shape {row.shape}, but {samples[0].name} has {data[0].shape}",
                hint="all samples of a batch must have one shape",
            )
    return np.stack(data)


class _Naming:
    """Says which step failed on which sample. A class, because it is entered for each sample."""

    def __init__(self, transform: Transform, sample: Sample) -> None:
        self._transform = transform
        self._sample = sample

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if isinstance(error, Exception) and not isinstance(error, YZLiteError):
            step = getattr(self._transform, "function", type(self._transform))
            name = getattr(step, "__name__", type(self._transform).__name__)
            what = f"{name} failed on {self._sample.name}"
            raise DatasetError(f"{what}: {type(error).__name__}: {error}") from error
