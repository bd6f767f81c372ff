"""Put batches together, ahead of time, in threads, reproducibly."""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from yzlite_core.data.batches.chain import Chain, Finish, Step
from yzlite_core.data.batches.keras_interface import KerasInterface
from yzlite_core.data.batches.prefetch import Prefetcher
from yzlite_core.data.batches.randomness import RandomNumbers
from yzlite_core.data.batches.sources import Source
from yzlite_core.data.batches.transforms import AnyTransform, Sample, Samples
from yzlite_core.data.listing import DirectoryListing
from yzlite_core.errors import DatasetError, UnreadableSampleError

_ORDER = 0xFFFF_FFFF  # the stream of the epoch's order, apart from a batch's


def worker_count(cores: int | float) -> int:
    """Return the number of workers: an int as it is, a share of the cores for a float, -1 for all.

    Clamped to 1 and the number of cores that this process may use.
    """
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wanted = available if cores == -1 else round(cores * available) if isinstance(cores, float) else cores
    return max(1, min(wanted, available))


class Batches(KerasInterface):
    """One epoch after another of batches (x, y), (x, y, weights), or x alone without targets.

    The sample with index `i` is changed by a generator derived from (seed, epoch, i), so a batch has
    the same bytes whatever the number of workers. Any batch of any epoch can be made at any time: set
    `epoch`, and ask for `batches[k]`, or for those from there on with `rest(k)`.
    `keras_model.fit(batches)` works: Keras meets a `keras.utils.PyDataset`.

    Args:
        source: The samples.
        targets: Array of shape (n, ...), `'input'` for the input itself, or None.
        batch_size: Samples in a batch, 1 or more; -1 for all. The last batch may be smaller.
        transforms: Random changes, applied in the order of their `order`.
        finish: Makes the network's input: takes samples of shape (n, ...), which it may change, and
            returns as many; None leaves them.
        sample_weight: Weight of each sample in the loss, of shape (n,), if there are targets; None for 1.
        labels: Class id of each sample, for transforms that ask; None for those of the listing, if any.
        listing: The folder that the samples are in, one after the other; None if they are in none.
        shuffle: Whether each epoch has an order of its own.
        dtype: Type of the input in a batch; None keeps the data's own.
        seed: Of every random choice.
        workers: Threads; 1 makes batches in line.
        max_pending: Batches made ahead.
        on_bad_sample: What happens where a sample cannot be read: `'error'` ends with a sentence that names
            it, `'skip'` leaves it out of its batch, which is smaller then.

    Attributes:
        epoch: The number of the epoch at hand, from 0.
        failure: What broke the making of a batch first. Keras wraps it beyond recognition.
    """

    def __init__(
        self,
        source: Source,
        targets: np.ndarray | Literal["input"] | None = None,
        *,
        batch_size: int = 32,
        transforms: Sequence[AnyTransform] = (),
        finish: Finish | None = None,
        sample_weight: np.ndarray | None = None,
        labels: np.ndarray | None = None,
        listing: DirectoryListing | None = None,
        shuffle: bool = False,
        dtype: Any = None,
        seed: int = 42,
        workers: int = 1,
        max_pending: int = 4,
        on_bad_sample: Literal["error", "skip"] = "error",
    ) -> None:
        if not len(source):
            raise DatasetError("The dataset has no samples")
        self.source = source
        self.targets = targets
        self.batch_size = len(source) if batch_size == -1 else batch_size
        self.transforms = _in_order(transforms)
        self.finish = finish
        self.sample_weight = sample_weight
        self.labels = listing.class_ids if labels is None and listing is not None else labels
        self.listing = listing
        self.shuffle = shuffle
        self.dtype = dtype
        self.seed = seed
        self.on_bad_sample = on_bad_sample
        self.epoch = 0
        self.failure: Exception | None = None
        self._chain = Chain(self.transforms, finish)
        self._skipped: dict[int, str] = {}
        self._last_order = (-1, np.empty(0, np.intp))
        self._prefetcher = Prefetcher(self._make, workers, max_pending) if workers > 1 else None

    @property
    def skipped(self) -> Mapping[str, str]:
        """The samples that were left out so far because they cannot be read: their names, and why."""
        return {self.source.name(index): self._skipped[index] for index in sorted(self._skipped)}

    def __len__(self) -> int:
        return math.ceil(len(self.source) / self.batch_size)

    def __getitem__(self, index: Any) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(f"batch {index} of {len(self)}")
        try:
            if self._prefetcher is None:
                return self._make(self.epoch, index)
            return self._prefetcher.get(self.epoch, index, len(self))
        except Exception as error:
            self.failure = self.failure or error
            if self._prefetcher is not None:  # who caught it may never come back
                self._prefetcher.shutdown(wait=False)
            raise

    def __iter__(self) -> Iterator[Any]:
        return self.rest(0)

    def rest(self, first: int) -> Iterator[Any]:
        """Yield the batches of the epoch at hand from number `first` on."""
        for index in range(first, len(self)):
            yield self[index]

    def order(self, epoch: int) -> np.ndarray:
        """Return the indices of the samples in the order of an epoch."""
        known, order = self._last_order
        if known != epoch:
            rng = np.random.default_rng((self.seed, epoch, _ORDER))
            order = rng.permutation(len(self.source)) if self.shuffle else np.arange(len(self.source))
            self._last_order = (epoch, order)
        return order

    def delivered(self, epoch: int) -> np.ndarray:
        """Return the indices of the samples that the batches of an epoch held, in their order.

        These are all but those that were skipped; of batches to come, that cannot be known.
        """
        order = self.order(epoch)
        return order[~np.isin(order, list(self._skipped))]

    def with_transforms(self, transforms: Sequence[AnyTransform]) -> Batches:
        """Return the same batches with further transforms in the chain."""
        other = copy.copy(self)
        other.transforms = _in_order((*self.transforms, *transforms))
        other._chain = Chain(other.transforms, self.finish)
        if self._prefetcher is not None:
            other._prefetcher = self._prefetcher.for_maker(other._make)
        return other

    def shutdown(self, wait: bool = True) -> None:
        """Stop the workers; batches can still be made afterwards, by new ones."""
        if self._prefetcher is not None:
            self._prefetcher.shutdown(wait)
        self._chain.shutdown()

    def file_of(self, index: int) -> str | None:
        """Return the file of a sample in the dataset's folder; without a folder, what names the sample."""
        return self.source.name(index) if self.listing is None else self.listing.filenames[index]

    def sample(self, index: int, epoch: int = 0) -> np.ndarray:
        """Return one sample as it stands in the batches of an epoch: transformed and finished."""
        made: np.ndarray = self._finished([index], [self.source.load(index)], epoch)[0]
        return made

    def steps(self, index: int, epoch: int = 0) -> Iterator[Step]:
        """Yield what each transform does to one sample in an epoch, for people to look at."""
        data = self.source.load(index)
        samples = Samples(self._described, [index], [data])
        return self._chain.steps(data, samples, RandomNumbers(self.seed, epoch, [index]))

    def _make(self, epoch: int, batch: int) -> Any:
        start = batch * self.batch_size
        indices, data = self._loaded(self.order(epoch)[start : start + self.batch_size])
        x = self._finished(indices, data, epoch)
        if self.targets is None:
            return x
        y = x if isinstance(self.targets, str) else self.targets[indices]
        return (x, y) if self.sample_weight is None else (x, y, self.sample_weight[indices])

    def _loaded(self, indices: np.ndarray) -> tuple[list[int], list[np.ndarray]]:
        """Return those of the samples that can be read, and their data."""
        loaded = [(index, self._load(index)) for index in indices.tolist()]
        readable = [(index, data) for index, data in loaded if data is not None]
        if not readable:
            raise DatasetError(
                f"No sample of a batch can be read: {self._skipped[int(indices[0])]}",
                hint="replace or remove the files, or make batches larger",
            )
        return [index for index, _ in readable], [data for _, data in readable]

    def _load(self, index: int) -> np.ndarray | None:
        try:
            return self.source.load(index)
        except UnreadableSampleError as error:
            if self.on_bad_sample == "error":
                raise
            self._skipped[index] = error.message
            return None

    def _finished(self, indices: Sequence[int], data: list[np.ndarray], epoch: int) -> np.ndarray:
        samples = Samples(self._described, indices, data)
        x = self._chain.run(data, samples, RandomNumbers(self.seed, epoch, indices))
        return x if self.dtype is None else x.astype(self.dtype, copy=False)

    def _described(self, index: int, shape: tuple[int, ...]) -> Sample:
        label = None if self.labels is None else int(self.labels[index])
        name = self.source.name(index)
        return Sample(index, label, name, shape, self.file_of(index))


def _in_order(transforms: Sequence[AnyTransform]) -> tuple[AnyTransform, ...]:
    return tuple(sorted(transforms, key=lambda transform: transform.order))
