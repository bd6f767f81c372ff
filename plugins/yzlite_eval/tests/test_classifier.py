from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from yzlite_core.data.batches import Batches, FileSource
from yzlite_core.data.dataset import Dataset
from yzlite_core.errors import DatasetError
from yzlite_eval import predictions
from yzlite_eval.classifier import ClassifierEvaluationResults, evaluate_classifier

PLOTS = ("roc", "precision_vs_recall", "tpr", "fpr", "tfp_fpr", "confusion_matrix")


def results_of(y: Any, y_pred: Any, n_classes: int) -> ClassifierEvaluationResults:
    results = ClassifierEvaluationResults("m", [f"class {number}" for number in range(n_classes)])
    results.calculate(y, y_pred)
    return results


def test_known_case() -> None:
    y_pred = np.array([[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.2, 0.7, 0.1], [0.1, 0.1, 0.8]])
    results = results_of([0, 0, 1, 2], y_pred, 3)
    assert results.accuracy == 0.75
    assert results.samples == 4
    assert results["class_accuracies"] == [0.5, 1, 1]
    assert results["class_precision"] == [1, 0.5, 1]
    assert results["class_f1"] == pytest.approx([2 / 3, 2 / 3, 1])
    assert results["confusion_matrix"] == [[1, 1, 0], [0, 1, 0], [0, 0, 1]]
    assert results["roc_auc"] == [1, 1, 1]
    assert results.to_json() == {
        "accuracy": 0.75,
        "samples": 4,
        "metrics": {"roc_auc_avg": 1, "f1_avg": pytest.approx(7 / 9)},
    }


def test_curves_have_a_row_for_each_class_and_101_thresholds() -> None:
    results = results_of([0, 1, 1], [[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]], 2)
    for key in ("tpr", "fpr", "precision", "recall"):
        assert np.shape(results[key]) == (2, 101), key
    assert results["roc_thresholds"][50] == 0.5
    assert (results["tpr"][1][50], results["tpr"][1][30]) == (0.5, 1)
    assert (results["fpr"][0][50], results["fpr"][0][90]) == (0.5, 0)


def test_binary_output_ranks_both_classes_alike() -> None:
    p = np.array([0.1, 0.4, 0.35, 0.8])
    binary = results_of([0, 0, 1, 1], p, 2)
    assert binary["roc_auc"] == [0.75, 0.75]
    assert binary == results_of([[1, 0], [1, 0], [0, 1], [0, 1]], np.stack([1 - p, p], axis=1), 2)


def test_a_class_without_samples_keeps_the_shapes() -> None:
    rng = np.random.default_rng(0)
    results = results_of([0, 1, 1, 0], rng.random((4, 4)), 4)
    assert np.shape(results["confusion_matrix"]) == (4, 4)
    assert np.shape(results["tpr"]) == np.shape(results["fpr"]) == (4, 101)
    assert results["roc_auc"][2:] == [None, None]
    assert results["class_accuracies"][2:] == [None, None]
    assert results["roc_auc_avg"] == pytest.approx(np.mean(results["roc_auc"][:2]))


@pytest.mark.parametrize(
    ("y", "y_pred", "n_classes"),
    [([0, 0], [[0.9, 0.1], [0.2, 0.8]], 2), ([[1], [1]], [[0.9], [0.8]], 1)],
    ids=["one class in the labels", "one class in all"],
)
def test_single_class(y: Any, y_pred: Any, n_classes: int, tmp_path: Path) -> None:
    results = results_of(y, y_pred, n_classes)
    assert results["roc_auc"] == [None] * n_classes
    assert "roc_auc_avg" not in results["metrics"]
    assert "ROC AUC" in results.generate_summary()
    assert len(results.generate_plots(tmp_path)) == len(PLOTS)


def test_classes_are_numbered_unless_they_are_named() -> None:
    results = ClassifierEvaluationResults()
    results.calculate([0, 1], [0.2, 0.9])
    assert results.classes == ["0", "1"]


def test_results_are_json() -> None:
    results = results_of([0, 1, 1, 0], np.random.default_rng(0).random((4, 3)), 3)
    assert json.loads(json.dumps(results, allow_nan=False)) == results


def test_summary_lists_the_classes() -> None:
    summary = results_of([0, 1, 1], [[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]], 2).generate_summary()
    assert "Overall accuracy: 66.667%" in summary
    assert summary.splitlines()[-1].split() == ["class", "1", "2", "0.5000", "1.0000", "0.6667", "1.0000"]


