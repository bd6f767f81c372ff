"""Which evaluation a model gets, and where its results are written."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yzlite_core.plugin import Dataset, EvaluationResults, Predictor, Sampling
from yzlite_core.plugin.files import to_jsonable, write_atomic, write_json
from yzlite_eval.mixin import EvaluateAutoEncoderMixin, EvaluateClassifierMixin

if TYPE_CHECKING:
    from yzlite_core.plugin import Run


def sampling_of(model: Any) -> Sampling:
    """Return what the settings of a model with `EvaluateMixin` want of the evaluation data.

    What they do not ask for is left to the loader, which by itself neither augments nor shuffles such data.
    """
    sampling = Sampling(steps=model.eval_steps_per_epoch)
    if isinstance(model, EvaluateClassifierMixin):
        sampling = replace(sampling, augment=model.eval_augment or None, shuffle=model.eval_shuffle or None)
    if isinstance(model, EvaluateAutoEncoderMixin):
        sampling = replace(sampling, classes=tuple(model.eval_classes))
    return sampling


def evaluate(model: Any, predictor: Predictor, dataset: Dataset, run: Run) -> EvaluationResults | None:
    """Evaluate a model and write `eval-results.json`, `summary.txt` and the plots into `eval/<kind>/`.

    Args:
        model: A model with `EvaluateMixin` or a mixin derived from it.
        predictor: The trained model.
        dataset: The evaluation data.
        run: The run; its request may ask for other classes and for fewer samples than the settings do.

    Returns:
        The results, or None for a `.tflite` that only its script could evaluate.
    """
    eval_dir = run.paths.eval / predictor.kind
    results = _results(model, predictor, dataset, eval_dir, run)
    if results is not None:
        write_json(eval_dir / "eval-results.json", to_jsonable(results))
        write_atomic(eval_dir / "summary.txt", results.generate_summary() + "\n")
        if hasattr(results, "generate_plots"):
            results.generate_plots(eval_dir, told=partial(run.show_figure, predictor.kind))
    return results


def _results(
    model: Any, predictor: Predictor, dataset: Dataset, eval_dir: Path, run: Run
) -> EvaluationResults | None:
    asked = run.request
    if model.eval_custom_function is not None:
        from yzlite_eval.generic import evaluate_by_function

        return evaluate_by_function(model, predictor, dataset, eval_dir, run.log, asked.show)
    if isinstance(model, EvaluateAutoEncoderMixin):
        from yzlite_eval.autoencoder import evaluate_autoencoder

        dump = eval_dir / "dumps" if asked.dump else None
        return evaluate_autoencoder(
            model, predictor, dataset, dump, asked.classes, asked.max_samples_per_class
        )
    if asked.dump:
        run.warn(f"--dump is of auto-encoders; {model.name} has no EvaluateAutoEncoderMixin")
    if isinstance(model, EvaluateClassifierMixin):
        from yzlite_eval.classifier import evaluate_classifier

        return evaluate_classifier(model, predictor, dataset, asked.max_samples_per_class)
    if predictor.kind == "keras":
        from yzlite_eval.generic import evaluate_by_metrics

        return evaluate_by_metrics(model, predictor, dataset)
    return None
