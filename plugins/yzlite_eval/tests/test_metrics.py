from __future__ import annotations

import numpy as np
import pytest

from yzlite_eval import metrics


def scores_and_labels(seed: int, levels: int, count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Scores on a coarse grid, so that there are many ties."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, levels, count) / levels, rng.random(count) < 0.4


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_roc_auc_is_the_share_of_pairs_in_the_right_order(seed: int, levels: int) -> None:
    scores, positive = scores_and_labels(seed, levels)
    pairs = [
        1.0 if high > low else 0.5 if high == low else 0.0
        for high in scores[positive]
        for low in scores[~positive]
    ]
    assert metrics.roc_auc(scores, positive) == pytest.approx(np.mean(pairs), abs=1e-12)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [([0, 1, 2, 3], 1.0), ([3, 2, 1, 0], 0.0), ([1, 1, 1, 1], 0.5), ([0, 2, 1, 3], 0.75)],
)
def test_roc_auc_of_known_cases(scores: list[int], expected: float) -> None:
    assert metrics.roc_auc(np.array(scores), np.array([False, False, True, True])) == expected


@pytest.mark.parametrize("value", [True, False])
def test_roc_of_one_kind_alone_is_undefined(value: bool) -> None:
    positive = np.full(4, value)
    assert metrics.roc_auc(np.arange(4), positive) is None
    assert [len(axis) for axis in metrics.roc_curve(np.arange(4), positive)] == [0, 0]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_area_under_the_curve_is_the_auc(seed: int, levels: int) -> None:
    scores, positive = scores_and_labels(seed, levels)
    fpr, tpr = metrics.roc_curve(scores, positive)
    assert np.trapezoid(tpr, fpr) == pytest.approx(metrics.roc_auc(scores, positive), abs=1e-12)


def test_roc_curve_is_thinned_but_keeps_its_ends() -> None:
    scores, positive = scores_and_labels(0, 100_000, count=5000)
    fpr, tpr = metrics.roc_curve(scores, positive, max_points=50)
    assert len(fpr) == len(tpr) == 50
    assert (fpr[0], tpr[0], fpr[-1], tpr[-1]) == (0, 0, 1, 1)
    assert (np.diff(fpr) >= 0).all()
    assert np.trapezoid(tpr, fpr) == pytest.approx(metrics.roc_auc(scores, positive), abs=0.02)


def test_roc_curve_has_no_needless_points() -> None:
    fpr, tpr = metrics.roc_curve(np.arange(100), np.arange(100) >= 50)
    assert (fpr.tolist(), tpr.tolist()) == ([0, 0, 1], [0, 1, 1])


@pytest.mark.parametrize("seed", range(3))
def test_rates_count_what_reaches_each_threshold(seed: int) -> None:
    scores, positive = scores_and_labels(seed, 8)
    thresholds = np.arange(9) / 8
    rates = metrics.rates(scores, positive, thresholds)
    for number, threshold in enumerate(thresholds):
        found = [score >= threshold for score in scores]
        hits = sum(f and p for f, p in zip(found, positive, strict=True))
        assert rates.tpr[number] == pytest.approx(hits / positive.sum())
        assert rates.fpr[number] == pytest.approx((sum(found) - hits) / (~positive).sum())
        assert rates.precision[number] == pytest.approx(hits / sum(found) if any(found) else 1)


def test_rates_without_positives_are_undefined_not_zero() -> None:
    rates = metrics.rates(np.array([0.2, 0.8]), np.array([False, False]), np.array([0.0, 0.5, 1.0]))
    assert np.isnan(rates.tpr).all()
    assert rates.fpr.tolist() == [1, 0.5, 0]
    assert metrics.optionals(rates.tpr) == [None] * 3


def test_confusion_matrix_has_true_classes_in_its_rows() -> None:
    actual, predicted = np.array([0, 0, 1, 3, 3, 3]), np.array([0, 1, 1, 3, 0, 3])
    expected = [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0], [1, 0, 0, 2]]
    assert metrics.confusion_matrix(actual, predicted, 4).tolist() == expected


def test_class_metrics_of_a_known_matrix() -> None:
    found = metrics.class_metrics(np.array([[3, 1, 0], [2, 2, 0], [0, 0, 0]]))
    assert metrics.optionals(found.precision) == [3 / 5, 2 / 3, None]
    assert metrics.optionals(found.recall) == [3 / 4, 2 / 4, None]
    assert metrics.optionals(found.f1) == [pytest.approx(6 / 9), pytest.approx(4 / 7), None]
