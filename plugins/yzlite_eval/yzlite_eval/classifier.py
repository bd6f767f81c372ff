"""Evaluate a classifier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from yzlite_core.plugin import Dataset, EvaluationResults, Predictor
from yzlite_eval import metrics
from yzlite_eval.examples import Gallery
from yzlite_eval.labels import class_ids, class_scores
from yzlite_eval.predictions import predict

THRESHOLDS = np.arange(101) / 100


class ClassifierEvaluationResults(EvaluationResults):
    """What the evaluation of a classifier found.

    What is undefined, such as the AUC of a class without samples, is None. The entries:

    - `classes`, `class_samples`: names, and how many samples of each were evaluated;
    - `overall_accuracy`, `class_accuracies` (share of a class's samples that were recognised: its recall),
      `class_precision`, `class_f1`, `confusion_matrix` (rows are true classes): at the winning class;
    - `roc_thresholds` (101, 0 to 1), `tpr`, `fpr`, `precision`, `recall`: one list over the thresholds for
      each class, that class against all others;
    - `roc_auc`, `roc_auc_avg` (mean over the classes that have one): exact, not from the thresholds;
    - `roc`: for each class the corners of the exact curve, as `{"fpr": [...], "tpr": [...]}`.

    Args:
        name: The model's name.
        classes: The class names; by default the numbers of the outputs.
        **details: Whatever else belongs into `eval-results.json`.

    Attributes:
        gallery: The samples that the report shows.
    """

    def __init__(self, name: str = "my_model", classes: Sequence[str] = (), **details: Any) -> None:
        super().__init__(name, "classification", classes=list(classes), **details)
        self.gallery = Gallery()

    @property
    def classes(self) -> list[str]:
        """The class names."""
        names: list[str] = self["classes"]
        return names

    def calculate(self, y: Any, y_pred: Any, *, from_logits: bool = False) -> None:
        """Fill in everything.

        Args:
            y: True labels: one-hot (n, classes), or class ids (n,) or (n, 1).
            y_pred: The network's outputs: (n, classes), or for two classes one probability, (n, 1) or (n,).
            from_logits: Whether the network ends without softmax or sigmoid.

        Raises:
            DatasetError: If `y` does not fit the classes.
            ModelError: If `y_pred` does not fit the classes.
        """
        if not self.classes:
            width = np.asarray(y_pred).reshape(len(y_pred), -1).shape[1]
            self["classes"] = [str(number) for number in range(max(2, width))]
        n_classes = len(self.classes)
        actual = class_ids(y, n_classes)
        scores = class_scores(y_pred, n_classes, from_logits)
        self._count(actual, scores.argmax(axis=1))
        self._rank(actual, scores)
        self["metrics"] = {
            name: value
            for name, value in (("roc_auc_avg", self["roc_auc_avg"]), ("f1_avg", _mean(self["class_f1"])))
            if value is not None
        }

    def _count(self, actual: np.ndarray, predicted: np.ndarray) -> None:
        confusion = metrics.confusion_matrix(actual, predicted, len(self.classes))
        at_winner = metrics.class_metrics(confusion)
        self.update(
            samples=len(actual),
            overall_accuracy=float(np.mean(actual == predicted)),
            class_samples=confusion.sum(axis=1).tolist(),
            class_accuracies=metrics.optionals(at_winner.recall),
            class_precision=metrics.optionals(at_winner.precision),
            class_f1=metrics.optionals(at_winner.f1),
            confusion_matrix=confusion.tolist(),
        )

    def _rank(self, actual: np.ndarray, scores: np.ndarray) -> None:
        columns = [(scores[:, number], actual == number) for number in range(len(self.classes))]
        rates = [metrics.rates(*column, THRESHOLDS) for column in columns]
        curves = [metrics.roc_curve(*column) for column in columns]
        areas = [metrics.roc_auc(*column) for column in columns]
        self.update(
            roc_thresholds=THRESHOLDS.tolist(),
            tpr=[metrics.optionals(rate.tpr) for rate in rates],
            fpr=[metrics.optionals(rate.fpr) for rate in rates],
            precision=[metrics.optionals(rate.precision) for rate in rates],
            recall=[metrics.optionals(rate.tpr) for rate in rates],
            roc_auc=areas,
            roc_auc_avg=_mean(areas),
            roc=[{"fpr": fpr.tolist(), "tpr": tpr.tolist()} for fpr, tpr in curves],
        )

    def generate_summary(self, include_all: bool = True) -> str:
        """Return the results as text for people.

        Args:
            include_all: Also show the table of the classes.
        """
        text = super().generate_summary(include_all)
        if not include_all or not self.samples:
            return text
        width = max(5, *map(len, self.classes))
        heads = ("samples", "accuracy", "precision", "F1", "ROC AUC")
        lines = [f"{'class':<{width}}" + "".join(f"{head:>11}" for head in heads)]
        columns = ("class_samples", "class_accuracies", "class_precision", "class_f1", "roc_auc")
        for name, samples, *shares in zip(self.classes, *(self[key] for key in columns), strict=True):
            cells = ["-" if share is None else f"{share:.4f}" for share in shares]
            lines.append(f"{name:<{width}}{samples:>11}" + "".join(f"{cell:>11}" for cell in cells))
        return text + "\n\n" + "\n".join(lines)

    def generate_plots(
        self,
        output_dir: str | Path,
        show: bool = False,
        logger: Any = None,
        told: Callable[[str, Any], None] | None = None,
    ) -> tuple[Path, ...]:
        """Write the plots as PNG files and return their paths.

        Args:
            output_dir: Where to.
            show: Accepted for older scripts; no window opens.
            logger: Accepted for older scripts.
            told: Called with the name and the figure of each plot before it is written.
        """
        from yzlite_eval import plots

        figures = {
            "roc": plots.roc(self.classes, self["roc"], self["roc_auc"]),
            "precision_vs_recall": plots.precision_vs_recall(self.classes, self["precision"], self["recall"]),
            "tpr": plots.rate("True positive rate", self.classes, self["roc_thresholds"], self["tpr"]),
            "fpr": plots.rate("False positive rate", self.classes, self["roc_thresholds"], self["fpr"]),
            "tfp_fpr": plots.both_rates(self.classes, self["roc_thresholds"], self["tpr"], self["fpr"]),
            "confusion_matrix": plots.confusion_matrix(self.classes, self["confusion_matrix"]),
        }
        return plots.save_all(figures, Path(output_dir), self.name, told)


def evaluate_classifier(
    model: Any, predictor: Predictor, dataset: Dataset, max_per_class: int | None = None
) -> ClassifierEvaluationResults:
    """Evaluate a classifier.

    Args:
        model: A model with `EvaluateClassifierMixin`.
        predictor: The trained model.
        dataset: The evaluation data.
        max_per_class: The most samples of each class; None for the model's `eval_max_samples_per_class`.
    """
    results = ClassifierEvaluationResults(model.name, model.classes)
    n_classes = len(results.classes)
    from_logits = bool(getattr(getattr(model, "loss", None), "from_logits", False))
    labels, scores = [], []
    for part in predict(
        predictor,
        dataset,
        lambda y, positions: class_ids(y, n_classes),
        steps=model.eval_steps_per_epoch,
        max_per_class=max_per_class or model.eval_max_samples_per_class,
    ):
        labels.append(part.labels)
        scores.append(class_scores(part.outputs, n_classes, from_logits))
        results.gallery = results.gallery.with_part(part, scores[-1], dataset)
    results.calculate(np.concatenate(labels), np.vstack(scores))
    return results


def _mean(values: Sequence[float | None]) -> float | None:
    defined = [value for value in values if value is not None]
    return sum(defined) / len(defined) if defined else None
