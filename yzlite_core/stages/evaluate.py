"""evaluate: ask who judges the Keras model, and the same of the .tflite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yzlite_core import hookspecs
from yzlite_core.artefacts import artefact, keras_model
from yzlite_core.errors import NobodyAnsweredError
from yzlite_core.stages.load import dataset, say_skipped

if TYPE_CHECKING:
    from yzlite_core.results import Predictor
    from yzlite_core.run import Run


def evaluate(run: Run) -> dict[str, Any]:
    """Evaluate each kind of model on the same data and return the report."""
    data = dataset(run, "evaluation")
    reports: dict[str, Any] = {"keras": None, "tflite": None}
    for kind in run.evaluation.kinds:
        try:
            answer = run.plugins.claim(
                hookspecs.yzlite_evaluate,
                model=run.model,
                predictor=_predictor(run, kind),
                dataset=data,
                run=run,
            )
        except NobodyAnsweredError as error:
            if run.evaluation.required:
                raise
            run.warn(f"Nobody evaluates the {kind} model: {error.hint}")
            continue
        run.results[kind] = answer.value
        reports[kind] = answer.value.to_json()
        accuracy = answer.value.accuracy
        if accuracy is not None:
            run.say(f"Accuracy of the {kind} model: {accuracy:.2%} of {answer.value.samples} samples")
    return {**reports, "subset": data.subset, "skipped": say_skipped(run, data)}


def _predictor(run: Run, kind: str) -> Predictor:
    if kind == "keras":
        from yzlite_core.training.predictor import KerasPredictor

        return KerasPredictor(keras_model(run), callbacks=run.evaluation.callbacks)
    from yzlite_core.tflite.interpreter import TflitePredictor

    return TflitePredictor(artefact(run, run.paths.tflite).read_bytes())
