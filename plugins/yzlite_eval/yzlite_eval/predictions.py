"""Ask a predictor about a dataset, in parts that fit into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from yzlite_core.errors import DatasetError
from yzlite_core.plugin import Dataset, Predictor
from yzlite_core.plugin.data import count, joined, leaves, taken

# A call of Keras' `predict` costs some 0.1 s whatever its size: ask about many samples at once.
_SAMPLES = 1024
_BYTES = 64 << 20


@dataclass(frozen=True)
class Part:
    """Some samples, with what a network made of them.

    Attributes:
        positions: Where each stands in the dataset's order, shape (n,).
        x: Inputs of shape (n, ...); a list or a dictionary of them for a network of several inputs.
        labels: Class ids, shape (n,).
        outputs: The network's outputs, float32 of shape (n, ...).
    """

    positions: np.ndarray
    x: Any
    labels: np.ndarray
    outputs: Any


def predict(
    predictor: Predictor,
    dataset: Dataset,
    to_labels: Callable[[Any, np.ndarray], np.ndarray],
    *,
    steps: int | None = None,
    max_per_class: int = -1,
) -> Iterator[Part]:
    """Yield the dataset in parts, each sample once, with the network's outputs.

    Args:
        predictor: The trained model.
        dataset: The evaluation data.
        to_labels: Makes class ids of a batch's targets and its samples' positions.
        steps: Batches to look at; None for all.
        max_per_class: The most samples of each class, the first ones; -1 for all.

    Raises:
        DatasetError: If there are no samples.
    """
    pending: list[tuple[np.ndarray, Any, np.ndarray]] = []
    seen: dict[int, int] = {}
    position = 0
    for x, y in islice(dataset.batches(), steps):
        samples = count(x)
        positions = np.arange(position, position + samples)
        position += samples
        labels = to_labels(y, positions)
        keep = _within(labels, seen, max_per_class)
        if keep.any():
            pending.append((positions[keep], taken(x, keep), labels[keep]))
        if _is_large(pending):
            yield _part(predictor, pending)
            pending = []
    if pending:
        yield _part(predictor, pending)
    if not position:
        raise DatasetError(f"The {dataset.subset} data is empty")


def _within(labels: np.ndarray, seen: dict[int, int], limit: int) -> np.ndarray:
    """Tell which samples are among the first `limit` of their class, and count them in `seen`."""
    keep = np.ones(len(labels), dtype=bool)
    if limit < 0:
        return keep
    for label in np.unique(labels):
        mine = np.flatnonzero(labels == label)
        room = limit - seen.get(int(label), 0)
        keep[mine[room:]] = False
        seen[int(label)] = limit - room + min(len(mine), room)
    return keep


def _is_large(pending: list[tuple[np.ndarray, Any, np.ndarray]]) -> bool:
    samples = sum(len(positions) for positions, _, _ in pending)
    size = sum(leaf.nbytes for _, x, _ in pending for leaf in leaves(x))
    return samples >= _SAMPLES or size >= _BYTES


def _part(predictor: Predictor, pending: list[tuple[np.ndarray, Any, np.ndarray]]) -> Part:
    positions, xs, labels = zip(*pending, strict=True)
    x = joined(xs)
    return Part(np.concatenate(positions), x, np.concatenate(labels), predictor.predict(x))
