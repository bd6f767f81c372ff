"""load: ask who has the data, subset by subset."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from yzlite_core import hookspecs
from yzlite_core.dataset import Dataset
from yzlite_core.files import write_atomic
from yzlite_core.mixins import DatasetMixin
from yzlite_core.stages.augment import augment

if TYPE_CHECKING:
    from yzlite_core.run import Run

_STANDING_IN = {
    "validation": "Data: there is no evaluation subset; the validation data stands in, which also chose the "
    "checkpoint",
    "training": "Data: there is neither evaluation nor validation data; the training data stands in, so the "
    "results flatter the network",
}


_NAMED = 5  # of the samples that were skipped


def load(run: Run) -> dict[str, Any]:
    """Load all subsets, say what is in them, and return their class counts."""
    training = training_data(run)
    evaluation = dataset(run, "evaluation")
    counts = {"training": dict(training.class_counts), "validation": {}, "evaluation": {}}
    if training.validation is not None:
        counts["validation"] = dict(training.validation.class_counts)
    if evaluation.subset == "evaluation":
        counts["evaluation"] = dict(evaluation.class_counts)
    return {**counts, "generated": any(data.generated for data in run.datasets.values())}


def training_data(run: Run) -> Dataset:
    """Return the training data with its validation data and everybody's augmentation."""
    known = run.datasets.get("training")
    if known is None:
        loaded = _ask(run, "training")
        if loaded.validation is None:
            held_out = _ask(run, "validation")
            loaded = replace(loaded, validation=None if _is_training(held_out, loaded) else held_out)
        known = run.datasets["training"] = augment(run, loaded)
        if known.validation is not None:
            run.datasets["validation"] = known.validation
        _say(run, known)
    return known


def dataset(run: Run, subset: str) -> Dataset:
    """Return `validation` or `evaluation` data; it is loaded when it is first asked for."""
    if subset not in run.datasets:
        data = _ask(run, subset)
        training = run.datasets.get("training")
        if training is not None and _is_training(data, training):
            data = replace(data, subset="training")
        run.datasets[subset] = data
        if data.subset == subset:
            run.say(f"Data: {data.describe()}")
        elif subset == "evaluation":
            run.say(_STANDING_IN[data.subset])
    return run.datasets[subset]


def say_skipped(run: Run, *used: Dataset | None) -> int:
    """Tell the user which samples of the data were left out because they cannot be read; return how many."""
    skipped = {name: why for data in used if data is not None for name, why in data.skipped.items()}
    if skipped:
        reasons = "; ".join(list(skipped.values())[:_NAMED])
        more = f"; and {len(skipped) - _NAMED} more" if len(skipped) > _NAMED else ""
        run.warn(f"Skipped {len(skipped)} samples, which cannot be read: {reasons}{more}")
    return len(skipped)


def unload(run: Run) -> None:
    """Let the model give back what loading took."""
    if run.datasets and isinstance(run.model, DatasetMixin):
        run.model.unload_dataset()


def summary(run: Run, *datasets: Dataset) -> str:
    """Return what is said of the data: of these datasets, or of what is known without loading any."""
    return run.plugins.claim(hookspecs.yzlite_dataset_summary, model=run.model, datasets=datasets).value


def _say(run: Run, training: Dataset) -> None:
    """Tell the user what is in the training and validation data."""
    datasets = [data for data in (training, training.validation) if data is not None]
    for line in summary(run, *datasets).splitlines():
        run.say(f"Data: {line}")


def _ask(run: Run, subset: str) -> Dataset:
    answer = run.plugins.claim(
        hookspecs.yzlite_load_dataset, model=run.model, subset=subset, limit=run.limit, seed=run.seed
    )
    _keep_order(run, answer.value)
    return answer.value


def _is_training(data: Dataset, training: Dataset) -> bool:
    """Tell whether what was to be held out are the very samples of the training data."""
    return data.subset == "training" or (data.in_memory and data.fingerprint == training.fingerprint)


def _keep_order(run: Run, data: Dataset) -> None:
    """Write the order of files that were shuffled once; into the log directory, never into the dataset."""
    if data.shuffled and data.files:
        for name, files in data.files.items():
            write_atomic(run.paths.root / "dataset" / data.subset / f"{name}.txt", "\n".join(files) + "\n")
