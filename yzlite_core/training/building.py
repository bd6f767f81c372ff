"""The core's own way to a Keras model: the script's `build_model_function`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yzlite_core.errors import TrainingError, YZLiteError
from yzlite_core.lines import line_in

if TYPE_CHECKING:
    from yzlite_core.mixins import TrainMixin
    from yzlite_core.model import YZLiteModel


def build(model: YZLiteModel, mixin: TrainMixin) -> Any:
    """Call the script's function and check what it returns.

    Raises:
        TrainingError: If it fails, or returns something else than a compiled `keras.Model`.
    """
    import keras

    name = getattr(mixin.build_model_function, "__name__", "build_model_function")
    script = model.model_specification_path
    try:
        keras_model = mixin.build_model_function(model)
    except YZLiteError:
        raise
    except Exception as error:
        hint = None
        if "not in the loss_weights" in str(error) or "loss_weights" in str(error):
            hint = "in Keras 3 compile's third argument is loss_weights: write metrics=[...]"
        raise TrainingError(
            f"{name} failed{line_in(script, error)}: {type(error).__name__}: {error}", hint=hint
        ) from error
    if not isinstance(keras_model, keras.Model):
        raise TrainingError(
            f"{name} returned {type(keras_model).__name__}, not a keras.Model", hint="end it with a return"
        )
    if not keras_model.compiled:
        raise TrainingError(
            f"{name} returned a model that is not compiled",
            hint="call keras_model.compile(loss=my_model.loss, optimizer=my_model.optimizer, "
            "metrics=my_model.metrics) in it",
        )
    if isinstance(getattr(keras_model, "_loss_weights", None), (list, tuple)) or _positional_metrics(
        keras_model
    ):
        raise TrainingError(
            f"{name} gave compile its metrics as the third argument, which Keras 3 takes for loss_weights",
            hint="write metrics=[...]",
        )
    return keras_model


def _positional_metrics(keras_model: Any) -> bool:
    weights = getattr(getattr(keras_model, "_compile_loss", None), "_user_loss_weights", None)
    return isinstance(weights, (list, tuple)) and any(isinstance(weight, str) for weight in weights)
