"""What is monitored must be measured: said after the first epoch, not in a warning after each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras

from yzlite_core.keras.checkpoint import absent_metric
from yzlite_core.support.source_location import is_remembered, line_of

if TYPE_CHECKING:
    from yzlite_core.keras.training_run import TrainingRun
    from yzlite_core.model.mixins import TrainMixin

_SETTINGS = {"EarlyStopping": "early_stopping", "ReduceLROnPlateau": "reduce_lr_on_plateau"}


class MonitorGuard(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no type information
    """Looks at the metrics of the first epochs, before the callbacks that monitor one do.

    A monitor that nobody chose is replaced by `loss` where there is no validation; any other that is
    missing is an error.

    Args:
        model: The model.
        callbacks: The callbacks of the training.
        run: The run.
        validates: Whether there is validation data.
    """

    def __init__(
        self, model: TrainMixin, callbacks: Sequence[Any], run: TrainingRun, *, validates: bool
    ) -> None:
        super().__init__()
        self._spec = model
        self._run = run
        self._validates = validates
        self._unseen = [c for c in callbacks if isinstance(getattr(c, "monitor", None), str)]

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Look whether each monitored metric is there."""
        values = logs or {}
        validated = any(name.startswith("val_") for name in values)
        for callback in list(self._unseen):
            waits = callback.monitor.startswith("val_") and self._validates and not validated
            if waits or callback.monitor == "learning_rate":
                continue
            if callback.monitor not in values:
                self._replace(callback, values)
            self._unseen.remove(callback)

    def _replace(self, callback: Any, values: Mapping[str, float]) -> None:
        setting = _SETTINGS.get(type(callback).__name__, "")
        own = any(callback is given for given in self._spec.train_callbacks)
        group: Any = None if own else getattr(self._spec, setting, None)
        if group is None:
            where = f"The monitor of the callback {type(callback).__name__}"
            raise absent_metric(where, callback.monitor, sorted(values))
        if is_remembered(group, "monitor"):
            where = f"{setting}['monitor']{line_of(self._spec, f'{setting}.monitor')}"
            raise absent_metric(where, callback.monitor, sorted(values))
        self._run.say(f"There is no {callback.monitor}; {setting} monitors loss")
        callback.monitor = "loss"
