"""What the targets of a dataset say about its classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from yzlite_core.data.batches import Batches
from yzlite_core.data.streams import Batch, Stream, batches_of, is_tf_data
from yzlite_core.data.structures import count, is_in_memory, joined, taken
from yzlite_core.errors import DatasetError

_MOST_BATCHES = 16  # that a dry run reads to find a few samples of each class


def labels_of(y: Any) -> np.ndarray | None:
    """Return the class id of each sample, shape (n,), or None if the targets are no labels.

    Args:
        y: One-hot rows of shape (n, classes), or ids of shape (n,) or (n, 1); anything else is no label.
    """
    if not isinstance(y, np.ndarray) or y.ndim > 2 or not np.issubdtype(y.dtype, np.number):
        return None
    if y.ndim == 2 and y.shape[1] > 1:
        return np.asarray(y.argmax(axis=1))
    ids = y.reshape(-1)
    whole = ids.astype(np.int64)
    return whole if np.array_equal(whole, ids) else None


def counts_of(y: Any, classes: Sequence[str]) -> dict[str, int]:
    """Return the number of samples of each class; several may be marked in one row. Empty if unknown."""
    if isinstance(y, np.ndarray) and y.ndim == 2 and y.shape[1] == len(classes) > 1:
        numbers = (y > 0.5).sum(axis=0)
    else:
        labels = labels_of(y)
        if labels is None or (len(labels) and not 0 <= labels.min() <= labels.max() < len(classes)):
            return {}
        numbers = np.bincount(labels, minlength=len(classes))
    return {name: int(number) for name, number in zip(classes, numbers, strict=True)}


def first_of_each_class(y: Any, samples: int, limit: int) -> np.ndarray:
    """Return the indices of the first `limit` samples of each class; without classes, of all samples."""
    labels = labels_of(y)
    if labels is None or len(np.unique(labels)) > samples // 2:
        return np.arange(min(samples, limit))
    return np.sort(np.concatenate([np.flatnonzero(labels == label)[:limit] for label in np.unique(labels)]))


def limited(x: Any, y: Any, weight: Any, limit: int, n_classes: int, batch_size: int) -> Batch:
    """Return the first `limit` samples of each class as (x, y, weight), in data of the same kind.

    Args:
        x: Arrays, or what yields batches; of the latter only the first few are read.
        y: Targets, if `x` holds arrays.
        weight: Sample weights, if `x` holds arrays.
        limit: The most samples of each class.
        n_classes: The number of classes; 0 if there are none.
        batch_size: Samples in a batch.
    """
    if is_in_memory(x):
        rows = first_of_each_class(y, count(x), limit)
        return taken(x, rows), taken(y, rows), taken(weight, rows)
    if type(x) is Batches and len(x.source) <= limit * max(1, n_classes):
        return x, None, None  # its loader has limited it
    few = _first_batches(x, limit, n_classes)
    rows = first_of_each_class(few[1], count(few[0]), limit)
    parts = tuple(taken(part, rows) for part in few if part is not None)
    if is_tf_data(x):
        import tensorflow as tf

        return tf.data.Dataset.from_tensor_slices(parts).batch(batch_size), None, None
    return Stream(lambda: [parts]), None, None


def _first_batches(x: Any, limit: int, n_classes: int) -> Batch:
    read: list[Batch] = []
    for batch in batches_of(x):
        read.append(batch)
        labels = labels_of(joined([y for _, y, _ in read]))
        if labels is None or not n_classes:
            enough = sum(count(part) for part, _, _ in read) >= limit
        else:
            enough = int((np.bincount(labels.clip(0), minlength=n_classes) >= limit).sum()) >= n_classes
        if enough or len(read) == _MOST_BATCHES:
            break
    if not read:
        raise DatasetError(
            "The dataset that was loaded yields no batch",
            hint="is it empty, or do batches with drop_remainder=True leave nothing?",
        )
    xs, ys, weights = zip(*read, strict=True)
    return joined(xs), joined(ys), joined(weights)
