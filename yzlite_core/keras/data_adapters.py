"""What `keras.Model.fit` is given as training data: the same in each epoch, also after an interruption.

Keras shuffles arrays by a generator that nobody can ask for its state, looks at the first batches before
it trains, and reads ahead. A feed therefore tells by the number of the epoch alone what comes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from yzlite_core.data.batches import Batches
from yzlite_core.data.structures import count, listed, mapped, taken, tupled

_ORDER = 0xFFFF_FFFF  # the stream of an epoch's order, as that of `Batches`
_BY_ITSELF: dict[str, Any] = {
    **dict.fromkeys(("y", "sample_weight", "batch_size", "steps_per_epoch")),
    "shuffle": False,
}


class Feed:
    """Data for `fit`, which Keras reads by itself, in an order that Keras' own generator gives.

    Args:
        x: What Keras is given.
        **arguments: Further arguments of `fit` that go with it.
    """

    def __init__(self, x: Any, **arguments: Any) -> None:
        self.x = x
        self._arguments = arguments

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of `keras.Model.fit` that stand for the training data."""
        return {"x": self.x, **self._arguments}

    def begin(self, epoch: int) -> None:
        """Come to the beginning of an epoch (from 0) in whichever way; called once, before the first.

        Where threads read batches in any order, each batch has to follow from its number.
        """
        for _ in range(epoch if hasattr(self.x, "on_epoch_end") else 0):
            self.x.on_epoch_end()

    def at(self, epoch: int) -> None:
        """An epoch begins; nothing of it has been asked for yet."""

    def example(self) -> Any:
        """Return the inputs of a batch, by which Keras tells the shapes; nothing is used up."""
        batch = self.x[0]
        return batch[0] if isinstance(batch, (tuple, list)) else batch

    def get_state(self) -> Any:
        """Return what the data remembers, or None if the epoch's number tells all."""
        return None

    def set_state(self, state: Any) -> None:
        """Give the data what it remembered, in place of `begin`."""


class BatchesFeed(Feed):
    """`Batches`, which only need to know the epoch."""

    def begin(self, epoch: int) -> None:
        """There is nothing to do."""

    def at(self, epoch: int) -> None:
        """Set the epoch."""
        self.x.epoch = epoch


class ArrayFeed(Feed):
    """Arrays in memory, whose order in each epoch follows from seed and epoch.

    Args:
        arrays: `(x,)`, `(x, y)` or `(x, y, sample_weight)`; each an array of shape (n, ...), or a list,
            tuple or dictionary of such.
        batch_size: Samples in a batch.
        steps: Batches in an epoch; None for all. Fewer, or more, go on where the epoch before ended.
        shuffle: Whether each pass over the samples has an order of its own.
        seed: Of the orders.
    """

    def __init__(
        self, arrays: tuple[Any, ...], batch_size: int, steps: int | None, *, shuffle: bool, seed: int
    ) -> None:
        self._tensors = mapped(_tensor, listed(arrays))
        self._count = count(self._tensors)
        self._batch_size = batch_size
        self._own_steps = steps
        self._shuffled = shuffle
        self._seed = seed
        self._epoch = 0
        passes = tf.data.Dataset.from_generator(
            self._passes, output_signature=tf.TensorSpec((None,), tf.int64)
        )
        batches = passes.flat_map(lambda order: tf.data.Dataset.from_tensor_slices(order).batch(batch_size))
        length = steps or math.ceil(self._count / batch_size)
        data = batches.take(length).map(self._gathered, num_parallel_calls=tf.data.AUTOTUNE)
        data = data.prefetch(tf.data.AUTOTUNE)
        super().__init__(data.apply(tf.data.experimental.assert_cardinality(length)), **_BY_ITSELF)

    def begin(self, epoch: int) -> None:
        """There is nothing to do."""

    def at(self, epoch: int) -> None:
        """Set the epoch."""
        self._epoch = epoch

    def example(self) -> Any:
        """Return the first sample."""
        return tupled(taken(self._tensors[0], slice(1)))

    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]  # no type information
    def _gathered(self, rows: Any) -> Any:
        """Return samples by their numbers."""
        return tupled(mapped(lambda tensor: tf.gather(tensor, rows), self._tensors))

    def _passes(self) -> Iterator[np.ndarray]:
        """Yield the orders of the passes over the samples that the epoch needs, from its first sample."""
        if self._own_steps is None:
            yield self._order(self._epoch)
            return
        batches = math.ceil(self._count / self._batch_size)
        first, skipped = divmod(self._epoch * self._own_steps, batches)
        yield self._order(first)[skipped * self._batch_size :]
        for number in itertools.count(first + 1):
            yield self._order(number)

    def _order(self, number: int) -> np.ndarray:
        return order_of_pass(self._count, number, self._seed) if self._shuffled else np.arange(self._count)


def order_of_pass(count: int, number: int, seed: int) -> np.ndarray:
    """Return the order of a pass (from 0) over so many things: int64 of shape (count,)."""
    return np.random.default_rng((seed, number, _ORDER)).permutation(count)


