"""Batches as Keras meets them, and scripts that were written for Keras' own data generators."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from yzlite_core.data.batches.sources import Source
from yzlite_core.data.listing import DirectoryListing


class KerasInterface(Sequence[Any]):
    """A `keras.utils.PyDataset` without an import of Keras, with the names of Keras' iterators.

    What derives from it makes the batches: it has a length and items.

    Attributes:
        source: The samples.
        labels: Class id of each sample, or None.
        listing: The folder that the samples are in, or None.
        epoch: The number of the epoch at hand, from 0.
    """

    use_multiprocessing = False
    max_queue_size = 0

    source: Source
    labels: np.ndarray | None
    listing: DirectoryListing | None
    epoch: int
    _following = 0

    # Keras asks isinstance(x, keras.utils.PyDataset). Whoever calls fit has imported Keras; we need not.
    @property  # type: ignore[misc]  # `type(batches)` stays what it is
    def __class__(self) -> type:
        utils = getattr(sys.modules.get("keras"), "utils", None)
        return getattr(utils, "PyDataset", type(self))

    @property
    def workers(self) -> int:
        """1: Keras must not start workers of its own on top of ours."""
        return 1

    @property
    def num_batches(self) -> int:
        """The number of batches in an epoch."""
        return len(self)

    def on_epoch_begin(self) -> None:
        """Called by Keras before an epoch."""

    def on_epoch_end(self) -> None:
        """Go on to the next epoch: another order, other transforms."""
        self.epoch += 1

    @property
    def samples(self) -> int:
        """The number of samples."""
        return len(self.source)

    @property
    def n(self) -> int:
        """The number of samples."""
        return len(self.source)

    @property
    def classes(self) -> np.ndarray | None:
        """The class id of each sample, in the order of `filenames`; None if there are none."""
        return self.labels

    @property
    def class_indices(self) -> dict[str, int]:
        """The id of each class by its name."""
        return {name: number for number, name in enumerate(self._listed.classes)}

    @property
    def num_classes(self) -> int:
        """The number of classes."""
        return len(self._listed.classes)

    @property
    def filenames(self) -> list[str | None]:
        """The file of each sample in the dataset's folder; None for a sample without a file."""
        return list(self._listed.filenames)

    @property
    def filepaths(self) -> list[str | None]:
        """The path of each sample; None for a sample without a file."""
        return [None if path is None else str(path) for path in self._listed.paths]

    def next(self) -> Any:
        """Return the batch after the last one that it returned, epoch after epoch without an end."""
        batch = self[self._following]
        self._following += 1
        if self._following == len(self):
            self.on_epoch_end()
            self.reset()
        return batch

    def __next__(self) -> Any:
        return self.next()

    def reset(self) -> None:
        """Let `next` go on with the first batch of the epoch at hand."""
        self._following = 0

    @property
    def _listed(self) -> DirectoryListing:
        if self.listing is None:
            raise AttributeError("The samples of these batches are in no folder of class folders")
        return self.listing
