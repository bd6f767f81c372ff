"""What scores are worth: rates, ROC and the confusion matrix, without a loop over samples.

A sample counts as found at a threshold t if its score is t or more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def confusion_matrix(actual: np.ndarray, predicted: np.ndarray, n_classes: int) -> np.ndarray:
    """Return how often each class (row) was taken for each class (column).

    Args:
        actual: True class ids, shape (n,).
        predicted: Predicted class ids, shape (n,).
        n_classes: The number of classes, also of those that occur nowhere.

    Returns:
        Counts, int64 of shape (n_classes, n_classes).
    """
    pairs = actual.astype(np.int64) * n_classes + predicted
    return np.bincount(pairs, minlength=n_classes**2).reshape(n_classes, n_classes)


@dataclass(frozen=True)
class ClassMetrics:
    """Each class's precision, recall and F1 at the winning class, shape (n_classes,); NaN is undefined."""

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray


def class_metrics(confusion: np.ndarray) -> ClassMetrics:
    """Return what a confusion matrix says of each class."""
    right = np.diag(confusion).astype(np.float64)
    actual, predicted = confusion.sum(axis=1), confusion.sum(axis=0)
    return ClassMetrics(
        precision=_ratio(right, predicted),
        recall=_ratio(right, actual),
        f1=_ratio(2 * right, actual + predicted),
    )


@dataclass(frozen=True)
class Rates:
    """What is found at each threshold, shape (thresholds,).

    Attributes:
        tpr: Share of the positives that are found (recall); NaN without positives.
        fpr: Share of the negatives that are found; NaN without negatives.
        precision: Share of what is found that is positive; 1 where nothing is found.
    """

    tpr: np.ndarray
    fpr: np.ndarray
    precision: np.ndarray


def rates(scores: np.ndarray, positive: np.ndarray, thresholds: np.ndarray) -> Rates:
    """Return the rates at each threshold.

    Args:
        scores: Shape (n,).
        positive: Which samples are positive, bool of shape (n,).
        thresholds: Shape (thresholds,).
    """
    true_positives = _count_from(scores[positive], thresholds)
    false_positives = _count_from(scores[~positive], thresholds)
    found = true_positives + false_positives
    precision = _ratio(true_positives, found)
    precision[found == 0] = 1.0
    return Rates(
        tpr=_ratio(true_positives, int(np.count_nonzero(positive))),
        fpr=_ratio(false_positives, int(np.count_nonzero(~positive))),
        precision=precision,
    )


def roc_auc(scores: np.ndarray, positive: np.ndarray) -> float | None:
    """Return the area under the ROC curve, exactly.

    It is the chance that a positive sample scores above a negative one, a tie counting half: the
    Mann-Whitney U statistic over the number of pairs.

    Args:
        scores: Shape (n,).
        positive: Which samples are positive, bool of shape (n,).

    Returns:
        0 to 1, or None unless there are both positive and negative samples.
    """
    positives = int(np.count_nonzero(positive))
    negatives = len(scores) - positives
    if not positives or not negatives:
        return None
    _, group, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(sizes) - (sizes - 1) / 2
    u = mean_rank[group][positive].sum() - positives * (positives + 1) / 2
    return float(u / (positives * negatives))


def roc_curve(
    scores: np.ndarray, positive: np.ndarray, max_points: int = 200
) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners of the exact ROC curve, for drawing.

    Args:
        scores: Shape (n,).
        positive: Which samples are positive, bool of shape (n,).
        max_points: The curve is thinned to as many points.

    Returns:
        (fpr, tpr), each rising from 0 to 1; empty unless there are both positive and negative samples.
    """
    positives = int(np.count_nonzero(positive))
    if not 0 < positives < len(scores):
        return np.empty(0), np.empty(0)
    order = np.argsort(-scores, kind="stable")
    group_ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    found = np.append(0, np.cumsum(positive[order])[group_ends])
    wrong = np.append(0, 1 + group_ends) - found
    bends = (np.diff(found, 2) != 0) | (np.diff(wrong, 2) != 0)
    corners = np.flatnonzero(np.concatenate(([True], bends, [True])))
    if len(corners) > max_points:
        corners = corners[np.linspace(0, len(corners) - 1, max_points).round().astype(int)]
    return wrong[corners] / (len(scores) - positives), found[corners] / positives


def optional(value: float) -> float | None:
    """Return the number, or None for NaN, which JSON does not have."""
    return None if np.isnan(value) else float(value)


def optionals(values: np.ndarray) -> list[float | None]:
    """Return the numbers as a list that JSON can hold, None for NaN."""
    return [optional(value) for value in values]


def _count_from(scores: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    return len(scores) - np.searchsorted(np.sort(scores), thresholds, side="left")


def _ratio(part: np.ndarray, whole: np.ndarray | int) -> np.ndarray:
    whole = np.broadcast_to(np.asarray(whole, dtype=np.float64), np.shape(part))
    ratio = np.full(np.shape(part), np.nan)
    np.divide(part, whole, out=ratio, where=whole > 0)
    return ratio
