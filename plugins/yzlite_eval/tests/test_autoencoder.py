from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from yzlite_core.data.batches import ArraySource, Batches
from yzlite_core.data.dataset import Dataset
from yzlite_core.errors import DatasetError, ModelError
from yzlite_eval.autoencoder import AutoEncoderEvaluationResults, evaluate_autoencoder
from yzlite_eval.metrics import roc_auc
from yzlite_eval.scoring import score_samples, scoring_function_of

LABELS = np.array([0, 0, 0, 0, 1, 1, 2, 2])
SCORES = np.array([1.0, 2, 3, 6, 2.5, 4, 7, 8])


def three_classes() -> AutoEncoderEvaluationResults:
    results = AutoEncoderEvaluationResults("m", ["normal", "worn", "broken"])
    results.calculate(LABELS, SCORES)
    return results


def test_overall_sets_all_abnormal_classes_together() -> None:
    results = three_classes()
    assert results["overall_roc_auc"] == roc_auc(SCORES, LABELS > 0) == 13 / 16
    assert results["class_stats"]["all"]["auc"] == 13 / 16
    assert results["class_stats"]["worn"]["auc"] == 5 / 8
    assert results["class_stats"]["broken"]["auc"] == 1


def test_thresholds_span_the_scores() -> None:
    results = three_classes()
    assert (results["thresholds"][0], results["thresholds"][-1], len(results["thresholds"])) == (1, 8, 101)
    assert (results["overall_tpr"][0], results["overall_fpr"][0]) == (1, 1)
    assert (results["overall_tpr"][-1], results["overall_fpr"][-1]) == (0.25, 0)


def test_accuracy_is_that_of_the_best_threshold() -> None:
    results = three_classes()
    right = [np.mean((threshold <= SCORES) == (LABELS > 0)) for threshold in results["thresholds"]]
    assert results["overall_pr_accuracy"] == pytest.approx(right)
    assert results.accuracy == max(right) == 0.75
    assert results.accuracy == np.mean((results["overall_threshold"] <= SCORES) == (LABELS > 0))


def test_results_are_json_and_text() -> None:
    results = three_classes()
    assert json.loads(json.dumps(results, allow_nan=False)) == results
    assert "ROC AUC of broken: 1.0000" in results.generate_summary()


def test_plots_have_the_original_names(tmp_path: Path) -> None:
    three_classes().generate_plots(tmp_path)
    expected = {"overall_roc", "overall_precision_vs_recall", "histogram", "class_roc"}
    assert {path.name for path in tmp_path.iterdir()} == {f"m-{plot}.png" for plot in expected}


@pytest.mark.parametrize(("labels", "missing"), [([0, 0], "abnormal samples"), ([1, 1], "no normal")])
def test_both_kinds_of_data_are_needed(labels: list[int], missing: str) -> None:
    with pytest.raises(DatasetError, match=missing):
        AutoEncoderEvaluationResults("m").calculate(labels, [1.0, 2.0])


@pytest.mark.parametrize(
    ("loss", "expected"),
    [("mse", 2.5), ("MSE", 2.5), ("mean_squared_error", 2.5), ("mae", 1.5), ("mean_absolute_error", 1.5)],
)
def test_loss_names_the_score(loss: str, expected: float) -> None:
    assert scoring_function_of(loss)(np.array([1, 2]), np.array([0, 4])) == expected


def test_loss_object_names_the_score() -> None:
    class Loss:
        name = "mean_absolute_error"

    assert scoring_function_of(Loss())(np.array([1, 2]), np.array([0, 4])) == 1.5


@pytest.mark.parametrize("loss", ["categorical_crossentropy", None, object()])
def test_other_losses_are_refused(loss: Any) -> None:
    with pytest.raises(ModelError, match="'mse' or 'mae'") as refusal:
        scoring_function_of(loss)
    assert "scoring_function" in (refusal.value.hint or "")


