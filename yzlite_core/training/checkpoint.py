"""Keep the weights of the best epoch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from yzlite_core.errors import TrainingError
from yzlite_core.files import replacing
from yzlite_core.results import Best

if TYPE_CHECKING:
    from yzlite_core.mixins import TrainMixin
    from yzlite_core.run import Run

_STAND_INS = ("val_loss", "loss")
_HIGHER_IS_BETTER = ("acc", "auc", "precision", "recall", "f1", "iou", "cosine", "r2", "fmeasure")


class BestCheckpoint(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no type information
    """Writes the weights of the best epoch, and puts them back when training is over.

    Args:
        options: `TrainMixin.checkpoint`.
        chosen: Whether the script chose the monitor; if not, another metric may take its place.
        path: Where the weights are written; ends with `.weights.h5`.
        run: The run.

    Attributes:
        best: The best epoch so far.
    """

    def __init__(self, options: Mapping[str, Any], *, chosen: bool, path: Path, run: Run) -> None:
        super().__init__()
        self.best: Best | None = None
        self._options = options
        self._chosen = chosen
        self._path = path
        self._run = run
        self._monitor: str | None = None

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Keep the weights if the epoch is the best so far."""
        values = logs or {}
        self._monitor = self._monitor or self._choose_monitor(values)
        if self._monitor not in values:
            return  # validation does not run in every epoch
        value = float(values[self._monitor])
        always = not self._options.get("save_best_only", True)
        if always or self.best is None or self._is_better(value, self.best.value):
            self.best = Best(epoch + 1, self._monitor, value)
            with replacing(self._path) as temporary:
                self.model.save_weights(temporary)

    def restore(self, keras_model: Any) -> None:
        """Give the model the weights of the best epoch."""
        if self.best is not None:
            keras_model.load_weights(self._path)

    def _choose_monitor(self, values: Mapping[str, float]) -> str:
        wanted: str = self._options.get("monitor", "val_accuracy")
        if wanted in values:
            return wanted
        known = ", ".join(sorted(values))
        if self._chosen:
            raise TrainingError(
                f"checkpoint['monitor'] is '{wanted}', but training measures {known}",
                hint="choose one of these, or add the metric to my_model.metrics",
            )
        stand_in = next((name for name in _STAND_INS if name in values), None)
        if stand_in is None:
            raise TrainingError(f"The best epoch cannot be told: training measures only {known}")
        self._run.say(f"There is no {wanted}; the best epoch is chosen by {stand_in}")
        return stand_in

    def _is_better(self, value: float, than: float) -> bool:
        mode = self._options.get("mode", "auto")
        if mode == "auto":
            name = (self._monitor or "").lower()
            mode = "max" if any(part in name for part in _HIGHER_IS_BETTER) else "min"
        return value > than if mode == "max" else value < than


def checkpoint_of(model: TrainMixin, run: Run) -> BestCheckpoint | None:
    """Return the checkpoint that the settings ask for, or None if they switch it off."""
    if not model.checkpoint:
        return None
    chosen = type(model).checkpoint.is_set(model) and model.checkpoint["monitor"] != "val_accuracy"
    path = run.paths.train / "weights" / "best.weights.h5"
    return BestCheckpoint(model.checkpoint, chosen=chosen, path=path, run=run)
