"""Keep the weights of the best epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from yzlite_core.contract.values import Best
from yzlite_core.errors import TrainingError, did_you_mean
from yzlite_core.model.weights import (
    WEIGHTS_FOLDER,
    higher_is_better,
    remember_best,
    weights_in,
    weights_name,
)
from yzlite_core.support.files import replacing
from yzlite_core.support.source_location import is_remembered, line_of

if TYPE_CHECKING:
    from yzlite_core.keras.training_run import TrainingRun
    from yzlite_core.model.mixins import TrainMixin

_STAND_INS = ("val_loss", "loss")


class BestCheckpoint(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no type information
    """Writes the weights of the best epoch into `train/weights`, and puts them back when asked.

    Args:
        options: `TrainMixin.checkpoint`.
        chosen: Whether the script chose the monitor; if not, another metric may take its place.
        where: What the script's author calls this, with the line: `checkpoint['monitor'] (x.py, line 5)`.
        run: The run.

    Attributes:
        best: The best epoch so far.
    """

    def __init__(self, options: Mapping[str, Any], *, chosen: bool, where: str, run: TrainingRun) -> None:
        super().__init__()
        self.best: Best | None = None
        self._options = options
        self._chosen = chosen
        self._where = where
        self._folder = run.paths.train / WEIGHTS_FOLDER
        self._run = run
        self._monitor: str | None = None
        self._file = ""

    def get_state(self) -> dict[str, Any]:
        """Return what a resumed training has to know."""
        best = self.best
        return {
            "best": None if best is None else (best.epoch, best.monitor, best.value),
            "monitor": self._monitor,
            "file": self._file,
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from what was remembered, if the metric is still the same."""
        wanted = self._options["monitor"]
        if state["monitor"] != wanted and self._chosen:
            self._run.warn(f"The best epoch is chosen by {wanted} from here on, before by {state['monitor']}")
            return
        self._monitor, self._file = state["monitor"], state["file"]
        self.best = None if state["best"] is None else Best(*state["best"])

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Keep the weights if the epoch is the best so far."""
        self.consider(epoch, logs or {})

    def consider(self, epoch: int, values: Mapping[str, float], batch: int | None = None) -> None:
        """Keep the weights as they are now, if they are the best so far or all are to be kept."""
        self._monitor = self._monitor or self._choose_monitor(values, batch)
        if self._monitor not in values:
            return  # validation does not run in every epoch
        now = Best(epoch + 1, self._monitor, float(values[self._monitor]))
        better = self.best is None or self._is_better(now.value, self.best.value)
        if better or not self._options["save_best_only"]:
            name = weights_name(now, batch, whole_model=not self._options["save_weights_only"])
            self._write(self._folder / name)
        if better:
            if self._options["verbose"]:
                before = "" if self.best is None else f" from {self.best.value:.4f}"
                self._run.say(f"Epoch {now.epoch}: {now.monitor} improved{before} to {now.value:.4f}")
            self.best, self._file = now, name
            remember_best(self._folder, now, name)

    def forget_worse(self, kept_epochs: Sequence[int]) -> None:
        """Remove weights that were not the best after any of these epochs."""
        if not self._options["save_best_only"]:
            return
        files = weights_in(self._folder)
        needed = {self._file}
        for kept in kept_epochs:
            needed.update([path.name for (epoch, _), path in files if epoch <= kept][-1:])
        for _, path in files:
            if path.name not in needed:
                path.unlink(missing_ok=True)

    def restore(self, keras_model: Any) -> None:
        """Give the model the weights of the best epoch.

        Raises:
            TrainingError: If their file has gone.
        """
        if self.best is None:
            return
        path = self._folder / self._file
        if not path.is_file():
            raise TrainingError(f"The best weights {path} are gone", hint="train again, without --resume")
        keras_model.load_weights(path)

    def _write(self, path: Path) -> None:
        with replacing(path) as temporary:
            if self._options["save_weights_only"]:
                self.model.save_weights(temporary)
            else:
                self.model.save(temporary)

    def _choose_monitor(self, values: Mapping[str, float], batch: int | None) -> str:
        wanted: str = self._options["monitor"]
        if wanted in values:
            return wanted
        known = sorted(values)
        within = "" if batch is None else " within an epoch"
        if self._chosen:
            raise absent_metric(self._where, wanted, known, within)
        stand_in = next((name for name in _STAND_INS if name in values), None)
        if stand_in is None:
            raise TrainingError(f"The best epoch cannot be told: training measures only {', '.join(known)}")
        self._run.say(f"There is no {wanted}{within}; the best epoch is chosen by {stand_in}")
        return stand_in

    def _is_better(self, value: float, than: float) -> bool:
        if higher_is_better(self._monitor or "", self._mode()):
            return value > than
        return value < than

    def _mode(self) -> str:
        """Return the direction: the script's, else what the metric itself says, else its name's."""
        mode = str(self._options["mode"])
        name = (self._monitor or "").removeprefix("val_")
        for metric in self.model.metrics if mode == "auto" else ():
            for single in getattr(metric, "metrics", [metric]):
                if single.name == name and getattr(single, "_direction", None):
                    return "max" if single._direction == "up" else "min"
        return mode


class BatchCheckpoint(BestCheckpoint):
    """Looks at the weights after each so many batches, not after each epoch."""

    def __init__(self, options: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(options, **kwargs)
        self._every = int(options["save_freq"])
        self._since = 0
        self._last = -1
        self._epoch = 0

    def get_state(self) -> dict[str, Any]:
        """Return what a resumed training has to know: also the batches since the last look."""
        return {**super().get_state(), "since": self._since}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from what was remembered."""
        super().set_state(state)
        self._since = state.get("since", 0)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Count the batches of a new epoch."""
        self._epoch, self._last = epoch, -1

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Look at the weights if it is time; Keras calls this once for `steps_per_execution` batches."""
        self._since += batch - self._last
        self._last = batch
        if self._since >= self._every:
            self._since = 0
            self.consider(self._epoch, {name: float(value) for name, value in (logs or {}).items()}, batch)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Nothing happens at the end of an epoch."""


def absent_metric(where: str, wanted: str, known: Sequence[str], within: str = "") -> TrainingError:
    """Return the error for a monitor that is not measured."""
    return TrainingError(
        f"{where} is '{wanted}', but training measures {', '.join(known)}{within}",
        hint=did_you_mean(wanted, known) or "choose one of these, or add the metric to my_model.metrics",
    )


def checkpoint_of(model: TrainMixin, callbacks: Sequence[Any], run: TrainingRun) -> BestCheckpoint | None:
    """Return the checkpoint that the settings ask for, or None if they switch it off.

    A ModelCheckpoint of the script takes the place of the setting: the best epoch is its best epoch.
    """
    given = next((c for c in callbacks if isinstance(c, keras.callbacks.ModelCheckpoint)), None)
    if given is not None:
        direction = {"less": "min", "greater": "max"}.get(
            getattr(given.monitor_op, "__name__", ""), given.mode
        )
        options = {
            "monitor": given.monitor,
            "mode": direction,
            "save_freq": given.save_freq,
            "save_best_only": True,
            "save_weights_only": True,
            "verbose": 0,
        }
        chosen, where = given.save_best_only, "The monitor of the ModelCheckpoint in train_callbacks"
    elif model.checkpoint:
        options = {**type(model).checkpoint.defaults, **model.checkpoint}
        chosen = is_remembered(model.checkpoint, "monitor")
        where = f"checkpoint['monitor']{line_of(model, 'checkpoint.monitor')}"
    else:
        return None
    kind = BestCheckpoint if options["save_freq"] == "epoch" else BatchCheckpoint
    return kind(options, chosen=chosen, where=where, run=run)
