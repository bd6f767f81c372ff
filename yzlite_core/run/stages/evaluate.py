"""evaluate: ask who judges the Keras model, and the same of the .tflite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yzlite_core.contract import hookspecs
from yzlite_core.contract.values import EvaluationResults
from yzlite_core.errors import NobodyAnsweredError
from yzlite_core.run.products import Converted, Evaluated, Trained
from yzlite_core.run.reports import EvaluateReport, KindReport
from yzlite_core.run.stages.load import say_skipped

if TYPE_CHECKING:
    from yzlite_core.contract.values import Predictor
    from yzlite_core.run.run import Run
    from yzlite_core.run.stages.load import Data


def evaluate(run: Run, trained: Trained, converted: Converted, data: Data) -> Evaluated:
    """Evaluate each kind of model on the same data.

    Raises:
        NobodyAnsweredError: If no plugin evaluates such a model, and the request says that one must.
    """
    dataset = data.evaluation
    results: dict[str, EvaluationResults] = {}
    for kind in run.request.kinds:
        try:
            answer = run.plugins.claim(
                hookspecs.yzlite_evaluate,
                model=run.model,
                predictor=_predictor(run, kind, trained, converted),
                dataset=dataset,
                run=run,
            )
        except NobodyAnsweredError as error:
            if run.request.must_evaluate:
                raise
            run.warn(f"Nobody evaluates the {kind} model: {error.hint}")
            continue
        results[kind] = answer.value
        accuracy = answer.value.accuracy
        if accuracy is not None:
            run.say(f"Accuracy of the {kind} model: {accuracy:.2%} of {answer.value.samples} samples")
    report: EvaluateReport = {
        "keras": _told(results.get("keras")),
        "tflite": _told(results.get("tflite")),
        "subset": dataset.subset,
        "skipped": say_skipped(run, dataset),
    }
    return Evaluated(results, report)


def _told(results: EvaluationResults | None) -> KindReport | None:
    if results is None:
        return None
    return {"accuracy": results.accuracy, "metrics": results["metrics"], "samples": results.samples}


def _predictor(run: Run, kind: str, trained: Trained, converted: Converted) -> Predictor:
    if kind == "keras":
        from yzlite_core.keras.predictor import KerasPredictor

        return KerasPredictor(trained.keras_model, callbacks=run.request.predict_callbacks)
    from yzlite_core.tflite.interpreter import TflitePredictor

    return TflitePredictor(converted.tflite)
