"""The core's own training: `keras.Model.fit` with a model's settings."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from yzlite_core.batches import Batches
from yzlite_core.dataset import Dataset
from yzlite_core.errors import ModelError, TrainingError, YZLiteError
from yzlite_core.results import History
from yzlite_core.training.callbacks import early_stopping_in
from yzlite_core.training.checkpoint import checkpoint_of
from yzlite_core.training.class_weights import class_weights
from yzlite_core.training.progress import EpochBar, EpochLines

if TYPE_CHECKING:
    from yzlite_core.mixins import TrainMixin
    from yzlite_core.run import Run

_UNTIL_STOPPED = 99_999


class _FollowEpoch(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no type information
    """Tells the batches which epoch it is; Keras counts one more when it builds a model."""

    def __init__(self, batches: Batches) -> None:
        super().__init__()
        self._batches = batches

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set the epoch before its first batch is asked for."""
        self._batches.epoch = epoch


def fit(model: TrainMixin, keras_model: Any, dataset: Dataset, callbacks: Sequence[Any], run: Run) -> History:
    """Train, and give the network the weights of the best epoch.

    Raises:
        TrainingError: If Keras refuses the network or the data.
        DatasetError: If a sample cannot be read; names it.
    """
    checkpoint = checkpoint_of(model, run)
    bar = EpochBar() if run.live else None
    follow = [_FollowEpoch(dataset.x)] if type(dataset.x) is Batches else []
    all_callbacks = [*follow, *callbacks, *([checkpoint] if checkpoint else []), EpochLines(run)]
    arguments = fit_arguments(model, dataset)
    arguments["epochs"] = _epochs(model, list(callbacks))
    started = time.perf_counter()
    try:
        measured = keras_model.fit(
            **{**arguments, **model.train_kwargs},
            callbacks=[*all_callbacks, *([bar] if bar else [])],
            verbose=0,
        )
    except YZLiteError:
        raise
    except Exception as error:
        raise _explained(dataset, error) from error
    finally:
        if bar:
            bar.close()
        for data in (dataset, dataset.validation):
            if data is not None and type(data.x) is Batches:
                data.x.shutdown()
    if checkpoint is not None:
        checkpoint.restore(keras_model)
    metrics = {name: [float(value) for value in values] for name, values in measured.history.items()}
    return History(metrics, checkpoint.best if checkpoint else None, time.perf_counter() - started)


def fit_arguments(model: Any, dataset: Dataset) -> dict[str, Any]:
    """Return the arguments of `keras.Model.fit` that stand for a dataset and a model's settings."""
    in_memory = isinstance(dataset.x, (np.ndarray, list, tuple))
    arguments: dict[str, Any] = {
        "x": dataset.x,
        "class_weight": class_weights(model, dataset),
        "steps_per_epoch": dataset.steps,
    }
    if in_memory:
        arguments.update(
            y=dataset.y,
            sample_weight=dataset.sample_weight,
            batch_size=dataset.batch_size or model.batch_size,
            shuffle=model.shuffle,
        )
    else:
        arguments["shuffle"] = False  # a generator shuffles by itself, reproducibly
    held_out = dataset.validation
    if held_out is not None:
        parts = (held_out.x, held_out.y, held_out.sample_weight)
        data = parts[: 3 if parts[2] is not None else 2] if held_out.y is not None else held_out.x
        arguments.update(
            validation_data=data, validation_steps=held_out.steps, validation_freq=model.validation_freq
        )
        if held_out.y is not None:
            arguments["validation_batch_size"] = held_out.batch_size
    return arguments


def _epochs(model: TrainMixin, callbacks: list[Any]) -> int:
    if model.epochs != -1:
        return model.epochs
    if not early_stopping_in(callbacks):
        raise ModelError(
            "epochs is -1, but nothing would end the training",
            hint="set my_model.early_stopping, e.g. my_model.early_stopping['monitor'] = 'val_loss'",
        )
    return _UNTIL_STOPPED


def _explained(dataset: Dataset, error: Exception) -> YZLiteError:
    """Return the sentence for what Keras raised; it wraps what a batch raised beyond recognition."""
    for data in (dataset, dataset.validation):
        cause = data.x.failure if data is not None and type(data.x) is Batches else None
        if isinstance(cause, YZLiteError):
            return cause
        if cause is not None:
            return TrainingError(f"A batch could not be made: {type(cause).__name__}: {cause}")
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return TrainingError(f"Keras could not train the network: {type(error).__name__}: {' '.join(lines[:4])}")
