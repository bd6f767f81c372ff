"""The hooks of yzlite-eval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yzlite_core.plugin import hookimpl
from yzlite_eval.mixin import EvaluateMixin

if TYPE_CHECKING:
    from yzlite_core.plugin import (
        Dataset,
        EvaluationResults,
        History,
        Predictor,
        Problem,
        Provenance,
        Reports,
        Run,
        Sampling,
        YZLiteModel,
    )

YZLITE_CONTRACT = 1


@hookimpl
def yzlite_check_model(model: YZLiteModel) -> Sequence[Problem]:
    """Say what in the evaluation settings cannot work."""
    from yzlite_eval.checks import problems_of

    return problems_of(model)


@hookimpl
def yzlite_evaluation_sampling(model: YZLiteModel) -> Sampling | None:
    """Want of the evaluation data what the settings of the mixins say."""
    if not isinstance(model, EvaluateMixin):
        return None
    from yzlite_eval.evaluate import sampling_of

    return sampling_of(model)


@hookimpl
def yzlite_after_fit(history: History, run: Run) -> None:
    """Draw `train/training-history.png`."""
    from yzlite_eval import plots

    if history.epochs:
        plots.save(plots.history(history.metrics, history.best), run.paths.train / "training-history.png")


@hookimpl
def yzlite_evaluate(
    model: YZLiteModel, predictor: Predictor, dataset: Dataset, run: Run
) -> EvaluationResults | None:
    """Evaluate a model that has one of the mixins, and write the results into `eval/<kind>/`."""
    if not isinstance(model, EvaluateMixin):
        return None
    from yzlite_eval.evaluate import evaluate

    return evaluate(model, predictor, dataset, run)


@hookimpl
def yzlite_report(
    model: Any,
    results: Mapping[str, EvaluationResults],
    run: Run,
    reports: Reports,
    provenance: Provenance,
) -> Sequence[Path]:
    """Write `report.html`."""
    from yzlite_core.plugin.files import write_atomic
    from yzlite_eval.report import collect, render

    return [write_atomic(run.paths.report, render(collect(model, results, run, reports, provenance)))]
