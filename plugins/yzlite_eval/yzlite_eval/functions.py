"""`evaluate_classifier` and `evaluate_autoencoder`, as scripts call them."""

from __future__ import annotations

import os
from typing import Any

from yzlite_core import EvaluationResults, YZLiteModel, evaluate_model, load_yzlite_model
from yzlite_core.errors import ModelError
from yzlite_eval.mixin import EvaluateAutoEncoderMixin, EvaluateClassifierMixin, EvaluateMixin


def evaluate_classifier(
    model: str | os.PathLike[str] | YZLiteModel, tflite: bool = False, **options: Any
) -> EvaluationResults:
    """Evaluate a trained classifier; the arguments are those of `evaluate_model`.

    Raises:
        ModelError: If the model's class does not inherit EvaluateClassifierMixin.
    """
    return evaluate_model(_inheriting(EvaluateClassifierMixin, model), tflite, **options)


def evaluate_autoencoder(
    model: str | os.PathLike[str] | YZLiteModel, tflite: bool = False, **options: Any
) -> EvaluationResults:
    """Evaluate a trained auto-encoder; the arguments are those of `evaluate_model`.

    Raises:
        ModelError: If the model's class does not inherit EvaluateAutoEncoderMixin.
    """
    return evaluate_model(_inheriting(EvaluateAutoEncoderMixin, model), tflite, **options)


def _inheriting(mixin: type[EvaluateMixin], model: str | os.PathLike[str] | YZLiteModel) -> YZLiteModel:
    specification = load_yzlite_model(model)
    if not isinstance(specification, mixin):
        raise ModelError(
            f"The class of {specification.name} does not inherit {mixin.__name__}", hint="add it to its bases"
        )
    return specification
