"""What datasets of class folders have in common, whatever their samples are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from yzlite_core.data.dataset import AS_USUAL, Dataset, Sampling
from yzlite_core.errors import ModelError
from yzlite_core.model.mixins.dataset import DatasetMixin
from yzlite_core.model.settings import Setting

_TEST_SAMPLES = 3  # of each class, where `load_dataset` is called by hand with test=True


class DataGeneratorDatasetMixin(DatasetMixin):
    """A dataset that a data generator reads, augments and puts into batches.

    The loader is the plugin's (`load_subset`); override `load_dataset` to do it yourself, and set `x` and
    `validation_data` there.
    """

    dataset: Setting[Any] = Setting(
        object,
        default=None,
        doc="Where the samples are: a folder of class folders, the name of a registered dataset, or a "
        "function, module or object whose `load_data` returns one.",
    )
    datagen: Setting[Any] = Setting(
        object, default=None, doc="The data generator: reads, augments and standardizes the samples."
    )
    validation_datagen: Setting[Any] = Setting(
        object,
        default=None,
        doc="The same for validation and evaluation data; None for `datagen`, which in any case says which "
        "share is for validation.",
    )
    follow_links = Setting(bool, default=True, doc="Whether links are followed when folders are listed.")
    shuffle_dataset_enabled = Setting(
        bool,
        default=False,
        doc="Whether the files are shuffled once before they are split; the order is kept in the log "
        "directory and in the archive, never in the dataset.",
    )

    def load_subset(
        self, subset: str, limit: int | None = None, seed: int = 42, sampling: Sampling = AS_USUAL
    ) -> Dataset:
        """Load one subset of the data.

        Args:
            subset: `training` (which brings its validation data along), `validation` or `evaluation`.
            limit: The most samples of each class, or None for all.
            seed: Of every random choice.
            sampling: What is wanted of the data; what it leaves open is as the model's settings say.

        Raises:
            DatasetError: If there is no such data.
        """
        raise ModelError(
            f"{type(self).__name__} says how no sample is read",
            hint="derive it from AudioDatasetMixin or ImageDatasetMixin, or override load_dataset",
        )

    @property
    def loads_itself(self) -> bool:
        """Whether the model's class overrides `load_dataset`."""
        return type(self).load_dataset is not DataGeneratorDatasetMixin.load_dataset

    def load_dataset(
        self,
        subset: str,
        test: bool = False,
        *,
        classes: Sequence[str] | None = None,
        max_samples_per_class: int = -1,
        augment: bool | None = None,
        shuffle: bool | None = None,
        **kwargs: Any,
    ) -> None:
        """Load a subset by hand: set `x`, `validation_data` and `class_counts`.

        Args:
            subset: `training`, `validation` or `evaluation`.
            test: Whether a few samples of each class are enough.
            classes: The class labels; None for the model's.
            max_samples_per_class: The most samples of each class; -1 for all.
            augment: Whether samples are changed at random; None for what is usual for the subset.
            shuffle: Whether each epoch has another order; None for what is usual for the subset.
            **kwargs: For the overriding method.
        """
        from yzlite_core.model.loaders import forget

        limit = (_TEST_SAMPLES if test else None) if max_samples_per_class == -1 else max_samples_per_class
        sampling = Sampling(None if classes is None else tuple(classes), augment, shuffle)
        loaded = self.load_subset(subset, limit, sampling=sampling)
        forget(self)
        self.loaded_subset = subset
        self.x = loaded.x
        stands_in = subset == "evaluation" and loaded.subset == "validation"
        held_out = loaded if stands_in else loaded.validation
        self.class_counts = {**self.class_counts, loaded.subset: dict(loaded.class_counts)}
        if held_out is not None:
            self.validation_data = held_out.x
            self.class_counts = {**self.class_counts, "validation": dict(held_out.class_counts)}

    def summarize_dataset(self) -> str:
        """Return the number of samples of each class in each subset, as text."""
        known = super().summarize_dataset()
        if known or self.loads_itself:
            return known
        training, evaluation = self.load_subset("training"), self.load_subset("evaluation")
        subsets = {data.subset: data for data in (training, training.validation, evaluation) if data}
        return "\n".join(data.describe() for data in subsets.values())
