"""The core's own training: `keras.Model.fit` with a model's settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras

from yzlite_core.contract.values import Best, History
from yzlite_core.data.batches import Batches
from yzlite_core.data.dataset import Dataset
from yzlite_core.errors import ModelError, TrainingError, YZLiteError
from yzlite_core.keras.arguments import UNTIL_STOPPED, ends_expected, keras_arguments
from yzlite_core.keras.callbacks import early_stopping_in
from yzlite_core.keras.checkpoint import BestCheckpoint, checkpoint_of
from yzlite_core.keras.data_adapters import feed_of
from yzlite_core.keras.monitors import MonitorGuard
from yzlite_core.keras.progress import EpochBar, EpochLines
from yzlite_core.keras.resuming import StateKeeper, is_finished, state_to_resume
from yzlite_core.keras.shape_check import refuse_misfits
from yzlite_core.support.source_location import line_in, line_of, line_of_function

if TYPE_CHECKING:
    from yzlite_core.keras.training_run import TrainingRun
    from yzlite_core.model.mixins import TrainMixin


class _FollowEpoch(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no type information
    """Tells the validation batches which epoch it is."""

    def __init__(self, batches: Batches) -> None:
        super().__init__()
        self._batches = batches

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set the epoch before its first batch is asked for."""
        self._batches.epoch = epoch


def fit(
    model: TrainMixin, keras_model: Any, dataset: Dataset, arguments: Mapping[str, Any], run: TrainingRun
) -> History:
    """Train, or go on where an earlier training was interrupted, and give the network its best weights.

    Args:
        model: The model.
        keras_model: The compiled network.
        dataset: The training data.
        arguments: Those of `keras.Model.fit`; see the hook `yzlite_fit_arguments`.
        run: The run.

    Raises:
        ModelError: If nothing would end the training.
        TrainingError: If Keras refuses the network or the data.
        DatasetError: If a sample cannot be read; names it.
    """
    refuse_misfits(model, keras_model, dataset)
    own = dict(arguments)
    callbacks, epochs = list(own.pop("callbacks", ())), own.pop("epochs", 1)
    if epochs == UNTIL_STOPPED:
        refuse_endless(model, callbacks)
    resumed = state_to_resume(run)
    done = 0 if resumed is None else resumed.epoch
    if resumed is not None:
        finished = is_finished(resumed, epochs, callbacks)
        epochs = done if finished else epochs
        run.say(
            f"Training had come to its end with epoch {done}"
            if finished
            else f"Training goes on after epoch {done} of {epochs}"
        )
        own.pop("initial_epoch", None)
    checkpoint = checkpoint_of(model, callbacks, run)
    given = keras_arguments(dataset, own)
    feed = feed_of(given, run.seed)
    keeper = StateKeeper(
        callbacks, checkpoint, feed, dataset, run, resumed=resumed, writes=model.checkpoints_enabled
    )
    bar = EpochBar() if run.request.live else None
    held_out = dataset.validation
    follows = held_out is not None and _is_batches(held_out)
    given = {
        "verbose": 0,
        "initial_epoch": done,
        **given,
        **feed.arguments,
        "epochs": epochs,
        "callbacks": [
            *([_FollowEpoch(held_out.x)] if held_out is not None and follows else []),
            MonitorGuard(model, callbacks, run, validates=held_out is not None),
            *callbacks,
            *([checkpoint] if checkpoint else []),
            EpochLines(run),
            keeper,
            *([bar] if bar else []),
        ],
    }
    try:
        with ends_expected(dataset):
            measured = keras_model.fit(**given)
    except YZLiteError:
        raise
    except Exception as error:
        raise _explained(run, model, dataset, error) from error
    finally:
        if bar:
            bar.close()
        for data in (dataset, held_out):
            if data is not None and _is_batches(data):
                data.x.shutdown()
    measured.history, measured.epoch = dict(keeper.history), list(range(keeper.epoch))
    best = _keep(model, keras_model, callbacks, checkpoint, run)
    return History(keeper.history, best, keeper.seconds, dict(measured.params))


def _keep(
    model: TrainMixin,
    keras_model: Any,
    callbacks: Sequence[Any],
    checkpoint: BestCheckpoint | None,
    run: TrainingRun,
) -> Best | None:
    """Give the network the weights to keep, and return whose they are; None if the last epoch's.

    The checkpoint decides, unless the script has early stopping restore the best weights and says
    nothing about the checkpoint.
    """
    stopping = next(
        (c for c in callbacks if getattr(c, "restore_best_weights", False) and c.best_weights is not None),
        None,
    )
    explicit = type(model).checkpoint.is_set(model) or any(
        isinstance(callback, keras.callbacks.ModelCheckpoint) for callback in callbacks
    )
    if stopping is not None and not (checkpoint and explicit):
        return Best(stopping.best_epoch + 1, stopping.monitor, float(stopping.best))
    if checkpoint is None:
        run.say("The weights of the last epoch are kept, because checkpoint is switched off")
        return None
    checkpoint.restore(keras_model)
    return checkpoint.best


def refuse_endless(model: TrainMixin, callbacks: Sequence[Any]) -> None:
    """Raise if no callback would end a training without a number of epochs."""
    if not early_stopping_in(callbacks):
        raise ModelError(
            f"epochs is -1, but nothing would end the training{line_of(model, 'epochs')}",
            hint="set my_model.early_stopping, e.g. my_model.early_stopping['monitor'] = 'val_loss'",
        )


def _is_batches(data: Dataset) -> bool:
    return issubclass(type(data.x), Batches)


def _explained(run: TrainingRun, model: TrainMixin, dataset: Dataset, error: Exception) -> YZLiteError:
    """Return the sentence for what Keras raised; it wraps what a batch raised beyond recognition."""
    for data in (dataset, dataset.validation):
        cause = None if data is None else getattr(data.x, "failure", None)
        if isinstance(cause, YZLiteError):
            return cause
        if cause is not None:
            return TrainingError(f"A batch could not be made: {type(cause).__name__}: {cause}")
    if "No loss to compute" in str(error):
        return TrainingError(
            f"The network was compiled without a loss{line_of_function(model.build_model_function)}",
            hint="write keras_model.compile(loss=my_model.loss, ...)",
        )
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    where = line_in(run.model.model_specification_path, error)
    return TrainingError(
        f"Keras could not train the network{where}: {type(error).__name__}: {' '.join(lines[:4])}"
    )