def test_scores_of_small_integers_do_not_wrap() -> None:
    x = np.array([[-128, 127]], dtype=np.int8)
    assert score_samples(scoring_function_of("mse"), x, np.array([[127, -128]], dtype=np.int8)) == [255**2]


def test_output_of_another_size_is_refused() -> None:
    with pytest.raises(ModelError, match=r"\(4,\) into \(3,\)"):
        score_samples(scoring_function_of("mse"), np.zeros((2, 4)), np.zeros((2, 3)))


def echo_without_outliers(x: np.ndarray) -> np.ndarray:
    return np.clip(x, 0, 1).reshape(len(x), -1)


@pytest.fixture
def outliers() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 2
    return (rng.random((40, 4, 3)) + 5 * labels[:, None, None]).astype(np.float32), labels


def test_labels_of_arrays(autoencoder: Any, predictor: Any, outliers: Any) -> None:
    x, labels = outliers
    results = evaluate_autoencoder(
        autoencoder, predictor(echo_without_outliers), Dataset("evaluation", x, y=labels)
    )
    assert results["overall_roc_auc"] == 1
    assert results.samples == 40


def test_classes_of_one_evaluation(autoencoder: Any, predictor: Any, outliers: Any) -> None:
    x, labels = outliers
    data, classes = Dataset("evaluation", x, y=labels), ("fine", "worn")
    results = evaluate_autoencoder(autoencoder, predictor(echo_without_outliers), data, classes=classes)
    assert results.classes == ["fine", "worn"]
    assert list(results["class_stats"]) == ["worn"]
    assert autoencoder.eval_classes == ["normal", "abnormal"]


def test_dump_shows_samples_and_what_becomes_of_them(
    autoencoder: Any, predictor: Any, outliers: Any, tmp_path: Path
) -> None:
    from PIL import Image

    x, labels = outliers
    data = Dataset("evaluation", x, y=labels)
    evaluate_autoencoder(autoencoder, predictor(echo_without_outliers), data, tmp_path)
    pictures = sorted(tmp_path.glob("*/*.png"))
    assert [path.parent.name for path in pictures] == ["abnormal"] * 20 + ["normal"] * 20
    with Image.open(pictures[0]) as shown:
        assert shown.size == (3, 8)  # the sample above its reconstruction


@pytest.mark.parametrize("names", [("abnormal", "normal"), ()], ids=["by name", "by number"])
def test_labels_of_batches_whose_target_is_the_input(
    autoencoder: Any, predictor: Any, outliers: Any, names: tuple[str, ...]
) -> None:
    x, labels = outliers
    if names:
        labels = 1 - labels  # the loader has the classes in another order than eval_classes
    batches = Batches(ArraySource(x), "input", labels=labels, shuffle=True, batch_size=16)
    data = Dataset("evaluation", batches, class_counts=dict.fromkeys(names, 20))
    results = evaluate_autoencoder(autoencoder, predictor(echo_without_outliers), data)
    assert results["overall_roc_auc"] == 1


def test_class_that_nobody_named_is_refused(autoencoder: Any, predictor: Any, outliers: Any) -> None:
    x, labels = outliers
    batches = Batches(ArraySource(x), "input", labels=labels)
    data = Dataset("evaluation", batches, class_counts={"normal": 20, "abnormal": 20, "odd": 0})
    with pytest.raises(DatasetError, match="'odd'"):
        evaluate_autoencoder(autoencoder, predictor(echo_without_outliers), data)


def test_scoring_function_of_the_script(autoencoder: Any, predictor: Any, outliers: Any) -> None:
    x, labels = outliers
    autoencoder.loss = "categorical_crossentropy"
    autoencoder.scoring_function = lambda original, decoded: -np.abs(original - decoded).max()
    results = evaluate_autoencoder(
        autoencoder, predictor(echo_without_outliers), Dataset("evaluation", x, y=labels)
    )
    assert results["overall_roc_auc"] == 0
