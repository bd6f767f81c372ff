"""DataGenerator: from samples to augmented batches, whatever the samples are."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar

import numpy as np

from yzlite_core.data.batches import (
    AnyTransform,
    Batches,
    CustomBatches,
    FunctionTransform,
    Processes,
    Source,
    Transform,
    worker_count,
)
from yzlite_core.data.datagen.labels import Targets, encode_labels
from yzlite_core.data.datagen.options import DataGeneratorOptions
from yzlite_core.data.datagen.params import ParallelProcessParams
from yzlite_core.data.datagen.standardize import Standardizer
from yzlite_core.data.listing import DirectoryListing, ListValidFilenames, Split, list_dataset_directory
from yzlite_core.errors import DatasetError, did_you_mean

DEFAULT_SEED: Final = 42

G = TypeVar("G", bound="DataGenerator")


class DataGenerator(DataGeneratorOptions):
    """Reads, changes and standardizes samples, and puts them into batches.

    A plugin derives its own from this. It says which files hold samples and how these are read, and adds the
    random changes of its kind of samples::

        class MotionDataGenerator(MotionDataGeneratorOptions, DataGenerator):
            formats = ("csv",)

            def read(self, listing, reading):
                return FileSource(listing.paths, read_motion)

            def transforms(self, augment, params):
                random = [Jitter(self.jitter_range)] if augment else []
                return [*super().transforms(augment, params), *random]

    Args:
        **settings: See `DataGeneratorOptions`, and the options of the derived class.
    """

    #: The suffixes of files that hold samples.
    formats: ClassVar[tuple[str, ...]] = ()
    #: Where the user's functions stand among the transforms.
    function_orders: ClassVar[Mapping[str, int]] = {
        "noaug_preprocessing_function": 100,
        "preprocessing_function": 800,
    }
    _processes: tuple[int, bool, Processes] | None = None

    def read(self, listing: DirectoryListing, reading: Mapping[str, Any]) -> Source:
        """Return the samples of a folder.

        Args:
            listing: Their files.
            reading: How they are read, as the user's functions are told.

        Raises:
            DatasetError: If the derived class does not say how samples are read.
        """
        name = type(self).__name__
        raise DatasetError(f"{name} does not say how a file is read", hint=f"let {name} override `read`")

    @property
    def reading(self) -> Mapping[str, Any]:
        """How samples are read where nobody says so; see `ParallelProcessParams`."""
        return {}

    def transforms(self, augment: bool, params: ParallelProcessParams) -> list[AnyTransform]:
        """Return what changes a sample, in any order: the user's functions, and random changes.

        Args:
            augment: Whether there are random changes.
            params: What the user's functions are told.
        """
        given = [(getattr(self, name), order) for name, order in self.function_orders.items()]
        return [*self.function_steps(*given, params=params)]

    def finish(
        self, training: Callable[[], Source] | None = None, params: ParallelProcessParams | None = None
    ) -> Callable[[np.ndarray], np.ndarray]:
        """Return what makes the network's input of samples of shape (n, ...).

        Args:
            training: Returns the training data, for a generator that standardizes by what it measures there.
            params: What the user's functions are told.
        """
        return self.standardizer()

    def standardizer(self, further: Callable[[np.ndarray], np.ndarray] | None = None) -> Standardizer:
        """Return the standardization that the settings ask for.

        Args:
            further: A further step, before the type is converted.
        """
        return Standardizer(
            rescale=self.rescale,
            center=self.samplewise_center,
            std=self.samplewise_std_normalization,
            further=further,
            dtype=self.dtype or "float32",
        )

    def standardize(self, x: np.ndarray) -> np.ndarray:
        """Return the network's input for one sample."""
        made: np.ndarray = self.finish()(np.array(x)[np.newaxis])[0]
        return made

    @property
    def model_parameters(self) -> dict[str, Any]:
        """What the `.tflite` tells the firmware, so that it prepares samples as they were for training."""
        return {
            "samplewise_norm.rescale": float(self.rescale or 0.0),
            "samplewise_norm.mean_and_std": self.samplewise_std_normalization,
        }

    def special_classes(self, directory: Path) -> dict[str, Any]:
        """Return the arguments of `list_dataset_directory` on the unknown and the empty class."""
        return {}

    def listing(
        self, directory: str | os.PathLike[str], classes: Sequence[str] | None, **how: Any
    ) -> DirectoryListing:
        """List a folder of class folders.

        Args:
            directory: The dataset's folder.
            classes: The class labels; None for all folders.
            **how: Further arguments of `yzlite_core.data.listing.list_dataset_directory`.

        Raises:
            DatasetError: If a folder is missing or empty.
        """
        special = self.special_classes(Path(directory))
        return list_dataset_directory(directory, classes, formats=self.formats, **special, **how)

    def split_of(self, subset: str | None) -> Split | None:
        """Return the share of each class that a subset has: validation the first, training the rest.

        Raises:
            DatasetError: If there is no such subset.
        """
        if subset is None:
            return None
        if subset not in ("training", "validation"):
            hint = did_you_mean(subset, ("training", "validation")) or "it is 'training' or 'validation'"
            raise DatasetError(f"There is no subset '{subset}'", hint=hint)
        if subset == "training":
            return self.validation_split, 1.0
        if not self.validation_split:
            raise DatasetError(
                "There is no validation data, because validation_split is 0",
                hint=f"set it in the data generator: {type(self).__name__}(validation_split=0.1, ...)",
            )
        return 0.0, self.validation_split

    def is_augmented(self, subset: str | None) -> bool:
        """Tell whether a subset's samples are changed at random."""
        return subset != "validation" or self.validation_augmentation_enabled

    def flow_from_directory(
        self,
        directory: str | os.PathLike[str],
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        shuffle_index_dir: str | os.PathLike[str] | None = None,
        seed: int | None = None,
        follow_links: bool = False,
        subset: str | None = None,
        max_samples_per_class: int = -1,
        list_valid_filenames_in_directory_function: ListValidFilenames | None = None,
        class_counts: dict[str, int] | None = None,
        *,
        reading: Mapping[str, Any] | None = None,
    ) -> Batches:
        """Return batches of the samples in a folder of class folders.

        Args:
            directory: The dataset's folder.
            classes: Names of the class folders in the order of their ids, and of special classes where they
                are wanted; None for all folders, sorted.
            class_mode: `categorical`, `binary`, `sparse`, `input`, or None for samples alone.
            batch_size: Samples in a batch; -1 for all. The generator's own `batch_size` wins.
            shuffle: Whether each epoch has an order of its own.
            shuffle_index_dir: If given, the files are shuffled once before they are split. The order
                follows from the seed and the names, so nothing is written there.
            seed: Of every random choice; None for 42.
            follow_links: Whether folders that are links are listed.
            subset: `training` or `validation` by `validation_split`; None for all.
            max_samples_per_class: The most samples of each class; -1 for the generator's own limit.
            list_valid_filenames_in_directory_function: Lists the files of one class; see
                `yzlite_core.data.listing.list_dataset_directory`.
            class_counts: Is filled with the number of samples of each class.
            reading: How samples are read; None for what the generator says itself.

        Raises:
            DatasetError: If a folder is missing or empty, or an argument makes no sense.
        """
        seed = DEFAULT_SEED if seed is None else seed
        reading = self.reading if reading is None else reading
        listed = partial(
            self.listing,
            directory,
            classes,
            follow_links=follow_links,
            shuffle_seed=None if shuffle_index_dir is None else seed,
            max_samples_per_class=(
                self.max_samples_per_class if max_samples_per_class == -1 else max_samples_per_class
            ),
            list_valid_filenames=list_valid_filenames_in_directory_function,
        )
        listing = listed(split=self.split_of(subset))
        if class_counts is not None:
            class_counts.update(listing.class_counts)
        return self.batches(
            self.read(listing, reading),
            encode_labels(listing.class_ids, len(listing.classes), class_mode),
            listing=listing,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            augment=self.is_augmented(subset),
            training=lambda: self.read(listed(split=self.split_of("training")), reading),
            params=ParallelProcessParams(
                self, subset, class_mode, listing.classes, str(listing.root), reading
            ),
        )

    def batches(
        self,
        source: Source,
        targets: Targets = None,
        *,
        class_ids: np.ndarray | None = None,
        listing: DirectoryListing | None = None,
        sample_weight: np.ndarray | None = None,
        batch_size: int = 32,
        shuffle: bool = False,
        seed: int = DEFAULT_SEED,
        augment: bool = False,
        training: Callable[[], Source] | None = None,
        params: ParallelProcessParams | None = None,
    ) -> Batches:
        """Return batches of any source, by the user's `get_batch_function` if there is one.

        Args:
            source: The samples.
            targets: Array of shape (n, ...), `'input'`, or None.
            class_ids: int of shape (n,), for the user's functions; None for those of the listing, if any.
            listing: The folder that the samples are in, or None.
            sample_weight: Weight of each sample in the loss, of shape (n,); None for 1.
            batch_size: Samples in a batch; -1 for all. The generator's own `batch_size` wins.
            shuffle: Whether each epoch has an order of its own.
            seed: Of every random choice.
            augment: Whether there are random changes.
            training: Returns the training data; called only if something has to be measured there.
            params: What the user's functions are told; None for what the generator knows itself.
        """
        params = params or ParallelProcessParams(self)
        make: Callable[..., Batches] = Batches
        if self.get_batch_function is not None:
            make = partial(CustomBatches, self.get_batch_function, params=params)
        return make(
            source,
            targets,
            batch_size=self.batch_size or batch_size,
            transforms=self.transforms(augment, params),
            finish=self.finish(training, params),
            labels=class_ids,
            listing=listing,
            sample_weight=sample_weight,
            shuffle=shuffle,
            seed=seed,
            workers=1 if self.debug else max(worker_count(self.cores), self.function_processes),
            max_pending=self.max_batches_pending,
            on_bad_sample=self.on_bad_file,
        )

    def function_steps(
        self,
        *functions: tuple[Callable[..., Any] | None, int],
        params: ParallelProcessParams | None = None,
    ) -> list[Transform]:
        """Return the user's functions as transforms.

        Args:
            *functions: Each with its `order`; None is passed over.
            params: What they are told; None for what the generator knows itself.

        Raises:
            DatasetError: If a function is to run in other processes, and could not be found there.
        """
        params = params or ParallelProcessParams(self)
        given = [(function, order) for function, order in functions if function is not None]
        if self.debug or not self.function_processes:
            return [FunctionTransform(function, order, None, params) for function, order in given]
        processes = self._processes_of(self.function_processes, not self.disable_gpu_in_subprocesses)
        end, sent = processes.shutdown, params.for_processes()
        return [FunctionTransform(processes.calling(function), order, end, sent) for function, order in given]

    def without_functions(self: G) -> G:
        """Return a copy that can be sent to a process: it has no functions of the user's."""
        twin = copy.copy(self)
        twin.__dict__ = {
            name: value for name, value in vars(self).items() if not callable(value) and name != "_processes"
        }
        return twin

    def _processes_of(self, count: int, gpu: bool) -> Processes:
        """Return what training and validation data share."""
        if self._processes is None or self._processes[:2] != (count, gpu):
            self._processes = count, gpu, Processes(count, gpu)
        return self._processes[2]
