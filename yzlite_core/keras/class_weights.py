"""How much each class counts in the loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from yzlite_core.data.dataset import Dataset
from yzlite_core.data.labels import labels_of
from yzlite_core.data.streams import is_endless
from yzlite_core.errors import ModelError, did_you_mean
from yzlite_core.support.source_location import line_of


def class_weights(model: Any, dataset: Dataset) -> dict[int, float] | None:
    """Return the weight of each class id, or None if all count the same.

    `'balanced'` gives a class of `c` samples out of `n` in `k` classes the weight `n / (k * c)`. The
    samples are counted in the labels where the class counts are not known.

    Raises:
        ModelError: If the weights do not fit the classes, or the samples cannot be counted.
    """
    wanted = getattr(model, "class_weights", None)
    if wanted is None or wanted == "none":
        return None
    where = line_of(model, "class_weights")
    if isinstance(wanted, str):
        return _balanced(model, dataset, where)
    if isinstance(wanted, dict):
        return {_class_id(model, key, where): float(weight) for key, weight in wanted.items()}
    if len(wanted) != model.n_classes:
        raise ModelError(f"class_weights has {len(wanted)} weights for {model.n_classes} classes{where}")
    return {index: float(weight) for index, weight in enumerate(wanted)}


def weighted(y: Any, sample_weight: Any, weights: dict[int, float]) -> np.ndarray:
    """Return the weight of each sample, shape (n,): its own times that of its class.

    Keras takes either class weights or sample weights, not both.

    Raises:
        ModelError: If the targets are no labels.
    """
    labels = labels_of(y)
    if labels is None:
        raise ModelError("class_weights need labels in y: one-hot rows, or class ids")
    by_class = np.array([weights.get(int(label), 1.0) for label in labels])
    return np.asarray(sample_weight * by_class)


def _balanced(model: Any, dataset: Dataset, where: str) -> dict[int, float]:
    counts = _by_id(model, dataset) or _counted(dataset)
    if not counts:
        raise ModelError(
            f"class_weights is 'balanced', but the number of samples of each class is not known{where}",
            hint="fill my_model.class_counts['training'] in load_dataset",
        )
    total = sum(counts.values())
    return {index: total / (len(counts) * count) for index, count in counts.items() if count}


def _by_id(model: Any, dataset: Dataset) -> dict[int, int]:
    """Return the known class counts by class id, in the order of the model's classes if they name them."""
    counts = dict(dataset.class_counts)
    classes = list(getattr(model, "classes", None) or ())
    names = classes if set(counts) == set(classes) else list(counts)
    return {index: counts[name] for index, name in enumerate(names)}


def _counted(dataset: Dataset) -> dict[int, int]:
    """Return the number of samples of each class id, from the labels; empty if there are none."""
    if dataset.steps is not None or is_endless(dataset.x):
        return {}
    found: dict[int, int] = {}
    for _, y in dataset.batches():
        labels = labels_of(y)
        if labels is None:
            return {}
        for label, number in zip(*np.unique(labels, return_counts=True), strict=True):
            found[int(label)] = found.get(int(label), 0) + int(number)
    return dict(sorted(found.items()))


def _class_id(model: Any, key: Any, where: str) -> int:
    labels = list(getattr(model, "classes", None) or ())
    if isinstance(key, int) and (not labels or 0 <= key < len(labels)):
        return key
    if key not in labels:
        raise ModelError(
            f"class_weights names the class {key!r}{where}",
            hint=did_you_mean(str(key), labels)
            or f"the classes are {', '.join(map(str, labels)) or 'not set'}",
        )
    return labels.index(key)
