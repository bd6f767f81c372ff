"""The arguments of `keras.Model.fit` that stand for a dataset and a model's settings."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from yzlite_core.batches import Batches
from yzlite_core.dataset import Dataset
from yzlite_core.streams import for_keras, is_py_dataset, number_of_batches
from yzlite_core.training.class_weights import class_weights, weighted


def fit_arguments(model: Any, dataset: Dataset) -> dict[str, Any]:
    """Return `x`, `y`, `validation_data`, `class_weight` and all else that tells Keras about the data.

    Args:
        model: A model with `DatasetMixin`.
        dataset: Its training data, with its validation data.
    """
    weights = class_weights(model, dataset)
    arguments: dict[str, Any] = {
        "x": for_keras(dataset.x, dataset.steps),
        "class_weight": weights,
        "steps_per_epoch": dataset.steps,
        # Batches and streams shuffle themselves, reproducibly.
        "shuffle": model.shuffle and (dataset.in_memory or _is_users_own(dataset.x)),
    }
    if dataset.in_memory:
        own = dataset.sample_weight
        if own is not None and weights:
            arguments["class_weight"], own = None, weighted(dataset.y, own, weights)
        size = dataset.batch_size or model.batch_size
        arguments.update(y=dataset.y, sample_weight=own, batch_size=size)
    return arguments | (
        {} if dataset.validation is None else _validation_arguments(model, dataset.validation)
    )


def _validation_arguments(model: Any, held_out: Dataset) -> dict[str, Any]:
    arguments = {"validation_steps": held_out.steps, "validation_freq": model.validation_freq}
    if not held_out.in_memory:
        return {"validation_data": for_keras(held_out.x, held_out.steps), **arguments}
    parts = (held_out.x, held_out.y, held_out.sample_weight)
    data = parts[:2] if held_out.sample_weight is None else parts
    return {"validation_data": data, "validation_batch_size": held_out.batch_size, **arguments}


def _is_users_own(x: Any) -> bool:
    return is_py_dataset(x) and type(x) is not Batches and x.num_batches is not None


@contextmanager
def ends_expected(dataset: Dataset) -> Iterator[None]:
    """Keep Keras from taking the end of data of unknown length for a mishap."""
    parts = [data for data in (dataset, dataset.validation) if data is not None]
    with warnings.catch_warnings():
        if any(data.steps is None and number_of_batches(data.x) is None for data in parts):
            warnings.filterwarnings("ignore", message="Your input ran out of data")
        yield
