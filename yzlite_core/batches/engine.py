"""Put batches together, ahead of time, in threads, reproducibly."""

from __future__ import annotations

import copy
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import numpy as np

from yzlite_core.batches.prefetch import Prefetcher
from yzlite_core.batches.sources import Source
from yzlite_core.batches.transforms import Sample, Transform
from yzlite_core.errors import DatasetError, YZLiteError

_ORDER = 0xFFFF_FFFF  # the stream of the epoch's order, apart from any sample's


def worker_count(cores: int | float) -> int:
    """Return the number of workers: an int as it is, a share of the cores for a float, -1 for all.

    Clamped to 1 and the number of cores that this process may use.
    """
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wanted = available if cores == -1 else round(cores * available) if isinstance(cores, float) else cores
    return max(1, min(wanted, available))


class Batches(Sequence[Any]):
    """One epoch after another of batches (x, y), or x alone without targets.

    The sample with index `i` is changed by a generator derived from (seed, epoch, i), so a batch has
    the same bytes whatever the number of workers, and epoch `e` can be repeated by setting `epoch`.
    `keras_model.fit(batches)` works: Keras meets a `keras.utils.PyDataset`.

    Args:
        source: The samples.
        targets: Array of shape (n, ...), `'input'` for the input itself, or None.
        batch_size: Samples in a batch, 1 or more; -1 for all. The last batch may be smaller.
        transforms: Random changes, applied in the order of their `order`.
        finish: Makes the network's input of a sample's data; None leaves it.
        labels: Class id of each sample, for transforms that ask; None if there are none.
        shuffle: Whether each epoch has an order of its own.
        dtype: Type of the input in a batch; None keeps the data's own.
        seed: Of every random choice.
        workers: Threads; 1 makes batches in line.
        max_pending: Batches made ahead.

    Attributes:
        epoch: The number of the epoch at hand, from 0.
        failure: What broke the making of a batch first. Keras wraps it beyond recognition.
    """

    use_multiprocessing = False
    max_queue_size = 0

    def __init__(
        self,
        source: Source,
        targets: np.ndarray | Literal["input"] | None = None,
        *,
        batch_size: int = 32,
        transforms: Sequence[Transform] = (),
        finish: Callable[[np.ndarray], np.ndarray] | None = None,
        labels: np.ndarray | None = None,
        shuffle: bool = False,
        dtype: Any = None,
        seed: int = 42,
        workers: int = 1,
        max_pending: int = 4,
    ) -> None:
        if not len(source):
            raise DatasetError("The dataset has no samples")
        self.source = source
        self.targets = targets
        self.batch_size = len(source) if batch_size == -1 else batch_size
        self.transforms = tuple(sorted(transforms, key=lambda transform: transform.order))
        self.finish = finish
        self.labels = labels
        self.shuffle = shuffle
        self.dtype = dtype
        self.seed = seed
        self.epoch = 0
        self.failure: Exception | None = None
        self._prefetcher = Prefetcher(self._make, workers, max_pending) if workers > 1 else None

    # Keras asks isinstance(x, keras.utils.PyDataset). Whoever calls fit has imported Keras; we need not.
    @property  # type: ignore[misc]  # `type(batches)` stays what it is
    def __class__(self) -> type:
        keras = sys.modules.get("keras")
        utils = getattr(keras, "utils", None)
        return getattr(utils, "PyDataset", Batches)

    @property
    def workers(self) -> int:
        """1: for Keras, which must not start workers of its own on top of ours."""
        return 1

    @property
    def num_batches(self) -> int:
        """The number of batches in an epoch."""
        return math.ceil(len(self.source) / self.batch_size)

    def __len__(self) -> int:
        return self.num_batches

    def __getitem__(self, index: Any) -> Any:
        if not 0 <= index < self.num_batches:
            raise IndexError(f"batch {index} of {self.num_batches}")
        try:
            if self._prefetcher is None:
                return self._make(self.epoch, index)
            return self._prefetcher.get(self.epoch, index, self.num_batches)
        except Exception as error:
            self.failure = self.failure or error
            raise

    def __iter__(self) -> Iterator[Any]:
        for index in range(self.num_batches):
            yield self[index]

    def on_epoch_begin(self) -> None:
        """Called by Keras before an epoch."""

    def on_epoch_end(self) -> None:
        """Go on to the next epoch: another order, other transforms."""
        self.epoch += 1

    def order(self, epoch: int) -> np.ndarray:
        """Return the indices of the samples in the order of an epoch."""
        if not self.shuffle:
            return np.arange(len(self.source))
        return np.random.default_rng((self.seed, epoch, _ORDER)).permutation(len(self.source))

    def with_transforms(self, transforms: Sequence[Transform]) -> Batches:
        """Return the same batches with further transforms in the chain."""
        other = copy.copy(self)
        other.transforms = tuple(sorted((*self.transforms, *transforms), key=lambda t: t.order))
        if self._prefetcher is not None:
            other._prefetcher = self._prefetcher.for_maker(other._make)
        return other

    def shutdown(self, wait: bool = True) -> None:
        """Stop the workers; batches can still be made afterwards, by new ones."""
        if self._prefetcher is not None:
            self._prefetcher.shutdown(wait)

    def sample(self, index: int, epoch: int = 0) -> np.ndarray:
        """Return one sample as it stands in the batches of an epoch: transformed and finished."""
        data = self.source.load(index)
        if self.transforms:
            rng = np.random.default_rng((self.seed, epoch, index))
            for transform in self.transforms:
                data = self._transformed(transform, rng, data, index)
        return data if self.finish is None else self.finish(data)

    def _transformed(
        self, transform: Transform, rng: np.random.Generator, data: np.ndarray, index: int
    ) -> np.ndarray:
        label = None if self.labels is None else int(self.labels[index])
        sample = Sample(index, label, self.source.name(index), data.shape)
        try:
            parameters = transform.draw(rng, sample)
            return data if parameters is None else transform.apply(data, parameters)
        except YZLiteError:
            raise
        except Exception as error:
            step = getattr(transform, "function", type(transform))
            name = getattr(step, "__name__", type(transform).__name__)
            raise DatasetError(f"{name} failed on {sample.name}: {type(error).__name__}: {error}") from error

    def _make(self, epoch: int, batch: int) -> Any:
        start = batch * self.batch_size
        indices = self.order(epoch)[start : start + self.batch_size]
        first = self.sample(int(indices[0]), epoch)
        x = np.empty((len(indices), *first.shape), self.dtype or first.dtype)
        x[0] = first
        for row, index in enumerate(indices[1:], start=1):
            data = self.sample(int(index), epoch)
            if data.shape != first.shape:
                raise DatasetError(
                    f"{self.source.name(int(index))} has the shape {data.shape}, but "
                    f"{self.source.name(int(indices[0]))} has {first.shape}",
                    hint="all samples of a batch must have one shape",
                )
            x[row] = data
        if self.targets is None:
            return x
        return x, (x if isinstance(self.targets, str) else self.targets[indices])
