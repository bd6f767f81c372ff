"""The one adapter between a model's own `load_dataset` and the value `Dataset`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from yzlite_core.data.dataset import (
    AS_USUAL,
    Dataset,
    Sampling,
    as_data,
    hash_arrays,
)
from yzlite_core.data.labels import counts_of, labels_of, limited
from yzlite_core.data.streams import is_endless
from yzlite_core.data.structures import count, is_in_memory, leaves, taken
from yzlite_core.errors import DatasetError, YZLiteError
from yzlite_core.model.loaders import accepted, forget, is_generated
from yzlite_core.model.mixins.dataset import DatasetMixin
from yzlite_core.support.source_location import line_in, line_of, line_of_function

# What is asked for a subset, in this order, until there is data.
_ASKED = {
    "training": ("training",),
    "validation": ("validation", "training"),
    "evaluation": ("evaluation", "validation", "training"),
}


def snapshot(
    model: DatasetMixin, subset: str, limit: int | None, batch_size: int, sampling: Sampling = AS_USUAL
) -> Dataset:
    """Load a subset by the model's own `load_dataset` and take a picture of what it set.

    Args:
        model: The model.
        subset: `training`, `validation` or `evaluation`.
        limit: The most samples of each class; passed on as `test` and `max_samples_per_class`.
        batch_size: Samples in a training batch.
        sampling: What is wanted of the data; its wishes are passed on as far as `load_dataset` takes them,
            and the `steps` are kept in any case.

    Returns:
        The data; for `training` with its validation data, if the loader gave some. Where the loader has
        none for the subset, the next best: `evaluation` is answered with validation data, and both with
        training data; the answer's `subset` says so.

    Raises:
        DatasetError: If there is no data, or what there is does not fit together.
    """
    offered = _offered(limit, sampling)
    for asked in _ASKED[subset]:
        try:
            _load(model, asked, offered)
            if model.x is not None or model.validation_data is not None:
                data = _picture(model, subset, asked, limit, batch_size, offered)
                return data if sampling.steps is None else replace(data, steps=sampling.steps)
        finally:
            forget(model)
    if model.has_no_loader:
        raise DatasetError(
            f"{type(model).__name__} has no dataset",
            hint="set my_model.dataset or my_model.x, or override load_dataset in the model's class",
        )
    raise DatasetError(
        f"{type(model).__name__}.load_dataset('{subset}') has set no x{_line(model, 'x')}",
        hint="set self.x (and self.y) there, or let the loader return them",
    )


def _offered(limit: int | None, sampling: Sampling) -> dict[str, Any]:
    """Return the keywords for `load_dataset`: none that says what is usual, which few scripts know of."""
    limits = {} if limit is None else {"max_samples_per_class": limit}
    wishes = {name: value for name, value in sampling.wishes.items() if name != "steps"}
    return {"test": limit is not None, **limits, **wishes}


def _load(model: DatasetMixin, subset: str, offered: Mapping[str, Any]) -> None:
    try:
        model.load_dataset(subset, **accepted(model.load_dataset, offered))
    except YZLiteError:
        raise
    except Exception as error:
        script = getattr(model, "model_specification_path", "")
        raise DatasetError(
            f"load_dataset('{subset}') failed{line_in(script, error)}: {type(error).__name__}: {error}"
        ) from error


def _picture(
    model: DatasetMixin,
    subset: str,
    asked: str,
    limit: int | None,
    batch_size: int,
    offered: Mapping[str, Any],
) -> Dataset:
    """Return what `load_dataset(asked)` has set as the answer to `subset`."""
    weight = model.sample_weight if asked == "training" or model.validation_split else None
    parts = _data(model, "x", (model.x, model.y, weight))
    held_out = _held_out(model)
    if held_out is None and model.validation_split:
        if asked != "evaluation" or _is_training_data(model, parts[0], offered):
            parts, held_out = _split(model, *parts)
        else:
            parts = (*parts[:2], None)
    own_size = model.validation_batch_size or batch_size
    validation = None
    if held_out is not None:
        validation = _dataset(model, "validation", held_out, limit, model.validation_steps, own_size)
    if subset == "training":
        training = _dataset(model, subset, parts, limit, model.steps_per_epoch, batch_size)
        return replace(training, validation=validation)
    if validation is not None:
        return validation if subset == "validation" else _for_evaluation(validation)
    answer = _dataset(model, asked, parts, limit, model.validation_steps, own_size)
    return answer if subset == "validation" else _for_evaluation(answer)


def _for_evaluation(data: Dataset) -> Dataset:
    """Return data that ends by itself without the steps that end a validation."""
    return replace(data, steps=data.steps if is_endless(data.x) else None)


def _held_out(model: DatasetMixin) -> tuple[Any, Any, Any] | None:
    given = model.validation_data
    if given is None:
        return None
    parts = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    if not 1 <= len(parts) <= 3:
        raise DatasetError(
            f"validation_data holds {len(parts)} values{_line(model, 'validation_data')}",
            hint="it is (x, y), (x, y, sample_weight), or what yields batches of these",
        )
    return _data(model, "validation_data", (*parts, None, None)[:3])


def _is_training_data(model: DatasetMixin, x: Any, offered: Mapping[str, Any]) -> bool:
    """Tell whether the loader gives the same arrays for training: then only a part of them is held out."""
    kept = model.x, model.y, model.loaded_subset
    _load(model, "training", offered)
    other = None if model.x is None else as_data(model.x)
    model.x, model.y, model.loaded_subset = kept
    ours, theirs = list(leaves(x)), list(leaves(other))
    return len(ours) == len(theirs) and all(map(np.array_equal, ours, theirs))


def _data(model: DatasetMixin, name: str, parts: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
    """Return x, y and weights in the form of `Dataset`, once they are known to fit together."""
    names = (name, "y", "sample_weight")
    try:
        x, y, weight = (as_data(part, label) for part, label in zip(parts, names, strict=True))
        in_memory = is_in_memory(x)
        counts = [count(part) for part in (x, y, weight) if part is not None] if in_memory else []
    except DatasetError as error:
        raise DatasetError(f"{error.message}{_line(model, name)}", hint=error.hint) from None
    if not in_memory and (y is not None or weight is not None):
        extra = "y" if y is not None else "sample_weight"
        raise DatasetError(
            f"{extra} is set, but {name} is a {type(parts[0]).__name__}, which brings its own"
            f"{_line(model, extra)}",
            hint="leave it None, and let each batch be (x, y) or (x, y, sample_weight)",
        )
    if len(set(counts)) > 1:
        shown = ", ".join(f"{label} {number:,}" for label, number in zip(names, counts, strict=False))
        raise DatasetError(f"The numbers of samples differ: {shown}{_line(model, name)}")
    if in_memory and not counts[0]:
        raise DatasetError(f"{name} has no sample{_line(model, name)}")
    return x, _targets(model, name, x, y) if in_memory else None, weight


def _targets(model: DatasetMixin, name: str, x: Any, y: Any) -> Any:
    """Return the targets, once they are known to fit the classes."""
    classes = getattr(model, "classes", None)
    if y is None and model.class_mode == "input":
        return x
    if not classes or model.class_mode in ("input", "none"):
        return y
    if y is None:
        raise DatasetError(
            f"{name} comes without y, but the model has classes{_line(model, name)}",
            hint="set y, or my_model.class_mode = 'input' where the input itself is the target, or 'none'",
        )
    if any(leaf.dtype.kind in "USO" for leaf in leaves(y)):
        raise DatasetError(
            f"The labels are text{_line(model, 'y')}",
            hint="labels are numbers in the order of my_model.classes: classes.index(label) for each",
        )
    labels = labels_of(y)
    if labels is None or len(classes) < 2:
        return y
    columns = y.shape[1] if y.ndim == 2 else 1
    where = f"classes names {len(classes)}{line_of(model, 'classes')}"
    if columns > 1 and columns != len(classes):
        raise DatasetError(
            f"The labels have {columns} columns, but {where}",
            hint="one-hot labels have a column for each class",
        )
    if columns == 1 and not 0 <= labels.min() <= labels.max() < len(classes):
        raise DatasetError(
            f"The labels range from {labels.min()} to {labels.max()}, but {where}",
            hint="labels are numbers from 0 on, in the order of my_model.classes",
        )
    return y


def _split(model: DatasetMixin, x: Any, y: Any, weight: Any) -> tuple[Any, Any]:
    """Return the front part and the last share, `validation_split`, of arrays, as Keras does."""
    share, where = model.validation_split, line_of(model, "validation_split")
    if not is_in_memory(x):
        raise DatasetError(
            f"validation_split needs arrays in x, not a {type(model.x).__name__}{where}",
            hint="set validation_data, or split the data in load_dataset",
        )
    cut = int(count(x) * (1 - share))
    if not 0 < cut < count(x):
        raise DatasetError(f"validation_split = {share} leaves no sample of {count(x)}{where}")
    front, back = slice(None, cut), slice(cut, None)
    parts = (x, y, weight)
    return tuple(taken(p, front) for p in parts), tuple(taken(p, back) for p in parts)


def _dataset(
    model: DatasetMixin,
    subset: str,
    parts: tuple[Any, Any, Any],
    limit: int | None,
    steps: int | None,
    batch_size: int,
) -> Dataset:
    classes = getattr(model, "classes", None) or ()
    x, y, weight = parts
    if limit is not None:
        x, y, weight = limited(x, y, weight, limit, len(classes), batch_size)
        steps = None
    elif steps is None and is_endless(x):
        name = "steps_per_epoch" if subset == "training" else "validation_steps"
        kind = "a generator" if hasattr(x, "once") else f"an endless {type(x).__name__}"
        raise DatasetError(
            f"The {subset} data is {kind}, but {name} is not set{_line(model, 'x')}",
            hint=f"set my_model.{name} to the number of batches; a generator function is called anew for "
            "each epoch and needs no number",
        )
    arrays = [*leaves(x), *leaves(y)] if is_in_memory(x) else []
    counts = counts_of(y, classes) if arrays else {}
    return Dataset(
        subset=subset,
        x=x,
        y=y,
        sample_weight=weight,
        class_counts=counts or dict(model.class_counts.get(subset, {})),
        name=getattr(model.dataset, "__name__", type(model).__name__),
        generated=is_generated(model.dataset) or is_generated(model),
        fingerprint=hash_arrays(*arrays) if arrays else None,
        steps=steps,
        batch_size=batch_size,
    )


def _line(model: DatasetMixin, name: str) -> str:
    """Return the line of the script that set the data: itself, or by its loader."""
    loader = model.dataset if callable(model.dataset) else getattr(model.dataset, "load_dataset", None)
    own = type(model).load_dataset
    function = loader if own is DatasetMixin.load_dataset else own
    return line_of(model, name) or line_of_function(function) or line_of(model, "dataset")
