"""What goes into a model and what comes out: its input shape and its classes."""

from __future__ import annotations

from yzlite_core.model.settings import Configurable, Setting


class ModelShape(Configurable):
    """Input shape and class labels: of every model, and of every dataset.

    The base class of both `YZLiteModel` and `DatasetMixin`, so that what a dataset mixin declares in
    its place (an audio model computes its input shape) wins whatever the order of a model's bases.
    """

    classes: Setting[tuple[str, ...] | list[str]] = Setting(
        tuple[str, ...] | list[str], doc="The class labels, in the order of the outputs."
    )
    input_shape: Setting[tuple[int | None, ...]] = Setting(
        tuple[int | None, ...], doc="Shape of one sample, without the batch: (height, width, channels)."
    )

    @property
    def n_classes(self) -> int:
        """The number of classes."""
        return len(self.classes)
