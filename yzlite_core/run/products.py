"""What the stages of a run hand to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from yzlite_core.contract.values import EvaluationResults, TrainingResults
from yzlite_core.run.reports import (
    ArchiveReport,
    ConvertReport,
    EvaluateReport,
    FitReport,
    ProfileReport,
    Reports,
)
from yzlite_core.tflite.summary import ProfilingResults

if TYPE_CHECKING:
    from yzlite_core.run.stages.load import Data


@dataclass(frozen=True)
class Trained:
    """A trained network.

    Attributes:
        source: Gives the `keras.Model`; asked once, when it is first needed.
        results: What the training measured; None if an earlier run has trained it.
        run_id: The id of the training; see `provenance.identity`.
        report: What the stage reports; None if an earlier run has trained it.
    """

    source: Callable[[], Any]
    results: TrainingResults | None = None
    run_id: str = ""
    report: FitReport | None = None

    @cached_property
    def keras_model(self) -> Any:
        """The network."""
        return self.source()


@dataclass(frozen=True)
class Converted:
    """A `.tflite`.

    Attributes:
        source: Gives the bytes of the file; asked once, when they are first needed.
        trained: The network that it was converted from; None if an earlier run has converted it.
        report: What the stage reports; None likewise.
    """

    source: Callable[[], bytes]
    trained: Trained | None = None
    report: ConvertReport | None = None

    @cached_property
    def tflite(self) -> bytes:
        """The bytes of the file."""
        return self.source()


@dataclass(frozen=True)
class Evaluated:
    """The evaluations.

    Attributes:
        results: By predictor: `keras`, `tflite`.
        report: What the stage reports; None if nothing was evaluated.
    """

    results: Mapping[str, EvaluationResults] = field(default_factory=dict)
    report: EvaluateReport | None = None


@dataclass(frozen=True)
class Profiled:
    """What the `.tflite` costs on the device.

    Attributes:
        results: The costs.
        report: What the stage reports.
    """

    results: ProfilingResults
    report: ProfileReport


@dataclass(frozen=True)
class Archived:
    """The archive.

    Attributes:
        report: What the stage reports.
    """

    report: ArchiveReport


@dataclass(frozen=True)
class Products:
    """What a run has made so far, or found where an earlier one has left it; None for what is not yet there.

    Attributes:
        data: The data.
        trained: The trained network.
        converted: The `.tflite`.
        evaluated: The evaluations.
        profiled: What the `.tflite` costs.
        archived: The archive.
    """

    data: Data | None = None
    trained: Trained | None = None
    converted: Converted | None = None
    evaluated: Evaluated | None = None
    profiled: Profiled | None = None
    archived: Archived | None = None

    @property
    def reports(self) -> Reports:
        """What the stages of this run have reported, in their order."""
        made = {
            "load": self.data,
            "fit": self.trained,
            "convert": self.converted,
            "evaluate": self.evaluated,
            "profile": self.profiled,
            "archive": self.archived,
        }
        told = {name: product.report for name, product in made.items() if product and product.report}
        return cast("Reports", told)
