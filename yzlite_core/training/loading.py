"""The one adapter between a model's own `load_dataset` and the value `Dataset`."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from yzlite_core.dataset import Dataset, hash_arrays, is_generated
from yzlite_core.errors import DatasetError

if TYPE_CHECKING:
    from yzlite_core.mixins.dataset import DatasetMixin


def load_generic_dataset(model: DatasetMixin, subset: str, test: bool, **kwargs: Any) -> None:
    """Ask what `model.dataset` names for a subset, and set the model's `x`, `y` and `validation_data`.

    Args:
        model: The model.
        subset: `training`, `validation` or `evaluation`.
        test: Whether a few samples of each class are enough.
        **kwargs: Passed on to the loader, as far as it takes them.

    Raises:
        DatasetError: If there is no loader, or it returns something else than it may.
    """
    loader = getattr(model.dataset, "load_dataset", model.dataset)
    if loader is None:
        raise DatasetError(
            f"{type(model).__name__} has no dataset",
            hint="set my_model.dataset, or override load_dataset in the model's class",
        )
    if not callable(loader):
        raise DatasetError(
            f"{type(model).__name__}.dataset is {model.dataset!r}, which has no function load_dataset",
            hint="set a function (subset, test, **kwargs), or an object or module with load_dataset",
        )
    offered = {"test": test, **kwargs, "model": model}
    loaded = loader(subset, **_accepted(loader, offered))
    if loaded is None:
        return
    if isinstance(loaded, str) or (isinstance(loaded, tuple) and len(loaded) not in (2, 3)):
        shown = "a string" if isinstance(loaded, str) else f"{len(loaded)} values"
        raise DatasetError(
            f"The loader of {type(model).__name__}.dataset returned {shown}",
            hint="it may return x, (x, y), (x, None, validation_data) or (x, y, validation_data)",
        )
    parts = loaded if isinstance(loaded, tuple) else (loaded,)
    model.x, model.y, model.validation_data = (*parts, None, None)[:3]


def _accepted(loader: Any, offered: Mapping[str, Any]) -> dict[str, Any]:
    parameters = inspect.signature(loader).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return dict(offered)
    return {name: value for name, value in offered.items() if name in parameters}


def snapshot(model: DatasetMixin, subset: str, limit: int | None, batch_size: int) -> Dataset:
    """Load a subset by the model's own `load_dataset` and take a picture of what it set.

    Args:
        model: The model.
        subset: `training`, `validation` or `evaluation`.
        limit: The most samples of each class; passed on as `test` and `max_samples_per_class`.
        batch_size: Samples in a training batch.

    Returns:
        The data; for `training` with its validation data, if the loader gave some.
    """
    arguments: dict[str, Any] = {} if limit is None else {"max_samples_per_class": limit}
    accepted = _accepted(model.load_dataset, arguments)
    model.load_dataset(subset, test=limit is not None, **accepted)
    try:
        return _picture(model, subset, limit, batch_size)
    finally:
        model.unload_dataset()


def _picture(model: DatasetMixin, subset: str, limit: int | None, batch_size: int) -> Dataset:
    if model.x is None:
        raise DatasetError(
            f"{type(model).__name__}.load_dataset('{subset}') has set no x",
            hint="set self.x (and self.y) there",
        )
    x, y, weight, held_out = model.x, model.y, model.sample_weight, model.validation_data
    if held_out is None and model.validation_split and subset != "evaluation":
        x, y, weight, held_out = _split(x, y, weight, model.validation_split)
    validation = None
    if held_out is not None:
        parts = held_out if isinstance(held_out, (tuple, list)) else (held_out,)
        validation = _dataset(
            model,
            "validation",
            (*parts, None, None)[:3],
            limit,
            model.validation_steps,
            model.validation_batch_size or batch_size,
        )
    if subset == "training":
        training = _dataset(model, subset, (x, y, weight), limit, model.steps_per_epoch, batch_size)
        return replace(training, validation=validation)
    if validation is not None:
        return validation
    steps = model.validation_steps
    return _dataset(model, subset, (x, y, weight), limit, steps, batch_size)


def _split(x: Any, y: Any, weight: Any, share: float) -> tuple[Any, Any, Any, tuple[Any, Any, Any]]:
    if not isinstance(x, np.ndarray):
        raise DatasetError(
            "validation_split needs arrays in x",
            hint="set validation_data, or split the data in load_dataset",
        )
    cut = int(len(x) * (1 - share))
    parts = [(None, None) if part is None else (part[:cut], part[cut:]) for part in (x, y, weight)]
    return parts[0][0], parts[1][0], parts[2][0], (parts[0][1], parts[1][1], parts[2][1])


def _dataset(
    model: DatasetMixin,
    subset: str,
    parts: tuple[Any, Any, Any],
    limit: int | None,
    steps: int | None,
    batch_size: int,
) -> Dataset:
    x, y, weight = parts
    in_memory = isinstance(x, np.ndarray)
    if in_memory and limit is not None:
        keep = _first_of_each_class(y, len(x), limit)
        x, y, weight = x[keep], None if y is None else y[keep], None if weight is None else weight[keep]
    counts = model.class_counts.get(subset) or (_count(model, y) if in_memory else {})
    return Dataset(
        subset=subset,
        x=x,
        y=y,
        sample_weight=weight,
        class_counts=dict(counts),
        name=getattr(model.dataset, "__name__", type(model).__name__),
        generated=is_generated(model.dataset) or is_generated(model),
        fingerprint=hash_arrays(x, y if isinstance(y, np.ndarray) else None) if in_memory else None,
        steps=steps,
        batch_size=batch_size,
    )


def _labels(y: Any) -> np.ndarray | None:
    if not isinstance(y, np.ndarray):
        return None
    if y.ndim == 2 and y.shape[1] > 1:
        return np.asarray(y.argmax(axis=1))
    return y.reshape(-1).astype(int) if y.ndim <= 2 else None


def _count(model: DatasetMixin, y: Any) -> dict[str, int]:
    labels = _labels(y)
    classes = getattr(model, "classes", None)
    if labels is None or not classes:
        return {}
    return {name: int((labels == index).sum()) for index, name in enumerate(classes)}


def _first_of_each_class(y: Any, count: int, limit: int) -> np.ndarray:
    labels = _labels(y)
    if labels is None or len(np.unique(labels)) > count // 2:
        return np.arange(min(count, limit))
    return np.sort(np.concatenate([np.flatnonzero(labels == label)[:limit] for label in np.unique(labels)]))
