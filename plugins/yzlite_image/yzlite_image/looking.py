"""What the augmentation makes of a model's images, as a picture for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from yzlite_core.errors import DatasetError
from yzlite_core.plugin import Batches, Dataset
from yzlite_core.plugin.data import Step
from yzlite_image.augmentation import Augmentation, described
from yzlite_image.saving import SaveImages

_LONGEST = 24  # letters of what a third party's transform drew


@dataclass(frozen=True)
class Pair:
    """An image before and after.

    Attributes:
        before: As it was read and resized, shape (height, width, channels).
        after: As it was changed, before it is standardized; of the same or another shape.
        label: Its class.
        drawn: In words, what was drawn for it.
    """

    before: np.ndarray
    after: np.ndarray
    label: str
    drawn: tuple[str, ...]


def augmented_pairs(training: Dataset, count: int, seed: int = 42, epoch: int = 0) -> list[Pair]:
    """Return images of the training data beside what the augmentation makes of them.

    Args:
        training: The training data, with everybody's transforms.
        count: How many; all, if there are fewer.
        seed: Chooses them.
        epoch: Of whose changes.

    Returns:
        The pairs, sorted by class; of each class the same number, as far as it has as many.

    Raises:
        DatasetError: If the data does not come from a data generator, or holds no images.
    """
    batches = training.x
    if type(batches) is not Batches:
        raise DatasetError(
            "The training data does not come from a data generator, so no image can be shown on its way",
            hint="set my_model.datagen to a ParallelImageDataGenerator, without get_batch_function",
        )
    chosen = _drawn_from_each_class(batches, seed)[:count]
    classes = list(training.class_counts)
    pairs = [_pair(batches, int(index), epoch, classes) for index in chosen]
    return sorted(pairs, key=lambda pair: classes.index(pair.label) if pair.label in classes else -1)


def _drawn_from_each_class(batches: Batches, seed: int) -> np.ndarray:
    """Return all samples in random order: one of each class, then the next of each."""
    drawn = np.random.default_rng(seed).permutation(len(batches.source))
    if batches.labels is None:
        return drawn
    labels, turns = batches.labels[drawn], np.zeros(len(drawn), np.intp)
    for label in np.unique(labels):
        of_class = labels == label
        turns[of_class] = np.arange(of_class.sum())
    return drawn[np.argsort(turns, kind="stable")]


def _pair(batches: Batches, index: int, epoch: int, classes: Sequence[str]) -> Pair:
    before = batches.source.load(index)
    steps = list(batches.steps(index, epoch))
    label = "" if batches.labels is None else classes[int(batches.labels[index])]
    drawn = [text for step in steps if step.parameters is not None for text in _described(step)]
    return Pair(before, steps[-1].data if steps else before, label, tuple(drawn))


def _described(step: Step) -> list[str]:
    if isinstance(step.transform, Augmentation):
        return described(step.parameters)
    if isinstance(step.transform, SaveImages):
        return []
    of_user = getattr(step.transform, "function", None)
    if of_user is not None:
        return [getattr(of_user, "__name__", type(of_user).__name__)]
    return [f"{type(step.transform).__name__} {_short(step.parameters)}"]


def _short(parameters: Any) -> str:
    if isinstance(parameters, float):
        return f"{parameters:.3g}"
    text = "" if isinstance(parameters, np.ndarray) else str(parameters)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
