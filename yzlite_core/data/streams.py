"""Data that comes batch by batch: generators, `tf.data.Dataset`, `keras.utils.PyDataset`.

TensorFlow is imported only where a `tf.data.Dataset` has to be made.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any

from yzlite_core.data.structures import Arrays, as_arrays, mapped, tupled
from yzlite_core.errors import DatasetError

Batch = tuple[Arrays, Arrays, Arrays]  # x, y, sample weights; the latter two may be None


class Stream:
    """Batches of a generator function, of a generator, or of anything that can be iterated.

    Args:
        make: Returns an iterator over one epoch; called anew for each.
        once: Whether there is only one iterator, which `make` returns each time.

    Attributes:
        failure: What broke the making of a batch first; TensorFlow wraps it beyond recognition.
    """

    def __init__(self, make: Callable[[], Iterable[Any]], *, once: bool = False) -> None:
        self._make = make
        self.once = once
        self.failure: Exception | None = None

    def __iter__(self) -> Generator[Batch, None, None]:
        try:
            for item in self._make():
                yield as_batch(item)
        except Exception as error:
            self.failure = self.failure or error
            raise

    def for_keras(self, *, endless: bool) -> Any:
        """Return a `tf.data.Dataset` of the batches: Keras knows class weights and epochs for these.

        Args:
            endless: Whether it begins again at its end, because the number of steps ends an epoch.

        Raises:
            DatasetError: If there is no batch.
        """
        import tensorflow as tf

        first, start = self._peeked()

        def compact() -> Iterator[Any]:
            for batch in self._forever(start) if endless else start():
                yield tuple(tupled(part) for part in batch if part is not None)

        def spec(array: Any) -> Any:
            return tf.TensorSpec((None, *array.shape[1:]), array.dtype)

        signature = tuple(tupled(mapped(spec, part)) for part in first if part is not None)
        return tf.data.Dataset.from_generator(compact, output_signature=signature)

    def _peeked(self) -> tuple[Batch, Callable[[], Iterator[Batch]]]:
        """Return the first batch, and what begins an epoch that still has it."""
        batches = iter(self)
        first = next(batches, None)
        if first is None:
            raise DatasetError("the generator yields no batch")
        if not self.once:
            return first, self.__iter__
        whole = itertools.chain([first], batches)
        return first, lambda: whole

    def _forever(self, start: Callable[[], Iterator[Batch]]) -> Iterator[Batch]:
        while True:
            empty = True
            for batch in start():
                empty = False
                yield batch
            if self.once or empty:
                self.failure = DatasetError(
                    "the generator ended in the middle of training",
                    hint="let it yield without end, or give the generator function, which is called anew",
                )
                raise self.failure


def as_stream(value: Any) -> Stream | None:
    """Return the stream that a generator, a generator function or an iterable is, or None."""
    if is_tf_data(value) or is_py_dataset(value):
        return None
    if isinstance(value, Iterator):
        return Stream(lambda: value, once=True)
    if isinstance(value, Iterable):
        return Stream(lambda: value)
    return Stream(value) if callable(value) else None


def as_batch(item: Any) -> Batch:
    """Return what a batch holds: a tuple or list is (x, y, sample weights), anything else is x alone."""
    parts = tuple(item) if isinstance(item, (tuple, list)) else (item,)
    arrays = [None if part is None else as_arrays(part) for part in parts]
    unfit = [
        type(part).__name__ for part, array in zip(parts, arrays, strict=True) if part is not array is None
    ]
    if unfit or not 0 < len(parts) < 4 or arrays[0] is None:
        raise DatasetError(
            f"a batch holds {', '.join(unfit) or f'{len(parts)} parts'}",
            hint="a batch is x, (x, y) or (x, y, sample_weight), all arrays",
        )
    x, y, weight = (*arrays, None, None)[:3]
    return x, y, weight


def batches_of(x: Any) -> Iterator[Batch]:
    """Yield one epoch of batches of a stream, a `tf.data.Dataset`, a `PyDataset` or a sequence."""
    if is_tf_data(x):
        yield from map(as_batch, x.as_numpy_iterator())
    elif isinstance(x, Iterable):
        yield from map(as_batch, x)
    else:
        number = number_of_batches(x)
        for index in itertools.count() if number is None else range(number):
            yield as_batch(x[index])


def is_tf_data(x: Any) -> bool:
    """Tell whether `x` is a `tf.data.Dataset`."""
    return hasattr(x, "element_spec") and hasattr(x, "as_numpy_iterator")


def is_py_dataset(x: Any) -> bool:
    """Tell whether `x` is a `keras.utils.PyDataset`, or has what makes one."""
    return hasattr(x, "num_batches") and hasattr(x, "__getitem__")


def number_of_batches(x: Any) -> int | None:
    """Return the number of batches in an epoch, or None if it cannot be told without counting."""
    if is_tf_data(x):
        number = int(x.cardinality())
        return number if number >= 0 else None
    if is_py_dataset(x):
        return None if x.num_batches is None else int(x.num_batches)
    return len(x) if hasattr(x, "__len__") else None


def is_endless(x: Any) -> bool:
    """Tell whether `x` is known to have no end, or can be gone through only once."""
    if is_tf_data(x):
        return int(x.cardinality()) == -1  # tf.data.INFINITE_CARDINALITY
    if is_py_dataset(x):
        return x.num_batches is None
    return isinstance(x, Stream) and x.once


def for_keras(x: Any, steps: int | None) -> Any:
    """Return `x` as `keras.Model.fit` takes it.

    Where `steps` ends an epoch, data that ends earlier begins again: the next epoch goes on where the
    last one stopped.
    """
    if isinstance(x, Stream):
        return x.for_keras(endless=steps is not None)
    if is_tf_data(x) and steps is not None and not is_endless(x):
        return x.repeat()
    return x
