"""load: ask who has the data, subset by subset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from yzlite_core.contract import hookspecs
from yzlite_core.data.dataset import AS_USUAL, Dataset, Sampling
from yzlite_core.errors import UsageError
from yzlite_core.model.mixins import DatasetMixin
from yzlite_core.run.reports import LoadReport
from yzlite_core.run.stages.augment import augment
from yzlite_core.support.files import write_atomic

if TYPE_CHECKING:
    from yzlite_core.run.run import Run

_STANDING_IN = {
    "validation": "Data: there is no evaluation subset; the validation data stands in, which also chose the "
    "checkpoint",
    "training": "Data: there is neither evaluation nor validation data; the training data stands in, so the "
    "results flatter the network",
}


_SUBSETS = ("training", "validation", "evaluation")
_NAMED = 5  # of the samples that were skipped


@dataclass(frozen=True)
class Data:
    """The data of a run; a subset is loaded when a stage first asks for it, and once.

    Attributes:
        run: The run.
    """

    run: Run

    @cached_property
    def training(self) -> Dataset:
        """The training data, with its validation data and everybody's augmentation."""
        loaded = _asked(self.run, "training")
        if loaded.validation is None:
            held_out = _asked(self.run, "validation")
            loaded = replace(loaded, validation=None if _is_training(held_out, loaded) else held_out)
        training = augment(self.run, loaded)
        _say(self.run, training)
        return training

    @cached_property
    def validation(self) -> Dataset:
        """The validation data; where there is none, the training data without augmentation."""
        training = self.loaded.get("training")
        if training is not None and training.validation is not None:
            return training.validation
        return self._held_out("validation")

    @cached_property
    def evaluation(self) -> Dataset:
        """The evaluation data, or what stands in for it: its `subset` says so."""
        return self._held_out("evaluation")

    @property
    def loaded(self) -> Mapping[str, Dataset]:
        """What has been loaded so far, by subset."""
        known: dict[str, Dataset] = {name: vars(self)[name] for name in _SUBSETS if name in vars(self)}
        training = known.get("training")
        if training is not None and training.validation is not None:
            known.setdefault("validation", training.validation)
        return known

    @cached_property
    def report(self) -> LoadReport | None:
        """The number of samples of each class; None unless the run has the stage `load`."""
        if "load" not in self.run.request.stages:
            return None
        training, evaluation = self.training, self.evaluation
        held_out = training.validation
        return {
            "training": dict(training.class_counts),
            "validation": {} if held_out is None else dict(held_out.class_counts),
            "evaluation": dict(evaluation.class_counts) if evaluation.subset == "evaluation" else {},
            "generated": any(data.generated for data in self.loaded.values()),
        }

    def _held_out(self, subset: str) -> Dataset:
        data = _asked(self.run, subset)
        training = self.loaded.get("training")
        if training is not None and _is_training(data, training):
            data = replace(data, subset="training")
        if data.subset == subset:
            self.run.say(f"Data: {data.describe()}")
        elif subset == "evaluation":
            self.run.say(_STANDING_IN[data.subset])
        return data


def load(run: Run) -> Data:
    """Load all subsets, and say what is in them."""
    data = Data(run)
    with ExitStack() as stack:
        stack.enter_context(unloaded_after(run, data))
        data.report  # noqa: B018 # which loads them
        stack.pop_all()
    return data


@contextmanager
def unloaded_after(run: Run, data: Data) -> Iterator[None]:
    """Let the model give back what loading took when the block ends."""
    try:
        yield
    finally:
        if data.loaded and isinstance(run.model, DatasetMixin):
            run.model.unload_dataset()


def say_skipped(run: Run, *used: Dataset | None) -> int:
    """Tell the user which samples of the data were left out because they cannot be read; return how many."""
    skipped = {name: why for data in used if data is not None for name, why in data.skipped.items()}
    if skipped:
        reasons = "; ".join(list(skipped.values())[:_NAMED])
        more = f"; and {len(skipped) - _NAMED} more" if len(skipped) > _NAMED else ""
        run.warn(f"Skipped {len(skipped)} samples, which cannot be read: {reasons}{more}")
    return len(skipped)


def summary(run: Run, *datasets: Dataset) -> str:
    """Return what is said of the data: of these datasets, or of what is known without loading any."""
    return run.plugins.claim(hookspecs.yzlite_dataset_summary, model=run.model, datasets=datasets).value


def _say(run: Run, training: Dataset) -> None:
    """Tell the user what is in the training and validation data."""
    datasets = [data for data in (training, training.validation) if data is not None]
    for line in summary(run, *datasets).splitlines():
        run.say(f"Data: {line}")


def _asked(run: Run, subset: str) -> Dataset:
    answer = run.plugins.claim(
        hookspecs.yzlite_load_dataset,
        model=run.model,
        subset=subset,
        limit=run.limit,
        seed=run.seed,
        sampling=_sampling(run, subset),
    )
    if "load" in run.request.stages or run.request.trains:
        _keep_order(run, answer.value)
    return answer.value


def _sampling(run: Run, subset: str) -> Sampling:
    """Return what is wanted of a subset: only who evaluates has wishes."""
    if subset != "evaluation":
        return AS_USUAL
    usual = run.plugins.claim(hookspecs.yzlite_evaluation_sampling, model=run.model).value
    asked = run.request.classes
    if asked is not None and usual.classes is None:
        raise UsageError(
            f"{run.model.name} is evaluated with all its classes",
            hint="--classes is of auto-encoders: inherit EvaluateAutoEncoderMixin",
        )
    if asked is not None and len(set(asked)) < 2:
        raise UsageError(
            f"--classes names {asked[0] if asked else 'no class'} alone, and an auto-encoder tells normal "
            "data from others",
            hint="name the normal class first, then at least one abnormal one: --classes normal,abnormal",
        )
    return usual if asked is None else replace(usual, classes=asked)


def _is_training(data: Dataset, training: Dataset) -> bool:
    """Tell whether what was to be held out are the very samples of the training data."""
    return data.subset == "training" or (data.in_memory and data.fingerprint == training.fingerprint)


def _keep_order(run: Run, data: Dataset) -> None:
    """Write the order of files that were shuffled once; into the log directory, never into the dataset."""
    if data.shuffled and data.files:
        for name, files in data.files.items():
            write_atomic(run.paths.root / "dataset" / data.subset / f"{name}.txt", "\n".join(files) + "\n")
