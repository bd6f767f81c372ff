"""How a run ended, for whoever asked for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from yzlite_core.contract.values import EvaluationResults, TrainingResults
from yzlite_core.errors import ErrorReport, error_report
from yzlite_core.run.bundle import Bundle
from yzlite_core.run.products import Products
from yzlite_core.run.provenance import plugin_list
from yzlite_core.run.reports import Reports, RunReport
from yzlite_core.run.request import DEFAULT_SEED, Request
from yzlite_core.run.run import Run

_FILES = ("log_dir", "archive", "keras", "tflite", "report")


def _nothing() -> Reports:
    return {}


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        status: `ok`, `failed` or `budget`.
        stages: What each stage reported, by name, as in the JSON of `yzlite run`.
        error: `{"stage", "type", "message", "hint"}` or None.
        training: What the training has measured; None if there was none, or it failed.
        observer_failures: What observers have raised, a sentence each.
    """

    status: Literal["ok", "failed", "budget"]
    stages: Reports = field(default_factory=_nothing)
    error: ErrorReport | None = None
    training: TrainingResults | None = None
    observer_failures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Results:
    """What came of a request.

    Attributes:
        request: What was asked for.
        outcome: How it ended, as the observers are told.
        products: What the stages have made.
        files: The files that there are now, by their names in the JSON of a run.
        data_is_generated: Whether code has made the data.
        run: The run; None if it failed before it began.
        error: Why it failed; None if it did not.
    """

    request: Request
    outcome: Outcome
    products: Products = field(default_factory=Products)
    files: Mapping[str, Path] = field(default_factory=dict)
    data_is_generated: bool = False
    run: Run | None = None
    error: BaseException | None = None

    def checked(self) -> Results:
        """Return the same if all went well.

        Raises:
            YZLiteError: Why it did not; also what the system or the user has interrupted it with.
        """
        if self.error is not None:
            raise self.error
        return self

    @property
    def training(self) -> TrainingResults | None:
        """What the training has measured; None if there was none."""
        return None if self.products.trained is None else self.products.trained.results

    @property
    def evaluations(self) -> Mapping[str, EvaluationResults]:
        """The evaluations, by `keras` and `tflite`."""
        return {} if self.products.evaluated is None else self.products.evaluated.results

    @property
    def tflite(self) -> bytes:
        """The `.tflite` that the run has made.

        Raises:
            ValueError: If it has made none.
        """
        if self.products.converted is None:
            raise ValueError("the run has converted nothing")
        return self.products.converted.tflite

    def to_json(self) -> RunReport:
        """Return the JSON of `yzlite run`."""
        told = self.outcome
        name, seed = self.request.model, self.request.seed
        paths = {label: str(self.files[label]) if label in self.files else None for label in _FILES}
        return {
            "status": told.status,
            "error": told.error,
            "model": self.run.model.name if self.run else name if isinstance(name, str) else name.name,
            "seed": self.run.seed if self.run else DEFAULT_SEED if seed is None else seed,
            "log_dir": paths["log_dir"],
            "archive": paths["archive"],
            "keras": paths["keras"],
            "tflite": paths["tflite"],
            "report": paths["report"],
            "plugins": plugin_list(self.run.plugins) if self.run else [],
            "stages": {name: value for name, value in told.stages.items() if name != "archive"},
        }


def failed(request: Request, error: BaseException, run: Run | None = None) -> Results:
    """Return the results of what failed before its first stage."""
    return Results(request, Outcome("failed", {}, error_report(error)), run=run, error=error)


def files_of(run: Run, bundle: Bundle | None) -> dict[str, Path]:
    """Return the files that there are when a run is over and its private folder is gone."""
    kept = [
        paths for paths in (run.paths, bundle.paths if bundle else None) if paths and not paths.is_private
    ]
    found = {} if not kept else {"log_dir": kept[0].root}
    places = {
        "archive": [run.paths.archive],
        "keras": [paths.keras for paths in kept],
        "tflite": [paths.tflite for paths in kept],
        "report": [run.paths.report] if not run.paths.is_private else [],
    }
    for label, candidates in places.items():
        there = [path for path in candidates if os.path.isfile(path)]
        found |= {label: there[0]} if there else {}
    return found
