"""Run: one run of one model, as stages and hooks see it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, ParamSpec, TypeVar

from yzlite_core.contract import hookspecs
from yzlite_core.contract.plugins import Answer, Plugins, failures
from yzlite_core.model.model import YZLiteModel
from yzlite_core.run.paths import RunPaths
from yzlite_core.run.request import DEFAULT_SEED, Request

P = ParamSpec("P")
R = TypeVar("R")

TEST_SAMPLES: Final = 3
OBSERVER: Final = "observer"  # marks a log record that says which observer has failed


@dataclass(frozen=True)
class Run:
    """One run of one model; what it makes flows from stage to stage and is not kept here.

    Attributes:
        model: The model; its settings are frozen.
        plugins: The plugins.
        paths: The files.
        request: What the caller wants; its `stages` are all that this run goes through.
        seed: Of every random choice.
        log: Lines for people: the terminal and `train/log.txt`.
        started: When the run began, in seconds since the epoch, rounded down for coarse file systems.
    """

    model: YZLiteModel
    plugins: Plugins
    paths: RunPaths
    request: Request
    seed: int = DEFAULT_SEED
    log: logging.Logger = field(default_factory=lambda: logging.Logger("yzlite"))
    started: float = field(default_factory=lambda: float(int(time.time())))

    @property
    def limit(self) -> int | None:
        """The most samples of each class: 3 in test mode, else None."""
        return TEST_SAMPLES if self.model.test_mode_enabled else None

    def say(self, text: str) -> None:
        """Tell the user something, and write it to the log."""
        self.log.info(text)

    def warn(self, text: str) -> None:
        """Tell the user something that may need attention, and write it to the log."""
        self.log.warning(text)

    def tell(self, hook: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> list[Answer[R]]:
        """Tell the observers; a failure of one is a line and a record, and the run goes on.

        Raises:
            StopRunError: If an observer wants the run to end.
        """
        answers = self.plugins.tell(hook, *args, **kwargs)
        for failed in failures(hook, answers):
            self.log.warning(f"{failed}; the run goes on", extra={OBSERVER: str(failed)})
        return answers

    def show_figure(self, kind: str, name: str, figure: Any) -> None:
        """Tell the observers of a plot, before its file is written; see the hook `yzlite_figure`."""
        self.tell(hookspecs.yzlite_figure, run=self, kind=kind, name=name, figure=figure)
