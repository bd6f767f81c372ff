"""What the tests of the training share: a run that is nothing but what a training asks of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest


@dataclass
class FakeRun:
    """A `TrainingRun` that keeps what the user is told."""

    model: Any
    paths: Any
    request: Any
    seed: int = 7
    log: logging.Logger = field(default_factory=lambda: logging.Logger("training"))
    said: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.said.append(text)

    def warn(self, text: str) -> None:
        self.warned.append(text)


@pytest.fixture
def fake_run(tmp_path):
    """A function (model, wishes) that makes a run whose files lie in the test's folder."""

    def make(model=None, **wishes):
        request = SimpleNamespace(**{"live": False, "resume": False, "resume_epoch": None, **wishes})
        model = model or SimpleNamespace(model_specification_path=str(Path(tmp_path, "mine.py")))
        return FakeRun(model, SimpleNamespace(train=tmp_path / "train"), request)

    return make
