"""Evaluate an auto-encoder as a detector of what is abnormal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from yzlite_core.errors import DatasetError
from yzlite_core.plugin import Dataset, EvaluationResults, Predictor
from yzlite_eval import metrics
from yzlite_eval.dumps import Dump
from yzlite_eval.labels import class_ids
from yzlite_eval.predictions import predict
from yzlite_eval.scoring import score_samples

_N_THRESHOLDS = 101


class AutoEncoderEvaluationResults(EvaluationResults):
    """What the evaluation of an auto-encoder found.

    A sample is taken for abnormal if its score is the threshold or more. The entries:

    - `classes` (the first is the normal one), `all_scores` (by class), `thresholds` (101, from the lowest
      score to the highest);
    - `overall_tpr`, `overall_fpr`, `overall_precision`, `overall_recall`, `overall_pr_accuracy` over the
      thresholds, `overall_roc_auc` (exact), `overall_roc`: all abnormal classes together;
    - `overall_threshold`, `overall_accuracy`: the threshold with the most right answers, found on these very
      data, and their share there;
    - `class_stats`: the same for each abnormal class against the normal one, and for `all` if there are
      several.

    Args:
        name: The model's name.
        classes: The class names, the normal one first.
        **details: Whatever else belongs into `eval-results.json`.
    """

    def __init__(
        self, name: str = "my_model", classes: Sequence[str] = ("normal", "abnormal"), **details: Any
    ) -> None:
        super().__init__(name, "auto_encoder", classes=list(classes), **details)

    @property
    def classes(self) -> list[str]:
        """The class names, the normal one first."""
        names: list[str] = self["classes"]
        return names

    def calculate(self, y: Any, scores: Any) -> None:
        """Fill in everything.

        Args:
            y: True labels, ids into `classes`: shape (n,), (n, 1) or one-hot.
            scores: Each sample's anomaly score, shape (n,).

        Raises:
            DatasetError: Unless there are both normal and abnormal samples.
        """
        values = np.asarray(scores, dtype=np.float64)
        actual = class_ids(y, len(self.classes))
        present = [number for number in range(1, len(self.classes)) if (actual == number).any()]
        if not present or not (actual == 0).any():
            missing = f"abnormal samples ({', '.join(self.classes[1:])})" if not present else self.classes[0]
            raise DatasetError(
                f"The evaluation data has no {missing}",
                hint="an auto-encoder is evaluated with the data of all of my_model.eval_classes",
            )
        thresholds = np.linspace(values.min(), values.max(), _N_THRESHOLDS)
        overall = _detection(values, actual > 0, thresholds)
        stats = {
            self.classes[number]: _detection(
                values[(actual == 0) | (actual == number)],
                actual[(actual == 0) | (actual == number)] > 0,
                thresholds,
            )
            for number in present
        }
        if len(stats) > 1:
            stats["all"] = overall
        best = int(np.argmax(overall["accuracy"]))
        self.update(
            samples=len(values),
            overall_accuracy=overall["accuracy"][best],
            overall_threshold=float(thresholds[best]),
            metrics={"roc_auc": overall["auc"]},
            thresholds=thresholds.tolist(),
            all_scores={name: values[actual == number].tolist() for number, name in enumerate(self.classes)},
            overall_tpr=overall["tpr"],
            overall_fpr=overall["fpr"],
            overall_precision=overall["precision"],
            overall_recall=overall["recall"],
            overall_pr_accuracy=overall["accuracy"],
            overall_roc_auc=overall["auc"],
            overall_roc=overall["roc"],
            class_stats=stats,
        )

    def generate_summary(self, include_all: bool = True) -> str:
        """Return the results as text for people.

        Args:
            include_all: Also show each abnormal class.
        """
        text = super().generate_summary(include_all)
        if not include_all or not self.samples:
            return text
        lines = [f"Threshold: {self['overall_threshold']:.4g} (the best one on these data)"]
        lines += [f"ROC AUC of {name}: {stats['auc']:.4f}" for name, stats in self["class_stats"].items()]
        return text + "\n" + "\n".join(lines)

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

        stats: Mapping[str, Any] = self["class_stats"]
        figures = {
            "overall_roc": plots.roc(["abnormal"], [self["overall_roc"]], [self["overall_roc_auc"]]),
            "overall_precision_vs_recall": plots.precision_vs_recall(
                ["abnormal"], [self["overall_precision"]], [self["overall_recall"]]
            ),
            "histogram": plots.histogram(self["all_scores"], self["overall_threshold"]),
            "class_roc": plots.roc(
                list(stats), [s["roc"] for s in stats.values()], [s["auc"] for s in stats.values()]
            ),
        }
        return plots.save_all(figures, Path(output_dir), self.name, told)


def evaluate_autoencoder(
    model: Any,
    predictor: Predictor,
    dataset: Dataset,
    dump: Path | None = None,
    classes: Sequence[str] | None = None,
    max_per_class: int | None = None,
) -> AutoEncoderEvaluationResults:
    """Evaluate an auto-encoder.

    Args:
        model: A model with `EvaluateAutoEncoderMixin`.
        predictor: The trained model.
        dataset: Normal and abnormal evaluation data. The classes come from the targets, if they are
            labels, else from the `labels` of its batches, whose target is the input itself.
        dump: A folder for pictures of what the network makes of the samples; None writes none.
        classes: The classes of the data, the normal one first; None for the model's `eval_classes`.
        max_per_class: The most samples of each class; None for the model's `eval_max_samples_per_class`.
    """
    function = model.get_scoring_function()
    results = AutoEncoderEvaluationResults(model.name, classes or model.eval_classes)
    dumped = None if dump is None else Dump(dump, results.classes)
    labels, scores = [], []
    for part in predict(
        predictor,
        dataset,
        lambda y, positions: _labels(dataset, results.classes, y, positions),
        steps=model.eval_steps_per_epoch,
        max_per_class=max_per_class or model.eval_max_samples_per_class,
    ):
        labels.append(part.labels)
        scores.append(score_samples(function, part.x, np.asarray(part.outputs)))
        if dumped is not None:
            dumped.add(part)
    results.calculate(np.concatenate(labels), np.concatenate(scores))
    return results


def _labels(dataset: Dataset, classes: Sequence[str], y: Any, positions: np.ndarray) -> np.ndarray:
    """Return ids into `classes`, wherever the dataset keeps its labels."""
    batches: Any = dataset.x
    known = getattr(batches, "labels", None)
    if known is None:
        return class_ids(y, len(classes))
    ids = np.asarray(known)[batches.delivered(batches.epoch)[positions]]
    names = list(dataset.class_counts)
    if not set(classes) <= set(names):
        return class_ids(ids, len(classes))
    unknown = set(names) - set(classes)
    if unknown:
        raise DatasetError(
            f"The evaluation data has the class '{min(unknown)}', which is not in my_model.eval_classes",
            hint="name every class that is evaluated, the normal one first",
        )
    to_ours = np.array([classes.index(name) for name in names])
    return np.asarray(to_ours[ids])


def _detection(scores: np.ndarray, abnormal: np.ndarray, thresholds: np.ndarray) -> dict[str, Any]:
    rates = metrics.rates(scores, abnormal, thresholds)
    fpr, tpr = metrics.roc_curve(scores, abnormal)
    n_abnormal, n_normal = np.count_nonzero(abnormal), np.count_nonzero(~abnormal)
    right = rates.tpr * n_abnormal + (1 - rates.fpr) * n_normal
    return {
        "tpr": rates.tpr.tolist(),
        "fpr": rates.fpr.tolist(),
        "thr": thresholds.tolist(),
        "precision": rates.precision.tolist(),
        "recall": rates.tpr.tolist(),
        "accuracy": (right / len(scores)).tolist(),
        "auc": metrics.roc_auc(scores, abnormal),
        "roc": {"fpr": fpr.tolist(), "tpr": tpr.tolist()},
    }
