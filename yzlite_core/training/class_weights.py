"""How much each class counts in the loss."""

from __future__ import annotations

from typing import Any

from yzlite_core.dataset import Dataset
from yzlite_core.errors import ModelError, did_you_mean


def class_weights(model: Any, dataset: Dataset) -> dict[int, float] | None:
    """Return the weight of each class id, or None if all count the same.

    `'balanced'` gives a class of `c` samples out of `n` in `k` classes the weight `n / (k * c)`.

    Raises:
        ModelError: If the weights do not fit the classes, or the class counts are not known.
    """
    wanted = getattr(model, "class_weights", None)
    if wanted is None or wanted == "none":
        return None
    if isinstance(wanted, str):
        if wanted not in ("balanced", "balance"):
            raise ModelError(
                f"class_weights is {wanted!r}", hint="it takes 'balanced', 'none', a list or a dictionary"
            )
        return _balanced(dataset)
    if isinstance(wanted, dict):
        return {_class_id(model, key): float(weight) for key, weight in wanted.items()}
    if len(wanted) != model.n_classes:
        raise ModelError(f"class_weights has {len(wanted)} weights for {model.n_classes} classes")
    return {index: float(weight) for index, weight in enumerate(wanted)}


def _balanced(dataset: Dataset) -> dict[int, float]:
    counts = list(dataset.class_counts.values())
    if not counts:
        raise ModelError(
            "class_weights is 'balanced', but the number of samples of each class is not known",
            hint="fill my_model.class_counts['training'] in load_dataset",
        )
    total = sum(counts)
    return {index: total / (len(counts) * count) for index, count in enumerate(counts) if count}


def _class_id(model: Any, key: Any) -> int:
    if isinstance(key, int):
        return key
    labels = list(model.classes)
    if key not in labels:
        raise ModelError(f"class_weights names the class {key!r}", hint=did_you_mean(str(key), labels))
    return labels.index(key)
