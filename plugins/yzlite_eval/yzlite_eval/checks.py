"""What in a specification cannot be evaluated."""

from __future__ import annotations

from typing import Any

from yzlite_core.errors import MissingSettingError, ModelError
from yzlite_core.plugin import Problem
from yzlite_eval.mixin import EvaluateAutoEncoderMixin, EvaluateClassifierMixin, EvaluateMixin


def problems_of(model: Any) -> list[Problem]:
    """Return the problems, as sentences, of a model's evaluation settings."""
    if not isinstance(model, EvaluateMixin) or model.eval_custom_function is not None:
        return []
    if isinstance(model, EvaluateAutoEncoderMixin):
        return _of_autoencoder(model)
    if isinstance(model, EvaluateClassifierMixin):
        return _of_classifier(model)
    return []


def _of_autoencoder(model: EvaluateAutoEncoderMixin) -> list[Problem]:
    problems = []
    if len(set(model.eval_classes)) < 2:
        problems.append(
            Problem(
                f"eval_classes is {list(model.eval_classes)}, and an auto-encoder is evaluated with normal "
                "and abnormal data",
                hint="name the normal class first, then at least one abnormal one",
            )
        )
    try:
        model.get_scoring_function()
    except ModelError as error:
        problems.append(Problem(error.message, error.hint))
    return problems


def _of_classifier(model: Any) -> list[Problem]:
    problems = []
    try:
        if not model.classes:
            problems.append(Problem("classes is empty", hint="name the classes in my_model.classes"))
    except MissingSettingError as error:
        problems.append(Problem(error.message, error.hint))
    if getattr(model, "class_mode", None) in ("input", "none"):
        problems.append(
            Problem(
                f"class_mode is '{model.class_mode}', and a classifier is evaluated with labels",
                hint="inherit EvaluateAutoEncoderMixin, or EvaluateMixin for another kind of model",
            )
        )
    return problems
