"""What `keras.Model.fit` is given: the data, and what a model's settings say about the training."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from yzlite_core.data.batches import Batches
from yzlite_core.data.dataset import Dataset
from yzlite_core.data.streams import for_keras, is_py_dataset, number_of_batches
from yzlite_core.keras.class_weights import class_weights, weighted

UNTIL_STOPPED: Final = 99_999  # epochs, where early stopping ends the training


def fit_arguments(model: Any, dataset: Dataset, callbacks: Sequence[Any]) -> dict[str, Any]:
    """Return all arguments of `fit` but the data, as a model's settings say; `train_kwargs` win.

    Args:
        model: A model with `TrainMixin`.
        dataset: Its training data, with its validation data.
        callbacks: Keras callbacks; those in `train_kwargs` are added.
    """
    own = dict(model.train_kwargs)
    more = own.pop("callbacks", ())
    arguments: dict[str, Any] = {
        "epochs": model.epochs,
        "class_weight": class_weights(model, dataset),
        "steps_per_epoch": dataset.steps,
        # Batches and streams shuffle themselves, reproducibly.
        "shuffle": model.shuffle and (dataset.in_memory or _is_users_own(dataset.x)),
    }
    if dataset.in_memory:
        arguments["batch_size"] = dataset.batch_size or model.batch_size
    if dataset.validation is not None:
        arguments["validation_steps"] = dataset.validation.steps
        arguments["validation_freq"] = model.validation_freq
        if dataset.validation.in_memory:
            arguments["validation_batch_size"] = dataset.validation.batch_size
    arguments = {**arguments, **own, "callbacks": [*callbacks, *more]}
    return {**arguments, "epochs": UNTIL_STOPPED if arguments["epochs"] == -1 else arguments["epochs"]}


def data_arguments(dataset: Dataset) -> dict[str, Any]:
    """Return the arguments of `fit` that are data: `x`, `y`, `sample_weight`, `validation_data`."""
    arguments: dict[str, Any] = {"x": for_keras(dataset.x, dataset.steps)}
    if dataset.in_memory:
        arguments.update(y=dataset.y, sample_weight=dataset.sample_weight)
    held_out = dataset.validation
    if held_out is not None and held_out.in_memory:
        parts = (held_out.x, held_out.y, held_out.sample_weight)
        arguments["validation_data"] = parts[:2] if held_out.sample_weight is None else parts
    elif held_out is not None:
        arguments["validation_data"] = for_keras(held_out.x, held_out.steps)
    return arguments


def keras_arguments(dataset: Dataset, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return all arguments of `fit`; Keras takes weights of classes and of samples only as one.

    Args:
        dataset: The training data.
        arguments: The others, which win where they are data too.
    """
    given = {**data_arguments(dataset), **arguments}
    weights, own = given.get("class_weight"), given.get("sample_weight")
    if own is not None and weights:
        given.update(class_weight=None, sample_weight=weighted(given["y"], own, weights))
    return given


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
