"""The generic dataset: properties that map one to one on the arguments of `keras.Model.fit`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from yzlite_core.dataset import Dataset
from yzlite_core.mixins.shape import ModelShape
from yzlite_core.settings import Setting


def _class_counts() -> dict[str, dict[str, int]]:
    return {"training": {}, "validation": {}, "evaluation": {}}


class DatasetMixin(ModelShape):
    """The data that a model is trained and evaluated with.

    Either set `dataset` to something with a `load_dataset` function, or override `load_dataset` in the
    model's class and set `x`, `y` and `validation_data` there.
    """

    dataset: Setting[Any] = Setting(
        object,
        default=None,
        doc="Where the data comes from: a function `(subset, test, **kwargs)`, an object or module with "
        "`load_dataset`, or the name of a registered dataset. None: `load_dataset` is overridden.",
    )
    x: Setting[Any] = Setting(
        object,
        default=None,
        late=True,
        doc="Input data: array, list of arrays, `keras.utils.PyDataset`, `tf.data.Dataset` or generator.",
    )
    y: Setting[Any] = Setting(object, default=None, late=True, doc="Targets, if `x` holds arrays.")
    validation_split = Setting(
        float, default=0.0, late=True, doc="Share of the arrays' end that is used for validation, 0 to 1."
    )
    validation_data: Setting[Any] = Setting(
        object, default=None, late=True, doc="Validation data: `(x, y)`, or anything that `x` may be."
    )
    shuffle = Setting(bool, default=True, late=True, doc="Whether training data is shuffled in each epoch.")
    class_mode: Setting[str] = Setting(
        str,
        default="categorical",
        doc="How labels are given to the network: 'categorical' (one-hot), 'binary' (0 or 1), "
        "'sparse' (the class id), 'input' (the input itself), or 'none'.",
        choices=("categorical", "binary", "sparse", "input", "none"),
    )
    class_weights: Setting[str | list[float] | dict[Any, float] | None] = Setting(
        str | list[float] | dict[Any, float],
        default=None,
        late=True,
        doc="Weight of each class in the loss: 'balanced', 'none', a list in the order of the classes, or "
        "a dictionary by class id or label.",
    )
    class_counts: Setting[dict[str, dict[str, int]]] = Setting(
        dict[str, dict[str, int]],
        factory=_class_counts,
        late=True,
        doc="Number of samples of each class, by subset; for the summary and for balanced weights.",
    )
    sample_weight: Setting[Any] = Setting(
        object, default=None, late=True, doc="Weight of each training sample, shape (n,)."
    )
    steps_per_epoch = Setting(int, default=None, late=True, doc="Batches in a training epoch; None for all.")
    validation_steps = Setting(int, default=None, late=True, doc="Batches in a validation; None for all.")
    validation_batch_size = Setting(
        int, default=None, late=True, doc="Samples in a validation batch; None for `batch_size`."
    )
    validation_freq = Setting(int, default=1, late=True, doc="Epochs from one validation to the next.")
    loaded_subset: Setting[str | None] = Setting(
        str,
        default=None,
        late=True,
        doc="The subset that is loaded at the moment.",
        choices=("training", "validation", "evaluation"),
    )

    def load_dataset(self, subset: str, test: bool = False, **kwargs: Any) -> None:
        """Load a subset: set `x`, `y` and `validation_data`.

        Override it to load data of your own; call `super().load_dataset(...)` first, or set what you need.

        Args:
            subset: `training`, `validation` or `evaluation`.
            test: Whether a few samples of each class are enough.
            **kwargs: Passed on to the loader that `dataset` names.
        """
        from yzlite_core.training.loading import load_generic_dataset

        self.unload_dataset()
        self.loaded_subset = subset
        load_generic_dataset(self, subset, test, **kwargs)

    def unload_dataset(self) -> None:
        """Forget the data."""
        self.x = self.y = self.validation_data = self.loaded_subset = None

    def summarize_dataset(self) -> str:
        """Return the number of samples of each class, as text; override it to say more."""
        lines = []
        for subset, counts in self.class_counts.items():
            if counts:
                lines.append(Dataset(subset, None, class_counts=counts).describe())
        return "\n".join(lines)


DatasetLoader = Callable[..., Any]
