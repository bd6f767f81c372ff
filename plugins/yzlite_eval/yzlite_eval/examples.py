"""The few samples that people get to see: one of each class, and the worst mistakes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

import numpy as np

from yzlite_core.plugin import Dataset
from yzlite_eval.predictions import Part

_MAX_CLASSES = 24
_MAX_MISTAKES = 8


@dataclass(frozen=True)
class Example:
    """One sample, and what the network took it for.

    Attributes:
        x: The network's input, shape (...).
        actual: The true class id.
        predicted: The id of the class with the highest score.
        score: That class's score, 0 to 1.
        file: The file that it comes from, or None.
    """

    x: np.ndarray
    actual: int
    predicted: int
    score: float
    file: PurePath | None = None


@dataclass(frozen=True)
class Gallery:
    """Examples, gathered part by part.

    Attributes:
        first: The first sample of each class, by class id.
        mistakes: The mistakes with the highest scores, the highest first.
    """

    first: tuple[Example, ...] = ()
    mistakes: tuple[Example, ...] = ()

    def with_part(self, part: Part, scores: np.ndarray, dataset: Dataset) -> Gallery:
        """Return a gallery that has seen a further part.

        Args:
            part: Samples and their labels; those of a network of several inputs are not shown.
            scores: The score of each class for each sample, shape (n, n_classes).
            dataset: Where the samples come from; it may know their files.
        """
        if not isinstance(part.x, np.ndarray):
            return self
        predicted, best = scores.argmax(axis=1), scores.max(axis=1)
        files = _Files(dataset)

        def example(row: int) -> Example:
            return Example(
                x=part.x[row],
                actual=int(part.labels[row]),
                predicted=int(predicted[row]),
                score=float(best[row]),
                file=files.of(int(part.positions[row])),
            )

        known = {shown.actual for shown in self.first}
        labels, rows = np.unique(part.labels, return_index=True)
        new = [example(row) for label, row in zip(labels, rows, strict=True) if label not in known]
        wrong = np.flatnonzero(predicted != part.labels)
        worst = wrong[np.argsort(-best[wrong], kind="stable")[:_MAX_MISTAKES]]
        mistakes = sorted((*self.mistakes, *map(example, worst)), key=lambda mistake: -mistake.score)
        return replace(
            self,
            first=tuple(sorted((*self.first, *new), key=lambda shown: shown.actual)[:_MAX_CLASSES]),
            mistakes=tuple(mistakes[:_MAX_MISTAKES]),
        )


class _Files:
    """The files of a dataset whose batches come from a source that names its samples."""

    def __init__(self, dataset: Dataset) -> None:
        batches: Any = dataset.x
        self._source = getattr(batches, "source", None)
        self._order = None if self._source is None else batches.delivered(batches.epoch)

    def of(self, position: int) -> PurePath | None:
        if self._source is None or self._order is None:
            return None
        path = PurePath(self._source.name(int(self._order[position])))
        return path if path.suffix else None