def test_plots_have_the_original_names_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    results = results_of([0, 1, 1], [[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]], 2)
    first = [path.read_bytes() for path in results.generate_plots(tmp_path)]
    assert {path.name for path in tmp_path.iterdir()} == {f"m-{plot}.png" for plot in PLOTS}
    again = [path.read_bytes() for path in results.generate_plots(tmp_path)]
    assert first == again
    assert all(png.startswith(b"\x89PNG") and b"matplotlib" not in png.lower() for png in first)


def test_evaluate(classifier: Any, predictor: Any, seer: Any, pixels: Dataset) -> None:
    results = evaluate_classifier(classifier, predictor(seer), pixels)
    assert results.samples == 30
    assert results["confusion_matrix"] == [[7, 3, 0], [0, 7, 3], [3, 0, 7]]


def test_parts_do_not_change_the_results(
    classifier: Any, predictor: Any, seer: Any, pixels: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker = predictor(seer)
    whole = evaluate_classifier(classifier, asker, pixels)
    assert asker.calls == [30]
    monkeypatch.setattr(predictions, "_SAMPLES", 10)
    asker = predictor(seer)
    assert evaluate_classifier(classifier, asker, pixels) == whole
    assert asker.calls == [14, 14, 2]


def test_max_samples_per_class_acts_before_prediction(
    classifier: Any, predictor: Any, seer: Any, pixels: Dataset
) -> None:
    classifier.eval_max_samples_per_class = 8
    asker = predictor(seer)
    results = evaluate_classifier(classifier, asker, pixels)
    assert results["class_samples"] == [8, 8, 8]
    assert results["confusion_matrix"] == [[7, 1, 0], [0, 7, 1], [1, 0, 7]]
    assert asker.calls == [24]


def test_steps_limit_the_batches(classifier: Any, predictor: Any, seer: Any, pixels: Dataset) -> None:
    classifier.eval_steps_per_epoch = 2
    assert evaluate_classifier(classifier, predictor(seer), pixels).samples == 14


def test_logits_are_known_by_the_loss(classifier: Any, predictor: Any, seer: Any, pixels: Dataset) -> None:
    class Loss:
        from_logits = True

        def __call__(self, y: Any, y_pred: Any) -> None: ...

    plain = evaluate_classifier(classifier, predictor(seer), pixels)
    classifier.loss = Loss()
    assert (
        evaluate_classifier(classifier, predictor(lambda x: np.log(seer(x))), pixels)["tpr"] == plain["tpr"]
    )


def test_empty_data_is_a_sentence(classifier: Any, predictor: Any, seer: Any, pixels: Dataset) -> None:
    empty = replace(pixels, x=pixels.x[:0], y=pixels.y[:0])
    with pytest.raises(DatasetError, match="evaluation data is empty"):
        evaluate_classifier(classifier, predictor(seer), empty)


def test_gallery_shows_each_class_and_the_surest_mistakes(
    classifier: Any, predictor: Any, seer: Any, pixels: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictions, "_SAMPLES", 10)
    gallery = evaluate_classifier(classifier, predictor(seer), pixels).gallery
    assert [(e.actual, e.predicted) for e in gallery.first] == [(0, 0), (1, 1), (2, 2)]
    assert len(gallery.mistakes) == 8
    assert all(e.actual != e.predicted for e in gallery.mistakes)
    scores = [e.score for e in gallery.mistakes]
    assert scores == sorted(scores, reverse=True)


def test_gallery_knows_the_files_of_shuffled_batches(classifier: Any, predictor: Any) -> None:
    ids = np.array([0, 1, 2, 0, 1, 2])
    paths = [Path(f"{number}.wav") for number in range(6)]
    source = FileSource(paths, lambda path: np.full((2, 2, 1), float(path.stem)))
    batches = Batches(source, np.eye(3)[ids], labels=ids, shuffle=True, batch_size=4)
    asker = predictor(lambda x: np.eye(3)[x[:, 0, 0, 0].astype(int) % 3])
    results = evaluate_classifier(classifier, asker, Dataset("evaluation", batches))
    assert results.accuracy == 1
    assert all(float(e.file.stem) == e.x[0, 0, 0] for e in results.gallery.first)


def test_network_of_two_inputs(classifier: Any, predictor: Any, seer: Any, pixels: Dataset) -> None:
    results = evaluate_classifier(
        classifier, predictor(lambda x: seer(x[0])), replace(pixels, x=[pixels.x, pixels.x])
    )
    assert results.samples == 30
    assert results.gallery.first == ()
