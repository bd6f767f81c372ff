"""The generic dataset: properties that map one to one on the arguments of `keras.Model.fit`."""

from __future__ import annotations

from typing import Any

from yzlite_core.errors import did_you_mean
from yzlite_core.model.mixins.shape import ModelShape
from yzlite_core.model.parsers import at_least_one, share
from yzlite_core.model.scripted_dataset import YZLiteDataset
from yzlite_core.model.settings import Setting

_WEIGHTINGS = ("balanced", "balance", "none")


def _class_counts() -> dict[str, dict[str, int]]:
    return {"training": {}, "validation": {}, "evaluation": {}}


def _weights(value: Any) -> Any:
    if isinstance(value, str) and value not in _WEIGHTINGS:
        hint = did_you_mean(value, _WEIGHTINGS)
        raise ValueError(f"{value!r} is neither 'balanced' nor 'none'{', ' + hint if hint else ''}")
    return list(value) if isinstance(value, tuple) else value


class DatasetMixin(ModelShape):
    """The data that a model is trained and evaluated with.

    Either set `dataset` to something with a `load_dataset` function, or override `load_dataset` in the
    model's class and set `x`, `y` and `validation_data` there.
    """

    dataset: Setting[Any] = Setting(
        object,
        default=None,
        doc="Where the data comes from: a function `(subset, test, **kwargs)`, a `YZLiteDataset` or another "
        "object or module with `load_dataset`, or the name of a registered dataset. None: `load_dataset` is "
        "overridden.",
    )
    x: Setting[Any] = Setting(
        object,
        default=None,
        late=True,
        doc="Input data: an array, a list or dictionary of arrays for several inputs, "
        "`keras.utils.PyDataset`, `tf.data.Dataset`, a generator function, or a generator.",
    )
    y: Setting[Any] = Setting(object, default=None, late=True, doc="Targets, if `x` holds arrays.")
    validation_split = Setting(
        float,
        default=0.0,
        late=True,
        doc="Share of the arrays' end that is used for validation, 0 to below 1.",
        parse=share,
    )
    validation_data: Setting[Any] = Setting(
        object,
        default=None,
        late=True,
        doc="Validation data: `(x, y)`, `(x, y, sample_weight)`, or what yields batches of these.",
    )
    shuffle = Setting(
        bool,
        default=True,
        late=True,
        doc="Whether training data is shuffled in each epoch; a `tf.data.Dataset` or a generator shuffles "
        "itself.",
    )
    class_mode: Setting[str] = Setting(
        str,
        default="categorical",
        doc="What the targets are: 'categorical' (one-hot rows), 'binary' (0 or 1), 'sparse' (class ids), "
        "'input' (the input itself, which needs no `y`), or 'none'.",
        choices=("categorical", "binary", "sparse", "input", "none"),
    )
    class_weights: Setting[str | list[float] | dict[Any, float] | None] = Setting(
        str | list[float] | dict[Any, float],
        default=None,
        late=True,
        doc="Weight of each class in the loss: 'balanced', 'none', a list in the order of the classes, or "
        "a dictionary by class id or label.",
        parse=_weights,
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
    steps_per_epoch = Setting(
        int,
        default=None,
        late=True,
        doc="Batches in a training epoch; None for all. Data that ends earlier begins again.",
        parse=at_least_one,
    )
    validation_steps = Setting(
        int, default=None, late=True, doc="Batches in a validation; None for all.", parse=at_least_one
    )
    validation_batch_size = Setting(
        int,
        default=None,
        late=True,
        doc="Samples in a validation batch; None for `batch_size`.",
        parse=at_least_one,
    )
    validation_freq = Setting(
        int, default=1, late=True, doc="Epochs from one validation to the next.", parse=at_least_one
    )
    loaded_subset: Setting[str | None] = Setting(
        str,
        default=None,
        late=True,
        doc="The subset that is loaded at the moment.",
        choices=("training", "validation", "evaluation"),
    )

    def load_dataset(self, subset: str, test: bool = False, **kwargs: Any) -> None:
        """Load a subset: set `x`, `y` and `validation_data`.

        Override it to load data of your own; call `super().load_dataset(...)` first, which drops what was
        loaded before and asks what `dataset` names.

        Args:
            subset: `training`, `validation` or `evaluation`.
            test: Whether a few samples of each class are enough.
            **kwargs: Passed on to the loader that `dataset` names.

        Raises:
            DatasetError: If the loader returns something else than it may.
        """
        from yzlite_core.model.loaders import forget, load_generic_dataset

        forget(self)
        self.loaded_subset = subset
        load_generic_dataset(self, subset, test, **kwargs)

    def unload_dataset(self) -> None:
        """Drop the data, and let the dataset give back what loading took; called when a run is over."""
        from yzlite_core.model.loaders import forget

        forget(self)
        give_back = getattr(self.dataset, "unload_dataset", None)
        if give_back is not None:
            give_back()

    @property
    def summarizes_itself(self) -> bool:
        """Whether the script says more of its data than the numbers of samples."""
        of_the_core = type(self).summarize_dataset.__module__.startswith("yzlite_core.")
        return not of_the_core or hasattr(self.dataset, "summarize_dataset")

    @property
    def has_no_loader(self) -> bool:
        """Whether nobody loads the data: then it is what the script itself has set."""
        own = getattr(self.load_dataset, "__func__", None) is DatasetMixin.load_dataset
        return own and self.dataset is None

    def summarize_dataset(self) -> str:
        """Return what is said of the data before training: by the dataset, else the class counts.

        Override it to say something else.
        """
        own = getattr(self.dataset, "summarize_dataset", None)
        return (own() if own is not None else None) or YZLiteDataset.summarize_class_counts(self.class_counts)
