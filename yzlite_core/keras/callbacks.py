"""Keras callbacks from a model's settings."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from yzlite_core.errors import MissingPluginError, TrainingError
from yzlite_core.support.source_location import line_of

if TYPE_CHECKING:
    from yzlite_core.keras.training_run import TrainingRun
    from yzlite_core.model.mixins import TrainMixin


def callbacks_of(model: TrainMixin, run: TrainingRun) -> list[Any]:
    """Return the callbacks that the settings ask for, and the script's own.

    A callback of the script takes the place of the setting of its kind; `lr_schedule` takes the place
    of `reduce_lr_on_plateau`.

    Raises:
        TrainingError: If a setting is incomplete.
        MissingPluginError: If logs for TensorBoard are asked for, and it is not installed.
    """
    import keras

    kinds = keras.callbacks
    makers: dict[str, tuple[type, Callable[[], Any]]] = {
        "lr_schedule": (
            kinds.LearningRateScheduler,
            lambda: kinds.LearningRateScheduler(**model.lr_schedule),
        ),
        "reduce_lr_on_plateau": (
            kinds.ReduceLROnPlateau,
            lambda: kinds.ReduceLROnPlateau(**model.reduce_lr_on_plateau),
        ),
        "early_stopping": (kinds.EarlyStopping, lambda: kinds.EarlyStopping(**model.early_stopping)),
        "tensorboard": (
            kinds.TensorBoard,
            lambda: _tensorboard({"log_dir": str(run.paths.train / "tensorboard"), **model.tensorboard}),
        ),
    }
    own = list(model.train_callbacks)
    made = []
    for setting, (kind, make) in makers.items():
        if not getattr(model, setting) or any(isinstance(callback, kind) for callback in own):
            continue
        if setting == "reduce_lr_on_plateau" and model.lr_schedule:
            run.warn("reduce_lr_on_plateau is ignored, because lr_schedule is set")
            continue
        try:
            made.append(make())
        except (TypeError, ValueError) as error:
            raise TrainingError(f"my_model.{setting}{line_of(model, setting)}: {error}") from error
    return made + own


def _tensorboard(options: Mapping[str, Any]) -> Any:
    """Make the callback; Keras would miss the package, which TensorFlow does not bring, later."""
    import keras

    if importlib.util.find_spec("tensorboard") is None:
        raise MissingPluginError(
            "my_model.tensorboard is set, and TensorBoard is not installed: pip install tensorboard"
        )
    return keras.callbacks.TensorBoard(**options)


def early_stopping_in(callbacks: Sequence[Any]) -> bool:
    """Tell whether one of the callbacks is an EarlyStopping."""
    import keras

    return any(isinstance(callback, keras.callbacks.EarlyStopping) for callback in callbacks)
