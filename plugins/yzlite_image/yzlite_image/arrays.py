"""Images and labels that are in memory already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from yzlite_core.errors import DatasetError
from yzlite_core.plugin.data import NamedData, Split, split_file_list

Pair = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class ArrayData:
    """Images and labels in memory.

    Attributes:
        training: Images of shape (n, height, width, channels) and their labels or targets, (n, ...).
        evaluation: The same of the evaluation data.
    """

    training: Pair
    evaluation: Pair


def array_data(named: NamedData) -> ArrayData:
    """Return the arrays that a model's `dataset` names.

    Raises:
        DatasetError: If these are not two pairs of arrays that fit together.
    """
    value = named.training if named.evaluation is None else (named.training, named.evaluation)
    if isinstance(value, (tuple, list)) and len(value) == 4:
        value = (value[:2], value[2:])
    if not isinstance(value, (tuple, list)) or len(value) != 2 or not all(map(_is_pair, value)):
        raise DatasetError(
            f"{named.label} gives a {type(named.training).__name__}, which is neither a folder nor arrays",
            hint="give a folder's path, ((x_train, y_train), (x_test, y_test)), or the four arrays in a row",
        )
    return ArrayData(_checked(value[0], named.label), _checked(value[1], named.label))


def class_ids_of(y: np.ndarray) -> np.ndarray | None:
    """Return the class id of each sample, int32 of shape (n,), or None if `y` is no array of labels.

    Args:
        y: Ids of shape (n,) or (n, 1), or rows of shape (n, classes) whose largest value is at the class.
    """
    if y.ndim == 2 and y.shape[1] > 1:
        return np.asarray(y.argmax(1), np.int32)
    flat = y.reshape(len(y), -1)
    if flat.shape[1] != 1 or not np.array_equal(flat, np.rint(flat)):
        return None
    return flat[:, 0].astype(np.int32)


def share_of(class_ids: np.ndarray, split: Split | None, limit: int = -1) -> np.ndarray:
    """Return the indices of a share of each class, ascending.

    Args:
        class_ids: int of shape (n,).
        split: The share `(start, stop)`, or None for all.
        limit: The most samples of each class, -1 for all.
    """
    chosen: list[int] = []
    for class_id in np.unique(class_ids):
        indices = np.flatnonzero(class_ids == class_id).tolist()
        kept = indices if split is None else split_file_list(indices, split)
        chosen += kept if limit == -1 else kept[:limit]
    return np.array(sorted(chosen), np.intp)


def _is_pair(value: Any) -> bool:
    return isinstance(value, (tuple, list)) and len(value) == 2


def _checked(pair: Any, label: str) -> Pair:
    x, y = (np.asarray(part) for part in pair)
    x = x[..., np.newaxis] if x.ndim == 3 else x
    if x.ndim != 4 or len(x) != len(y):
        raise DatasetError(
            f"{label} gives x and y of the shapes {x.shape} and {y.shape}",
            hint="they are (n, height, width, channels) and (n, ...)",
        )
    return x, y
