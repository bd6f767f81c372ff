"""load: ask who has the data, subset by subset."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from yzlite_core import hookspecs
from yzlite_core.dataset import Dataset
from yzlite_core.files import write_atomic
from yzlite_core.stages.augment import augment

if TYPE_CHECKING:
    from yzlite_core.run import Run


def load(run: Run) -> dict[str, Any]:
    """Load all subsets, say what is in them, and return their class counts."""
    training = training_data(run)
    evaluation = dataset(run, "evaluation")
    run.say(f"Data: {training.describe()}")
    counts = {"training": dict(training.class_counts), "validation": {}, "evaluation": {}}
    if training.validation is not None:
        counts["validation"] = dict(training.validation.class_counts)
        run.say(f"Data: {training.validation.describe()}")
    if evaluation.subset == "evaluation":
        counts["evaluation"] = dict(evaluation.class_counts)
        run.say(f"Data: {evaluation.describe()}")
    else:
        run.say(
            "Data: there is no evaluation subset; the validation data stands in, which also chose the "
            "checkpoint"
        )
    return {**counts, "generated": any(data.generated for data in run.datasets.values())}


def training_data(run: Run) -> Dataset:
    """Return the training data with its validation data and everybody's augmentation."""
    known = run.datasets.get("training")
    if known is None:
        loaded = _ask(run, "training")
        if loaded.validation is None:
            loaded = replace(loaded, validation=_ask(run, "validation"))
        known = run.datasets["training"] = augment(run, loaded)
        if known.validation is not None:
            run.datasets["validation"] = known.validation
    return known


def dataset(run: Run, subset: str) -> Dataset:
    """Return `validation` or `evaluation` data; it is loaded when it is first asked for."""
    if subset not in run.datasets:
        run.datasets[subset] = _ask(run, subset)
    return run.datasets[subset]


def _ask(run: Run, subset: str) -> Dataset:
    answer = run.plugins.claim(
        hookspecs.yzlite_load_dataset, model=run.model, subset=subset, limit=run.limit, seed=run.seed
    )
    _keep_order(run, answer.value)
    return answer.value


def _keep_order(run: Run, data: Dataset) -> None:
    """Write the order of files that were shuffled once; into the log directory, never into the dataset."""
    if data.shuffled and data.files:
        for name, files in data.files.items():
            write_atomic(run.paths.root / "dataset" / data.subset / f"{name}.txt", "\n".join(files) + "\n")
