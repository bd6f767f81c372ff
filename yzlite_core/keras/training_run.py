"""What the training asks of whoever runs it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Protocol


class Wishes(Protocol):
    """What the caller wants of a training."""

    @property
    def live(self) -> bool:
        """Whether a progress bar may be drawn."""
        ...

    @property
    def resume(self) -> bool:
        """Whether training goes on where an earlier one was interrupted."""
        ...

    @property
    def resume_epoch(self) -> int | None:
        """The epoch after which it goes on; None for the newest that is kept."""
        ...


class Places(Protocol):
    """Where a training keeps its files."""

    @property
    def train(self) -> Path:
        """The folder of the history, the log and the checkpoints."""
        ...


class TrainingRun(Protocol):
    """A run, as far as its training is concerned."""

    @property
    def model(self) -> Any:
        """The model; its settings are frozen."""
        ...

    @property
    def log(self) -> logging.Logger:
        """Lines for people: the terminal and `train/log.txt`."""
        ...

    @property
    def paths(self) -> Places:
        """The files."""
        ...

    @property
    def request(self) -> Wishes:
        """What the caller wants."""
        ...

    @property
    def seed(self) -> int:
        """Of every random choice."""
        ...

    def say(self, text: str) -> None:
        """Tell the user something, and write it to the log."""

    def warn(self, text: str) -> None:
        """Tell the user something that may need attention, and write it to the log."""
