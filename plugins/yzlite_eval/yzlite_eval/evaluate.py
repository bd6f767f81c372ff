"""Which evaluation a model gets, and where its results are written."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yzlite_core.dataset import Dataset
from yzlite_core.files import write_atomic, write_json
from yzlite_core.results import EvaluationResults, Predictor, to_jsonable
from yzlite_eval.mixin import EvaluateAutoEncoderMixin, EvaluateClassifierMixin

if TYPE_CHECKING:
    from yzlite_core.run import Run


def evaluate(model: Any, predictor: Predictor, dataset: Dataset, run: Run) -> EvaluationResults | None:
    """Evaluate a model and write `eval-results.json`, `summary.txt` and the plots into `eval/<kind>/`.

    Args:
        model: A model with `EvaluateMixin` or a mixin derived from it.
        predictor: The trained model.
        dataset: The evaluation data.
        run: The run.

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
    if model.eval_custom_function is not None:
        from yzlite_eval.generic import evaluate_by_function

        return evaluate_by_function(model, predictor, dataset, eval_dir, run.log, run.request.show)
    if isinstance(model, EvaluateAutoEncoderMixin):
        from yzlite_eval.autoencoder import evaluate_autoencoder

        dump = eval_dir / "dumps" if run.request.dump else None
        return evaluate_autoencoder(model, predictor, dataset, dump)
    if run.request.dump:
        run.warn(f"--dump is of auto-encoders; {model.name} has no EvaluateAutoEncoderMixin")
    if isinstance(model, EvaluateClassifierMixin):
        from yzlite_eval.classifier import evaluate_classifier

        return evaluate_classifier(model, predictor, dataset)
    if predictor.kind == "keras":
        from yzlite_eval.generic import evaluate_by_metrics

        return evaluate_by_metrics(model, predictor, dataset)
    return None
