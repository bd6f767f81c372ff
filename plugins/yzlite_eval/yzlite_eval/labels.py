"""One form for labels and outputs, in whatever form a network has them."""

from __future__ import annotations

from typing import Any

import numpy as np

from yzlite_core.errors import DatasetError, ModelError


def class_ids(y: Any, n_classes: int) -> np.ndarray:
    """Return the class id of each sample.

    Args:
        y: One-hot labels of shape (n, n_classes), or ids of shape (n,) or (n, 1).
        n_classes: The number of classes.

    Returns:
        int64 of shape (n,).

    Raises:
        DatasetError: If these are no labels of so many classes.
    """
    if y is None:
        raise DatasetError("The evaluation data has no labels", hint="the loader must give (x, y)")
    labels = np.asarray(y)
    if labels.ndim == 2 and labels.shape[1] == n_classes:
        return np.asarray(labels.argmax(axis=1))
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise DatasetError(
            f"The evaluation labels have the shape {labels.shape}, and there are {n_classes} classes",
            hint=f"labels are one-hot, (n, {n_classes}), or class ids, (n,)",
        )
    ids = labels.astype(np.int64)
    wrong = (ids != labels) | (ids < 0) | (ids >= n_classes)
    if wrong.any():
        raise DatasetError(
            f"The evaluation data has the label {labels[wrong][0]}, and the {n_classes} classes have the ids "
            f"0 to {n_classes - 1}"
        )
    return ids


def class_scores(outputs: Any, n_classes: int, from_logits: bool = False) -> np.ndarray:
    """Return the score of each class for each sample.

    A single output for two classes is the probability p of the second; the first then scores 1 - p.

    Args:
        outputs: The network's outputs, shape (n, n_classes), (n, 1) or (n,).
        n_classes: The number of classes.
        from_logits: Whether the network ends without softmax or sigmoid.

    Returns:
        float64 of shape (n, n_classes).

    Raises:
        ModelError: If the number of outputs does not fit the number of classes.
    """
    if isinstance(outputs, (list, tuple)) and len(outputs) and np.ndim(outputs[0]) > 1:
        raise ModelError(
            f"The network has {len(outputs)} outputs, and a classifier has one",
            hint="evaluate it with my_model.eval_custom_function",
        )
    values = np.asarray(outputs, dtype=np.float64)
    values = values.reshape(len(values), -1)
    width = values.shape[1]
    if width == 1 and n_classes == 2:
        p = 1 / (1 + np.exp(-np.clip(values, -700, 700))) if from_logits else values
        return np.hstack([1 - p, p])
    if width != n_classes:
        raise ModelError(
            f"The network gives {width} values for a sample, and there are {n_classes} classes",
            hint="the last layer has a unit for each class, or one unit for two classes",
        )
    if not from_logits:
        return values
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
