"""What datasets of class folders have in common, whatever their samples are."""

from __future__ import annotations

from typing import Any

from yzlite_core.mixins.dataset import DatasetMixin
from yzlite_core.settings import Setting


class DataGeneratorDatasetMixin(DatasetMixin):
    """A dataset that a data generator reads, augments and puts into batches."""

    dataset: Setting[Any] = Setting(
        object,
        default=None,
        doc="Where the samples are: a folder of class folders, the name of a registered dataset, or a "
        "function, module or object whose `load_data` returns one.",
    )
    follow_links = Setting(bool, default=True, doc="Whether links are followed when folders are listed.")
    shuffle_dataset_enabled = Setting(
        bool,
        default=False,
        doc="Whether the files are shuffled once before they are split; the order is kept in the log "
        "directory and in the archive, never in the dataset.",
    )
