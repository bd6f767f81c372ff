"""From a model's settings to one subset of its data: which samples, changed how, by which generator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from yzlite_core.data.batches import Batches, Source
from yzlite_core.data.datagen.generator import DEFAULT_SEED
from yzlite_core.data.datagen.labels import Targets, encode_labels
from yzlite_core.data.datagen.naming import folder_data, named_data
from yzlite_core.data.datagen.params import ParallelProcessParams
from yzlite_core.data.dataset import AS_USUAL, Dataset, Sampling, hash_files
from yzlite_core.data.listing import DirectoryListing, Split
from yzlite_core.errors import DatasetError
from yzlite_core.model.loaders import is_generated

if TYPE_CHECKING:
    from yzlite_core.data.datagen.mixin import DataGeneratorDatasetMixin


@dataclass(frozen=True)
class SampleSet:
    """Samples of which nothing is decided yet but which they are.

    Attributes:
        source: Their data.
        class_ids: int of shape (n,).
        classes: The class labels.
        fingerprint: SHA-256 of the data.
        targets: Targets that are no labels, of shape (n, ...), or None.
        listing: The folder that the samples are in, if they are files.
    """

    source: Source
    class_ids: np.ndarray
    classes: Sequence[str]
    fingerprint: str
    targets: np.ndarray | None = None
    listing: DirectoryListing | None = None

    @classmethod
    def of_listing(cls, listing: DirectoryListing, source: Source) -> SampleSet:
        """Return the samples of a listing, whose data a source gives."""
        files = [file for listed in listing.files.values() for file in listed if file is not None]
        fingerprint = hash_files(listing.root, files)
        return cls(source, listing.class_ids, listing.classes, fingerprint, listing=listing)

    @property
    def files(self) -> dict[str, list[str]] | None:
        """The files of each class, relative to their folder, if the samples are files."""
        if self.listing is None:
            return None
        return {
            label: [file for file in listed if file is not None]
            for label, listed in self.listing.files.items()
        }

    @property
    def class_counts(self) -> dict[str, int]:
        """The number of samples of each class."""
        return {name: int(np.count_nonzero(self.class_ids == i)) for i, name in enumerate(self.classes)}


class SubsetLoader:
    """Loads the subsets of one model.

    The first share of each class, `datagen.validation_split`, is for validation and the rest for training.
    A dataset with evaluation data of its own is evaluated with that, and validated with it too if no share
    is set aside; one without is evaluated with the validation data.

    The data is that of class folders, read as the data generator says. A plugin whose samples come from
    elsewhere too derives its own from this.

    Args:
        model: The model.
        limit: The most samples of each class, or None for all.
        seed: Of every random choice.
        sampling: What is wanted of the subset that is loaded. By itself training data is augmented, and
            shuffled if the model's `shuffle` says so; validation data is augmented if its data generator
            says so; evaluation data is neither.

    Raises:
        DatasetError: If the model has no data generator, or its `dataset` names no data.
    """

    def __init__(
        self,
        model: DataGeneratorDatasetMixin,
        limit: int | None = None,
        seed: int = DEFAULT_SEED,
        sampling: Sampling = AS_USUAL,
    ) -> None:
        if model.datagen is None:
            raise DatasetError(f"{type(model).__name__}.datagen is not set", hint="my_model.datagen = ...")
        self.model = model
        self.datagen = model.datagen
        self.limit = limit
        self.seed = seed
        self.sampling = sampling
        self.data = self.resolve()

    def resolve(self) -> Any:
        """Return what the model's `dataset` names: a value with `training` and `evaluation` (or None)."""
        return folder_data(self.model, named_data(self.model))

    def read(self, generator: Any, part: Any, classes: Sequence[str], split: Split | None) -> SampleSet:
        """Return samples.

        Args:
            generator: The data generator that will put them into batches.
            part: The `training` or the `evaluation` of what `resolve` returned.
            classes: The class labels.
            split: The share of each class, or None for all.
        """
        listing = self.listing(part, classes, split)
        return SampleSet.of_listing(listing, generator.read(listing, self.reading))

    def batches(self, generator: Any, samples: SampleSet, targets: Targets, **how: Any) -> Batches:
        """Return batches of samples.

        Args:
            generator: The data generator.
            samples: The samples.
            targets: Array of shape (n, ...), `'input'`, or None.
            **how: `batch_size`, `shuffle`, `seed`; `augment`: whether samples are changed at random; and
                `params`: what the user's functions are told.
        """
        batches: Batches = generator.batches(
            samples.source,
            targets,
            class_ids=samples.class_ids,
            listing=samples.listing,
            training=lambda: self.training_samples().source,
            **how,
        )
        return batches

    @property
    def reading(self) -> Mapping[str, Any]:
        """How samples are read, for the user's functions; see `ParallelProcessParams`."""
        reading: Mapping[str, Any] = self.datagen.reading
        return reading

    def load(self, subset: str) -> Dataset:
        """Load one subset.

        Args:
            subset: `training` (which brings its validation data along), `validation` or `evaluation`.

        Returns:
            The data. `subset` says what it really is: evaluation data that also chose the checkpoint is
            called `validation`.

        Raises:
            DatasetError: If there is no such data.
        """
        if subset != "training":
            return self._held_out(subset, self.sampling)
        classes = self.sampling.classes
        how = self.sampling.with_defaults(Sampling(augment=True, shuffle=self.model.shuffle))
        training = self._dataset(subset, self.training_samples(classes), self.datagen, how)
        if not self._has_share and self.data.evaluation is None:
            return training
        return replace(training, validation=self._held_out("validation", Sampling(classes)))

    def training_samples(self, classes: Sequence[str] | None = None) -> SampleSet:
        """Return the samples of the training data.

        Args:
            classes: The class labels; None for the model's.
        """
        return self._samples(self.datagen, self.data.training, self.datagen.split_of("training"), classes)

    def listing(self, folder: Path, classes: Sequence[str], split: Split | None) -> DirectoryListing:
        """List a folder of class folders as the model's settings ask for.

        The order of files that are shuffled once is not a matter of the run's seed: an evaluation with
        another one would meet files that were trained on.
        """
        shuffled = self.model.shuffle_dataset_enabled
        listing: DirectoryListing = self.datagen.listing(
            folder,
            classes,
            follow_links=self.model.follow_links,
            split=split,
            shuffle_seed=DEFAULT_SEED if shuffled else None,
            max_samples_per_class=self.most,
            list_valid_filenames=self.data.list_valid_filenames,
        )
        return listing

    @property
    def most(self) -> int:
        """The most samples of each class, -1 for all."""
        limits = (self.limit, self.datagen.max_samples_per_class)
        return min((limit for limit in limits if limit not in (None, -1)), default=-1)

    @property
    def _has_share(self) -> bool:
        return bool(self.datagen.validation_split)

    def _held_out(self, asked: str, sampling: Sampling) -> Dataset:
        """Return validation or evaluation data, each sample once."""
        evaluates = asked == "evaluation"
        own = self.data.evaluation is not None and (evaluates or not self._has_share)
        generator = self.model.validation_datagen or self.datagen
        samples = self._samples(
            generator,
            self.data.evaluation if own else self.data.training,
            None if own else self.datagen.split_of("validation"),
            sampling.classes,
        )
        augment = generator.validation_augmentation_enabled and not evaluates
        how = sampling.with_defaults(Sampling(augment=augment, shuffle=False))
        real = "evaluation" if evaluates and own and self._has_share else "validation"
        return self._dataset(real, samples, generator, how)

    def _samples(
        self, generator: Any, part: Any, split: Split | None, classes: Sequence[str] | None
    ) -> SampleSet:
        return self.read(generator, part, list(classes or self.model.classes), split)

    def _dataset(self, subset: str, samples: SampleSet, generator: Any, how: Sampling) -> Dataset:
        model, name = self.model, self._name
        if not len(samples.class_ids):
            raise DatasetError(
                f"There is no {subset} sample in {name}",
                hint=f"add samples, or change datagen.validation_split = {self.datagen.validation_split}",
            )
        batch_size = getattr(model, "batch_size", 32)
        if subset != "training":
            batch_size = model.validation_batch_size or batch_size
        targets: Targets = samples.targets
        if targets is None:
            targets = encode_labels(samples.class_ids, len(samples.classes), model.class_mode)
        batches = self.batches(
            generator,
            samples,
            targets,
            batch_size=batch_size,
            shuffle=how.shuffle,
            seed=self.seed,
            augment=how.augment,
            params=ParallelProcessParams(
                generator,
                subset,
                model.class_mode,
                samples.classes,
                None if samples.listing is None else str(samples.listing.root),
                self.reading,
            ),
        )
        return Dataset(
            subset,
            batches,
            class_counts=samples.class_counts,
            name=name,
            generated=is_generated(model.dataset),
            files=samples.files,
            shuffled=samples.files is not None and model.shuffle_dataset_enabled,
            fingerprint=samples.fingerprint,
            steps=how.steps,
        )

    @property
    def _name(self) -> str:
        dataset = self.model.dataset
        if isinstance(dataset, (str, Path)):
            return Path(dataset).name
        return str(getattr(dataset, "__name__", type(self.model).__name__)).rpartition(".")[2]
