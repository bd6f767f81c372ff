"""YZLiteDataset: a dataset as a class of its own, for `my_model.dataset = MyDataset()`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any


class YZLiteDataset(ABC):
    """A dataset that several models can share.

    Derive a class, say in `load_dataset` where the data is, and give an object of it to a model::

        class Waves(YZLiteDataset):
            def load_dataset(self, subset, test=False, **kwargs):
                return make_waves(subset)

        my_model.dataset = Waves()
    """

    @abstractmethod
    def load_dataset(self, subset: str, test: bool = False, **kwargs: Any) -> Any:
        """Return the data of a subset.

        Args:
            subset: `training`, `validation` or `evaluation`.
            test: Whether a few samples of each class are enough.
            **kwargs: `model`, the model that asks, and what its `load_dataset` was called with beside.

        Returns:
            `x`, `(x, y)`, `(x, None, validation_data)`, `(x, y, validation_data)`, or None if this method
            has set them on the model itself, or if there is no such subset.
        """

    def unload_dataset(self) -> None:  # noqa: B027 # most datasets have nothing to give back
        """Give back what loading took, such as worker processes; called when a run is over."""

    def summarize_dataset(self) -> str:
        """Return what is said of the data before training; empty for the numbers of samples."""
        return ""

    @staticmethod
    def summarize_class_counts(class_counts: Mapping[str, Any]) -> str:
        """Return numbers of samples as text, a line for each subset.

        Args:
            class_counts: `{subset: {class: samples}}`, or `{class: samples}` of one subset.
        """
        nested = {name: counts for name, counts in class_counts.items() if isinstance(counts, Mapping)}
        flat = {name: number for name, number in class_counts.items() if name not in nested}
        lines = [f"{subset}: {_listed(counts)}" for subset, counts in nested.items() if counts]
        return "\n".join([*([_listed(flat)] if flat else []), *lines])


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counts.items())
