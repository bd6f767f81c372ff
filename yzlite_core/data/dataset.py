"""Dataset, the one value that flows from loading to evaluation, and Sampling, what is wanted of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from yzlite_core.data.streams import (
    Stream,
    as_stream,
    batches_of,
    is_py_dataset,
    is_tf_data,
    number_of_batches,
)
from yzlite_core.data.structures import as_arrays, count, is_in_memory, joined, leaves, taken
from yzlite_core.errors import DatasetError
from yzlite_core.support.files import sha256

_HASH_CONTENT_BELOW = 256 << 20


@dataclass(frozen=True)
class Sampling:
    """What somebody who asks for data wants of it; what is None is left to the loader.

    Attributes:
        classes: The class labels, in place of the model's.
        augment: Whether samples are changed at random; a loader usually does it to training data.
        shuffle: Whether each epoch has another order; a loader usually shuffles training data.
        steps: The most batches of an epoch.
    """

    classes: tuple[str, ...] | None = None
    augment: bool | None = None
    shuffle: bool | None = None
    steps: int | None = None

    def with_defaults(self, usual: Sampling) -> Sampling:
        """Return the same, and where it leaves something open what is usual."""
        return replace(usual, **self.wishes)

    @property
    def wishes(self) -> dict[str, Any]:
        """What is not left open, by name."""
        given = {wish.name: getattr(self, wish.name) for wish in fields(self)}
        return {name: value for name, value in given.items() if value is not None}


#: The data as its loader gives it.
AS_USUAL = Sampling()


@dataclass(frozen=True)
class Dataset:
    """One subset of a model's data.

    Attributes:
        subset: What it really is: `training`, `validation` or `evaluation`. A loader that is asked for
            evaluation data and has none answers with validation data and says so here.
        x: An array of shape (n, ...), for several inputs a list or a dictionary of them, `Batches`, a
            `keras.utils.PyDataset`, a `tf.data.Dataset`, or a `Stream` of batches.
        y: Targets of shape (n, ...), in the same forms, if `x` holds arrays.
        sample_weight: Weight of each sample, if `x` holds arrays.
        class_counts: Number of samples of each class.
        name: The dataset's name, for people.
        generated: Whether code made the data; every printout says so.
        files: The files of each class, relative to the dataset's folder, in the order in force.
        shuffled: Whether `files` is a shuffled order that must be kept.
        fingerprint: SHA-256 of the data, or None if it cannot be told.
        steps: Batches in an epoch; None for as many as there are.
        batch_size: Samples in a batch, if `x` holds arrays.
        validation: The validation data, if the loader of the training data brought it along.
    """

    subset: str
    x: Any
    y: Any = None
    sample_weight: Any = None
    class_counts: Mapping[str, int] = field(default_factory=dict)
    name: str = ""
    generated: bool = False
    files: Mapping[str, Sequence[str]] | None = None
    shuffled: bool = False
    fingerprint: str | None = None
    steps: int | None = None
    batch_size: int | None = None
    validation: Dataset | None = None

    def __post_init__(self) -> None:
        for name in ("x", "y", "sample_weight"):
            object.__setattr__(self, name, as_data(getattr(self, name), name))

    @property
    def in_memory(self) -> bool:
        """Whether `x` holds arrays."""
        return is_in_memory(self.x)

    @property
    def skipped(self) -> Mapping[str, str]:
        """The samples that were left out so far because they cannot be read: their names, and why."""
        return getattr(self.x, "skipped", {})

    @property
    def samples(self) -> int | None:
        """The number of samples, or None if it is not known without counting."""
        if self.in_memory:
            return count(self.x)
        return sum(self.class_counts.values()) or None

    def batches(self) -> Iterator[tuple[Any, Any]]:
        """Yield one epoch of (x, y) as NumPy arrays; y is None where there are no targets.

        `x` is an array of shape (n, ...); for a network of several inputs it is a list of such arrays in
        the order of the network's inputs, or a dictionary of them by the inputs' names, as the data has it.
        """
        if self.in_memory:
            size = self.batch_size or 32
            for start in range(0, count(self.x), size):
                rows = slice(start, start + size)
                yield taken(self.x, rows), taken(self.y, rows)
            return
        for x, y, _ in islice(batches_of(self.x), self.steps):
            yield x, y

    def arrays(self) -> tuple[Any, Any]:
        """Return the whole subset as (x, y), in the form of `batches`; y is None without targets."""
        pairs = list(self.batches())
        if not pairs:
            raise DatasetError(f"The {self.subset} data is empty")
        xs, ys = zip(*pairs, strict=True)
        return joined(xs), joined(ys)

    def describe(self) -> str:
        """Return one line for people: subset, counts of the classes, and whether it was generated."""
        counts = ", ".join(f"{name} {number:,}" for name, number in self.class_counts.items())
        made = " (generated data)" if self.generated else ""
        return f"{self.subset}: {counts or self._size()}{made}"

    def _size(self) -> str:
        if self.in_memory:
            shapes = " and ".join(str(leaf.shape[1:]) for leaf in leaves(self.x))
            return f"{count(self.x):,} samples of shape {shapes}"
        number = self.steps or number_of_batches(self.x)
        return f"{type(self.x).__name__} of {'unknown length' if number is None else f'{number:,} batches'}"


def as_data(value: Any, name: str = "x") -> Any:
    """Return data in the form that `Dataset` holds: arrays, or something that yields batches.

    Args:
        value: Whatever `keras.Model.fit` takes, a generator function, or any iterable of batches.
        name: What errors call it.

    Raises:
        DatasetError: If it is none of these.
    """
    if value is None or isinstance(value, Stream) or is_tf_data(value) or is_py_dataset(value):
        return value
    try:
        arrays = as_arrays(value)
    except DatasetError as error:
        raise DatasetError(f"{name}: {error.message}", hint=error.hint) from None
    known = arrays if arrays is not None or isinstance(value, (list, tuple, Mapping)) else as_stream(value)
    if known is None or isinstance(value, (str, bytes)):
        raise DatasetError(
            f"{name} holds {type(value).__name__}, which is no data",
            hint="it takes arrays (a list or dictionary of them for several inputs), a tf.data.Dataset, a "
            "keras.utils.PyDataset, a generator or a generator function",
        )
    return known


def hash_files(root: Path, files: Iterable[str]) -> str:
    """Return the SHA-256 of the named files' paths and contents (of their sizes above 256 MiB in all)."""
    names = sorted(files)
    sizes = {name: (root / name).stat().st_size for name in names}
    by_content = sum(sizes.values()) < _HASH_CONTENT_BELOW
    digest = hashlib.sha256()
    for name in names:
        mark = sha256(root / name) if by_content else str(sizes[name])
        digest.update(f"{name}\0{mark}\n".encode())
    return digest.hexdigest()


def hash_arrays(*arrays: Any) -> str:
    """Return the SHA-256 of the arrays' shapes, types and bytes."""
    digest = hashlib.sha256()
    for array in arrays:
        if array is not None:
            data = np.ascontiguousarray(array)
            digest.update(f"{data.shape}{data.dtype}".encode())
            digest.update(data.tobytes())
    return digest.hexdigest()