class SteadyDataset(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no type information
    """Batches that are read once each, in their order, whatever Keras does beforehand.

    Args:
        read: Returns the batch of a number, counted over all epochs.
        length: Batches in an epoch.
        on_epoch_begin: Called when an epoch begins.
        on_epoch_end: Called when an epoch ends.
    """

    def __init__(
        self,
        read: Callable[[int], Any],
        length: int,
        on_epoch_begin: Callable[[], Any] = lambda: None,
        on_epoch_end: Callable[[], Any] = lambda: None,
    ) -> None:
        super().__init__(workers=1)
        self._read = read
        self._length = length
        self._begin_epoch = on_epoch_begin
        self._end_epoch = on_epoch_end
        self._first_two: list[Any] = []
        self.training = False
        self.epoch = 0

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> Any:
        """Return a batch; before training begins, one of the first two, by which Keras tells the shapes."""
        if self.training:
            return self._read(self.epoch * self._length + index)
        while len(self._first_two) < min(2, self._length):
            self._first_two.append(self._read(len(self._first_two)))
        return self._first_two[min(index, len(self._first_two) - 1)]

    def on_epoch_begin(self) -> None:
        """Pass it on."""
        if self.training:
            self._begin_epoch()

    def on_epoch_end(self) -> None:
        """Pass it on."""
        if self.training:
            self._end_epoch()

    def pass_over(self, epochs: int) -> None:
        """Read epochs without using them, as if they had been trained with."""
        for self.epoch in range(epochs):
            self.on_epoch_begin()
            for index in range(self._length):
                self[index]
            self.on_epoch_end()


class SteadyFeed(Feed):
    """A `keras.utils.PyDataset` of the script's own.

    After an interruption, what was used is read again; a dataset with `get_state` and `set_state` is
    given back what it remembered instead.

    Args:
        source: The dataset.
        steps: Batches in an epoch; None for all. Fewer go on where the epoch before ended.
        shuffle: Whether its batches come in another order in each pass.
        seed: Of the orders.
    """

    def __init__(self, source: Any, steps: int | None, *, shuffle: bool, seed: int) -> None:
        known = source.num_batches

        def read(number: int) -> Any:
            if known is None:
                return source[number]
            over, index = divmod(number, known)
            return source[int(order_of_pass(known, over, seed)[index]) if shuffle else index]

        steady = SteadyDataset(read, steps or known, source.on_epoch_begin, source.on_epoch_end)
        super().__init__(steady, **_BY_ITSELF)
        self._source = source

    def begin(self, epoch: int) -> None:
        """Read again what the epochs before have read."""
        self.x.training = True
        self.x.pass_over(epoch)

    def at(self, epoch: int) -> None:
        """Set the epoch."""
        self.x.epoch = epoch

    def get_state(self) -> Any:
        """Return what the dataset says."""
        return self._source.get_state() if hasattr(self._source, "get_state") else None

    def set_state(self, state: Any) -> None:
        """Give the dataset what it said."""
        self.x.training = True
        self._source.set_state(state)


class TfDataFeed(Feed):
    """A `tf.data.Dataset`; after an interruption, what was used is read again.

    Keras makes more iterators than it uses, and each would change what a shuffled dataset gives next.
    Here the script's dataset begins only when the first of its elements is asked for.
    """

    def __init__(self, source: Any, steps: int | None) -> None:
        self._source = source
        self._skipped = 0
        start = tf.data.Dataset.from_generator(
            lambda: iter([self._skipped]), output_signature=tf.TensorSpec((), tf.int64)
        )
        data = start.flat_map(source.skip).with_options(source.options())
        length = int(source.cardinality())
        if length != tf.data.UNKNOWN_CARDINALITY:
            data = data.apply(tf.data.experimental.assert_cardinality(length))
        super().__init__(data, steps_per_epoch=steps, shuffle=False)
        self._steps = steps

    def example(self) -> Any:
        """Return zeros of the shape of one sample."""
        spec = self.x.element_spec
        inputs = spec[0] if isinstance(spec, tuple) else spec
        return tupled(mapped(lambda s: tf.zeros((1, *s.shape[1:]), s.dtype), listed(inputs)))

    def begin(self, epoch: int) -> None:
        """Read again what the epochs before have read."""
        if self._steps is not None:
            self._skipped = epoch * self._steps
            return
        for _ in range(epoch):
            for _ in self.x:
                pass


def feed_of(arguments: Mapping[str, Any], seed: int) -> Feed:
    """Return what Keras is given for the training data.

    Args:
        arguments: Those of `keras.Model.fit` on the training data: `x`, `y`, `sample_weight`, `batch_size`,
            `steps_per_epoch`, `shuffle`.
        seed: Of the orders.
    """
    x, steps = arguments["x"], arguments.get("steps_per_epoch")
    shuffle = bool(arguments.get("shuffle", True))
    if issubclass(type(x), Batches):
        return BatchesFeed(x)
    if isinstance(x, tf.data.Dataset):
        return TfDataFeed(x, steps)
    if isinstance(x, keras.utils.PyDataset):
        in_line = x.workers <= 1 and not x.use_multiprocessing
        return (
            SteadyFeed(x, steps, shuffle=shuffle, seed=seed)
            if in_line and (steps or x.num_batches)
            else Feed(x)
        )
    if isinstance(x, (list, tuple, dict)) or hasattr(x, "__array__"):
        parts = (x, arguments.get("y"), arguments.get("sample_weight"))
        arrays = parts[: 3 if parts[2] is not None else 2 if parts[1] is not None else 1]
        return ArrayFeed(arrays, arguments.get("batch_size") or 32, steps, shuffle=shuffle, seed=seed)
    return Feed(x)


def _tensor(array: Any) -> Any:
    """Return an array as a tensor of the type that Keras would give it."""
    array = np.asarray(array)
    if np.issubdtype(array.dtype, np.floating):
        array = array.astype(keras.config.floatx())
    return tf.convert_to_tensor(array)
