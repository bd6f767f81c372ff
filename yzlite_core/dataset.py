"""Dataset: the one value that flows from loading to training, conversion and evaluation."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from yzlite_core.errors import DatasetError, did_you_mean
from yzlite_core.files import sha256

_HASH_CONTENT_BELOW = 256 << 20


@dataclass(frozen=True)
class Dataset:
    """One subset of a model's data.

    Attributes:
        subset: What it really is: `training`, `validation` or `evaluation`. A loader that is asked for
            evaluation data and has none answers with validation data and says so here.
        x: Array(s) of shape (n, ...), `Batches`, a `keras.utils.PyDataset`, a `tf.data.Dataset`, or an
            iterable of batches.
        y: Targets of shape (n, ...), if `x` holds arrays.
        sample_weight: Weight of each sample, if `x` holds arrays.
        class_counts: Number of samples of each class.
        name: The dataset's name, for people.
        generated: Whether code made the data; every printout says so.
        files: The files of each class, relative to the dataset's folder, in the order in force.
        shuffled: Whether `files` is a shuffled order that must be kept.
        fingerprint: SHA-256 of the data, or None if it cannot be told.
        steps: Batches in an epoch, if `x` is endless.
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

    def batches(self) -> Iterator[tuple[Any, Any]]:
        """Yield one epoch of (x, y) as NumPy arrays; y is None where there are no targets.

        `x` is an array of shape (n, ...), or a list of such arrays for a network of several inputs.
        """
        if isinstance(self.x, (np.ndarray, list, tuple)):
            yield from self._array_batches()
            return
        for number, batch in enumerate(_iterate(self.x)):
            if self.steps is not None and number >= self.steps:
                return
            x, y = (batch[0], batch[1]) if isinstance(batch, (tuple, list)) else (batch, None)
            yield _to_numpy(x), _to_numpy(y)

    def _array_batches(self) -> Iterator[tuple[Any, Any]]:
        parts = self.x if isinstance(self.x, (list, tuple)) else [self.x]
        size = self.batch_size or 32
        for start in range(0, len(parts[0]), size):
            cut = [np.asarray(part[start : start + size]) for part in parts]
            x = cut if isinstance(self.x, (list, tuple)) else cut[0]
            yield x, None if self.y is None else np.asarray(self.y[start : start + size])

    def arrays(self) -> tuple[Any, Any]:
        """Return the whole subset as (x, y) arrays; y is None where there are no targets."""
        pairs = list(self.batches())
        if not pairs:
            raise DatasetError(f"The {self.subset} data is empty")
        xs, ys = zip(*pairs, strict=True)
        x = [np.concatenate(part) for part in zip(*xs, strict=True)] if isinstance(xs[0], list) else None
        return (
            np.concatenate(xs) if x is None else x,
            None if ys[0] is None else np.concatenate(ys),
        )

    def describe(self) -> str:
        """Return one line for people: subset, counts of the classes, and whether it was generated."""
        counts = ", ".join(f"{name} {count:,}" for name, count in self.class_counts.items())
        made = " (generated data)" if self.generated else ""
        return f"{self.subset}: {counts or 'no class counts'}{made}"


def _iterate(source: Any) -> Iterator[Any]:
    if hasattr(source, "as_numpy_iterator"):
        yield from source.as_numpy_iterator()
    elif isinstance(source, Iterable):
        yield from source
    elif callable(source):
        yield from source()
    else:
        yield from (source[index] for index in range(len(source)))


def _to_numpy(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, (tuple, list)):
        return [np.asarray(part) for part in value]
    if isinstance(value, dict):
        return {key: np.asarray(part) for key, part in value.items()}
    return np.asarray(value)


def find_dataset(name: str, registered: Mapping[str, str]) -> Any:
    """Return what a plugin registered as the dataset `name`: a module, an object or a function.

    Args:
        name: The name a specification gave, e.g. `speech_commands_v2`.
        registered: `{name: "module:attribute"}`, as the hook `yzlite_datasets` gathers it.

    Raises:
        DatasetError: If no plugin registered it; names the nearest.
    """
    if name not in registered:
        known = ", ".join(sorted(registered)) or "none"
        raise DatasetError(
            f"There is no folder and no registered dataset '{name}'",
            hint=did_you_mean(name, registered) or f"registered datasets: {known}",
        )
    module, _, attribute = registered[name].partition(":")
    target = importlib.import_module(module)
    return getattr(target, attribute) if attribute else target


def is_generated(dataset: Any) -> bool:
    """Tell whether a dataset's module, object or function declares `GENERATED = True`."""
    return bool(getattr(dataset, "GENERATED", False))


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
