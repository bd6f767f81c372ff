"""Samples in memory: one array, or for several inputs a list of arrays or a dictionary of them by name.

Where nothing else is said, functions take such a structure and return one of the same kind; the first axis
counts samples. What Keras and TensorFlow call a structure has tuples too: `listed` makes ours of it, and
`tupled` theirs of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from yzlite_core.errors import DatasetError

Arrays = Any  # np.ndarray | list[np.ndarray] | dict[str, np.ndarray], of any depth


def as_arrays(value: Any) -> Arrays | None:
    """Return `value` as arrays, or None if it is nothing that lies in memory.

    A list or tuple that holds arrays is one array for each input; a list of numbers, or of lists of
    numbers, is one array.

    Raises:
        DatasetError: If the rows of a list have different lengths, or an array holds no numbers.
    """
    if isinstance(value, np.ndarray):
        if value.dtype == object:
            raise DatasetError(
                "an array holds objects, not numbers", hint="the samples must have one shape and type"
            )
        return value
    if isinstance(value, Mapping):
        parts = {str(name): as_arrays(part) for name, part in value.items()}
        return None if any(part is None for part in parts.values()) else parts
    if isinstance(value, (list, tuple)):
        if any(isinstance(part, Mapping) or hasattr(part, "shape") for part in value):
            listed = [as_arrays(part) for part in value]
            return None if any(part is None for part in listed) else listed
        try:
            array = np.asarray(value)
        except ValueError:
            raise DatasetError("a list has rows of different lengths") from None
        return None if array.dtype == object else array
    return np.asarray(value) if hasattr(value, "__array__") else None


def is_in_memory(data: Any) -> bool:
    """Tell whether data is such a structure, and no stream of batches."""
    return isinstance(data, (np.ndarray, list, dict))


def listed(structure: Any) -> Any:
    """Return a structure of anything with lists in the place of tuples."""
    if isinstance(structure, Mapping):
        return {name: listed(part) for name, part in structure.items()}
    return [listed(part) for part in structure] if isinstance(structure, (tuple, list)) else structure


def tupled(arrays: Arrays) -> Any:
    """Return the structure with tuples in the place of lists, which TensorFlow takes for tensors."""
    if isinstance(arrays, dict):
        return {name: tupled(part) for name, part in arrays.items()}
    return tuple(map(tupled, arrays)) if isinstance(arrays, list) else arrays


def mapped(function: Callable[[Any], Any], arrays: Arrays) -> Any:
    """Return the structure with `function` applied to each of its arrays."""
    if isinstance(arrays, dict):
        return {name: mapped(function, part) for name, part in arrays.items()}
    if isinstance(arrays, list):
        return [mapped(function, part) for part in arrays]
    return function(arrays)


def leaves(arrays: Arrays) -> Iterator[Any]:
    """Yield the arrays of a structure."""
    if isinstance(arrays, (dict, list)):
        for part in arrays.values() if isinstance(arrays, dict) else arrays:
            yield from leaves(part)
    elif arrays is not None:
        yield arrays


def count(arrays: Arrays) -> int:
    """Return the number of samples.

    Raises:
        DatasetError: If the inputs have different numbers of samples.
    """
    counts = [len(leaf) for leaf in leaves(arrays)]
    if len(set(counts)) > 1:
        raise DatasetError(
            f"the inputs have different numbers of samples: {', '.join(map(str, counts))}",
            hint="a list of arrays is one array for each input; for a list of samples write np.stack(...)",
        )
    return counts[0] if counts else 0


def taken(arrays: Arrays, rows: Any) -> Arrays:
    """Return some of the samples: a slice, indices, or a mask of shape (n,); None stays None."""
    return None if arrays is None else mapped(lambda leaf: leaf[rows], arrays)


def joined(parts: Sequence[Arrays]) -> Arrays:
    """Return one structure with the samples of several of the same kind; of Nones, None."""
    first = parts[0]
    if first is None:
        return None
    if isinstance(first, dict):
        return {name: joined([part[name] for part in parts]) for name in first}
    if isinstance(first, list):
        return [joined(column) for column in zip(*parts, strict=True)]
    return np.concatenate(parts)
