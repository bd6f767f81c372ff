"""DataGenerator: from samples to augmented batches, whatever the samples are."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Sequence
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
from yzlite_core.data.datagen.labels import Targets
from yzlite_core.data.datagen.options import DataGeneratorOptions
from yzlite_core.data.datagen.params import ParallelProcessParams
from yzlite_core.data.listing import DirectoryListing, Split, list_dataset_directory
from yzlite_core.errors import DatasetError, did_you_mean

DEFAULT_SEED: Final = 42

G = TypeVar("G", bound="DataGenerator")


class DataGenerator(DataGeneratorOptions):
    """Reads, changes and standardizes samples, and puts them into batches.

    A plugin derives its own from this: it says which files hold samples (`formats`) and which classes
    have no folder (`special_classes`), and gives `make_batches` its transforms.

    Args:
        **settings: See `DataGeneratorOptions`, and the options of the derived class.
    """

    formats: ClassVar[tuple[str, ...]] = ()
    _processes: tuple[int, bool, Processes] | None = None

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

    def make_batches(
        self,
        source: Source,
        targets: Targets,
        *,
        transforms: Sequence[AnyTransform],
        finish: Callable[[np.ndarray], np.ndarray],
        params: ParallelProcessParams | None = None,
        class_ids: np.ndarray | None = None,
        listing: DirectoryListing | None = None,
        sample_weight: np.ndarray | None = None,
        batch_size: int = 32,
        shuffle: bool = False,
        seed: int = DEFAULT_SEED,
    ) -> Batches:
        """Return batches of any source, by the user's `get_batch_function` if there is one.

        Args:
            source: The samples.
            targets: Array of shape (n, ...), `'input'`, or None.
            transforms: What changes a sample, among it the user's functions.
            finish: Makes the network's input of samples of shape (n, ...).
            params: What `get_batch_function` is told; None for what the generator knows itself.
            class_ids: int of shape (n,), for the user's functions; None for those of the listing, if any.
            listing: The folder that the samples are in, or None.
            sample_weight: Weight of each sample in the loss, of shape (n,); None for 1.
            batch_size: Samples in a batch; -1 for all. The generator's own `batch_size` wins.
            shuffle: Whether each epoch has an order of its own.
            seed: Of every random choice.
        """
        make: Callable[..., Batches] = Batches
        if self.get_batch_function is not None:
            make = partial(
                CustomBatches, self.get_batch_function, params=params or ParallelProcessParams(self)
            )
        return make(
            source,
            targets,
            batch_size=self.batch_size or batch_size,
            transforms=transforms,
            finish=finish,
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
