"""The core's own way to a Keras model: the script's `build_model_function`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yzlite_core.errors import TrainingError, YZLiteError
from yzlite_core.support.source_location import line_in, line_of_function

if TYPE_CHECKING:
    from yzlite_core.model.mixins import TrainMixin
    from yzlite_core.model.model import YZLiteModel

_THIRD_ARGUMENT = "in Keras 3 compile's third argument is loss_weights: write metrics=[...]"


def build(model: YZLiteModel, mixin: TrainMixin) -> Any:
    """Call the script's function and check what it returns.

    Raises:
        TrainingError: If it fails, or returns something else than a compiled `keras.Model`.
    """
    name = getattr(mixin.build_model_function, "__name__", "build_model_function")
    script = model.model_specification_path
    try:
        keras_model = mixin.build_model_function(model)
    except YZLiteError:
        raise
    except Exception as error:
        hint = _THIRD_ARGUMENT if "loss_weights" in str(error) else None
        raise TrainingError(
            f"{name} failed{line_in(script, error)}: {type(error).__name__}: {error}", hint=hint
        ) from error
    problem = _problem(keras_model)
    if problem is not None:
        what, hint = problem
        raise TrainingError(f"{name} {what}{line_of_function(mixin.build_model_function)}", hint=hint)
    return keras_model


def _problem(keras_model: Any) -> tuple[str, str] | None:
    """Return what is wrong with a built network, and what to do about it."""
    import keras

    if not isinstance(keras_model, keras.Model):
        shown = "None" if keras_model is None else type(keras_model).__name__
        return f"returned {shown}, not a keras.Model", "end it with: return keras_model"
    if not keras_model.compiled:
        return "returned a model that is not compiled", (
            "call keras_model.compile(loss=my_model.loss, optimizer=my_model.optimizer, "
            "metrics=my_model.metrics) in it"
        )
    if _metrics_given_as_loss_weights(keras_model):
        return "gave compile its metrics as the third argument", _THIRD_ARGUMENT
    return None


def _metrics_given_as_loss_weights(keras_model: Any) -> bool:
    if isinstance(getattr(keras_model, "_loss_weights", None), (list, tuple)):
        return True
    weights = getattr(getattr(keras_model, "_compile_loss", None), "_user_loss_weights", None)
    return isinstance(weights, (list, tuple)) and any(isinstance(weight, str) for weight in weights)
