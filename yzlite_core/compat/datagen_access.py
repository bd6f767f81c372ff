"""A model's data generators and what they have loaded, for scripts of the original toolkit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yzlite_core.errors import ArchiveFileNotFoundError, DatasetError
from yzlite_core.model.scripted_dataset import YZLiteDataset


@dataclass(frozen=True)
class DataGeneratorContext:
    """The batches that `load_dataset` has made, by what they are for; None for what it has not.

    Attributes:
        subset: What was asked for: `training`, `validation` or `evaluation`.
        train_datagen: Batches of the training data.
        validation_datagen: Batches of the validation data; if `evaluation` was asked for, of that data.
        evaluation_datagen: The same; the training data's if there are no others.
        train_class_counts: Number of samples of each class in the training data.
        validation_class_counts: Likewise in the validation data.
        evaluation_class_counts: Likewise in the evaluation data.
    """

    subset: str
    train_datagen: Any
    validation_datagen: Any
    evaluation_datagen: Any
    train_class_counts: Mapping[str, int]
    validation_class_counts: Mapping[str, int]
    evaluation_class_counts: Mapping[str, int]

    def shutdown(self) -> None:
        """Stop the threads of all batches; they can still make batches afterwards."""
        for batches in (self.train_datagen, self.validation_datagen, self.evaluation_datagen):
            if batches is not None:
                batches.shutdown()

    def __str__(self) -> str:
        counts = {
            "training": self.train_class_counts,
            "validation": self.validation_class_counts,
            "evaluation": self.evaluation_class_counts,
        }
        told = {"training": ("training", "validation")}.get(self.subset, (self.subset,))
        return YZLiteDataset.summarize_class_counts({name: counts[name] for name in told if counts[name]})


class DataGeneratorAccess:
    """What a model offers of its data generators."""

    @property
    def datagen_context(self) -> DataGeneratorContext | None:
        """What `load_dataset` has loaded; None before, and after `unload_dataset`."""
        model: Any = self
        if model.loaded_subset is None:
            return None
        training = model.x if model.loaded_subset == "training" else None
        held_out = model.validation_data if training is not None else model.x
        counts = model.class_counts
        return DataGeneratorContext(
            model.loaded_subset,
            training,
            held_out,
            training if held_out is None else held_out,
            counts.get("training", {}),
            counts.get("validation", {}),
            counts.get("evaluation") or counts.get("validation") or counts.get("training", {}),
        )

    def get_datagen_creator(self, subset: str) -> Any:
        """Return a copy of the data generator of a subset, to be changed at will.

        In test mode it makes batches in line.

        Args:
            subset: `training`; any other is read by `validation_datagen`, if that is set.

        Raises:
            DatasetError: If there is none.
        """
        model: Any = self
        chosen = model.datagen if subset == "training" else model.validation_datagen or model.datagen
        if chosen is None:
            raise DatasetError(f"{type(self).__name__}.datagen is not set", hint="my_model.datagen = ...")
        return chosen.copied(debug=chosen.debug or model.test_mode_enabled)

    def get_shuffle_index_dir(self) -> str:
        """Return the folder with the order of files that are shuffled once.

        While validation or evaluation data is loaded it is that of the archive, if there is one; else it is
        the log directory's.
        """
        model: Any = self
        if model.loaded_subset in ("validation", "evaluation"):
            try:
                return str(model.get_archive_dir("dataset"))
            except ArchiveFileNotFoundError:
                pass
        return str(model.create_log_dir("dataset"))
