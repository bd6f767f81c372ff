"""Show how training goes: a bar on a terminal, a line for each epoch elsewhere."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from yzlite_core.keras.training_run import TrainingRun


class EpochLines(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no type information
    """Says one line after each epoch, and once that the loss has gone astray.

    Args:
        run: The run.
    """

    def __init__(self, run: TrainingRun) -> None:
        super().__init__()
        self._run = run
        self._started = 0.0
        self._warned = False

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Start the clock."""
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Say what was measured."""
        measured = "  ".join(f"{name} {value:.4g}" for name, value in (logs or {}).items())
        seconds = time.perf_counter() - self._started
        self._run.say(f"Epoch {epoch + 1}/{self.params['epochs']}  {measured}  ({seconds:.1f} s)")
        if not self._warned and not math.isfinite((logs or {}).get("loss", 0.0)):
            self._warned = True
            self._run.warn(
                "The loss is no number any more (lower the learning rate, and look for NaN in the data)"
            )


class EpochBar(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no type information
    """Draws a bar on standard error while an epoch goes on."""

    def __init__(self) -> None:
        super().__init__()
        self._progress: Any = None
        self._task: Any = None

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        """Start to draw."""
        from rich.console import Console
        from rich.progress import Progress

        self._progress = Progress(transient=True, console=Console(stderr=True))
        self._task = self._progress.add_task("")
        self._progress.start()

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Start the epoch's bar."""
        self._progress.reset(
            self._task,
            description=f"epoch {epoch + 1}/{self.params['epochs']}",
            total=self.params.get("steps"),
        )

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=batch + 1)

    def close(self) -> None:
        """Wipe the bar, however training ended."""
        if self._progress is not None:
            self._progress.stop()
