"""The built-in plugin of a run: its data, its archive, and what the script wants to be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from yzlite_core.contract.hookspecs import HOOK_CONTRACT, hookimpl
from yzlite_core.model.mixins import DatasetMixin
from yzlite_core.support.source_location import line_in

if TYPE_CHECKING:
    import numpy as np

    from yzlite_core.contract.shown import ShownSample
    from yzlite_core.data.dataset import Dataset, Sampling
    from yzlite_core.model.model import YZLiteModel
    from yzlite_core.run.outcome import Outcome
    from yzlite_core.run.reports import Reports
    from yzlite_core.run.run import Run

YZLITE_CONTRACT = HOOK_CONTRACT


@hookimpl
def yzlite_load_dataset(
    model: YZLiteModel, subset: str, limit: int | None, sampling: Sampling
) -> Dataset | None:
    """Call the model's own `load_dataset`."""
    if not isinstance(model, DatasetMixin):
        return None
    from yzlite_core.data.loading import snapshot

    return snapshot(model, subset, limit, getattr(model, "batch_size", 32), sampling)


@hookimpl
def yzlite_dataset_summary(model: YZLiteModel, datasets: Sequence[Dataset]) -> str:
    """Give the script's own summary, else what the datasets say of themselves."""
    ours = "\n".join(data.describe() for data in datasets)
    if not isinstance(model, DatasetMixin):
        return ours
    if not datasets:  # what is known without loading any
        return DatasetMixin.summarize_dataset(model)
    return (model.summarize_dataset() if model.summarizes_itself else "") or ours


@hookimpl
def yzlite_evaluation_sampling() -> Sampling:
    """Want the evaluation data as its loader gives it."""
    from yzlite_core.data.dataset import AS_USUAL

    return AS_USUAL


@hookimpl
def yzlite_show_sample(x: np.ndarray) -> ShownSample:
    """Show an array by its shape: a signal, a picture, or nothing."""
    from yzlite_core.contract.shown import ShownSample, look_of

    return ShownSample(look_of(x))


@hookimpl
def yzlite_archive_files(run: Run, reports: Reports) -> Mapping[str, Path]:
    """Give the files of the log directory that the stages have made."""
    from yzlite_core.run.archived import archived_files

    return archived_files(run, reports)


@hookimpl
def yzlite_run_finished(run: Run, outcome: Outcome) -> None:
    """Call the script's `on_training_complete` with what this run has trained; what it raises is logged."""
    tell = getattr(run.model, "on_training_complete", None)
    if tell is None or outcome.training is None or outcome.status == "failed":
        return
    archived = run.paths.archive if "archive" in outcome.stages else None
    try:
        tell(replace(outcome.training, archive=archived))
    except Exception as error:
        where = line_in(run.model.model_specification_path, error)
        run.warn(f"on_training_complete failed{where}: {type(error).__name__}: {error}; the run goes on")


@hookimpl
def yzlite_summary(model: YZLiteModel) -> Sequence[str]:
    """Give the model's own summary."""
    return model.summary().split("\n")
