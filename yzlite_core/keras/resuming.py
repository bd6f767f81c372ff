"""Keep the state of a training after each epoch, and go on from one as if nothing had happened."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from yzlite_core.data.dataset import Dataset
from yzlite_core.errors import TrainingError
from yzlite_core.keras.callback_state import appearance, memories, remind
from yzlite_core.keras.checkpoint import BestCheckpoint
from yzlite_core.keras.data_adapters import Feed
from yzlite_core.keras.encoding import DamagedFileError
from yzlite_core.keras.state import (
    TrainingState,
    files_after,
    no_such_epoch,
    prune,
    read_state,
    remove_unchanged,
    write_state,
)
from yzlite_core.model.weights import kept_epochs, state_path

if TYPE_CHECKING:
    from yzlite_core.keras.training_run import TrainingRun

_AFRESH = "train afresh, without --resume"


def state_to_resume(run: TrainingRun) -> TrainingState | None:
    """Return the state that the user wants to go on from; None begins a training afresh.

    Raises:
        TrainingError: If there is no such state, or it is of a training with another seed.
    """
    train = run.paths.train
    state = None
    if run.request.resume_epoch is not None:
        state = _exactly(run, run.request.resume_epoch)
    elif run.request.resume:
        state = _newest(run)
        if state is None:
            run.say(f"There is nothing to resume in {train}: training begins with the first epoch")
    if state is not None and state.seed != run.seed:
        raise TrainingError(
            f"The training in {train} was begun with seed {state.seed}, and cannot go on with {run.seed}",
            hint=f"pass --seed {state.seed}",
        )
    return state


def _exactly(run: TrainingRun, epoch: int) -> TrainingState:
    train = run.paths.train
    if epoch not in kept_epochs(train):
        raise no_such_epoch(train, epoch)
    try:
        return read_state(train, epoch)
    except DamagedFileError as error:
        raise TrainingError(
            f"{state_path(train, epoch)} is damaged: {error}", hint="choose another with --resume-epoch"
        ) from error


def _newest(run: TrainingRun) -> TrainingState | None:
    for epoch in reversed(kept_epochs(run.paths.train)):
        try:
            return read_state(run.paths.train, epoch)
        except DamagedFileError as error:  # noqa: PERF203 # there are a few at most
            path = state_path(run.paths.train, epoch)
            run.warn(f"{path} is damaged ({error}); training goes on from the one before it")
    return None


def is_finished(state: TrainingState, epochs: int, callbacks: Sequence[Any]) -> bool:
    """Tell whether a training would not have gone on after this state.

    One that early stopping ended does go on if it is more patient now.
    """
    if state.epoch >= epochs:
        return True
    if not state.stopped:
        return False
    stopping = [c for c in callbacks if isinstance(c, keras.callbacks.EarlyStopping)]
    waits = [
        memory["wait"]
        for name, memory in state.callbacks.items()
        if isinstance(memory, Mapping) and memory.get("stopped_epoch") == state.epoch - 1
    ]
    return not waits or any(wait >= callback.patience for wait in waits for callback in stopping)


class StateKeeper(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no type information
    """Keeps history and state after each epoch; the last of the callbacks, so that it sees them all.

    Args:
        callbacks: The callbacks of this training.
        checkpoint: The one that keeps the best weights, or None.
        feed: The training data.
        dataset: Where it comes from.
        run: The run.
        resumed: The state to go on from, or None.
        writes: Whether states are written.

    Attributes:
        history: Each metric's value after each epoch, those before the interruption among them.
        seconds: How long training took, with what it took before the interruption.
        epoch: The number of epochs that are done.
    """

    def __init__(
        self,
        callbacks: Sequence[Any],
        checkpoint: BestCheckpoint | None,
        feed: Feed,
        dataset: Dataset,
        run: TrainingRun,
        *,
        resumed: TrainingState | None,
        writes: bool,
    ) -> None:
        super().__init__()
        self.history: dict[str, list[float]] = {}
        self.epoch = 0 if resumed is None else resumed.epoch
        self._remembering = [*callbacks, *([checkpoint] if checkpoint else [])]
        self._checkpoint = checkpoint
        self._feed = feed
        self._fingerprint = dataset.fingerprint
        self._run = run
        self._resumed = resumed
        self._writes = writes
        self._looks: dict[int, dict[str, str]] = {}
        self._obsolete: Mapping[Path, int] = {}
        self._forgetful: list[str] = []
        self._before = 0.0 if resumed is None else resumed.seconds
        self._started = time.perf_counter()
        if resumed is not None:
            self.history = {name: list(values) for name, values in resumed.history.items()}
            self._forgetful = list(resumed.forgetful)

    @property
    def seconds(self) -> float:
        """How long training took until now."""
        return self._before + time.perf_counter() - self._started

    def on_train_begin(self, logs: Any = None) -> None:
        """Put everything back as it was; all other callbacks have just started afresh.

        What an earlier training has left beyond that point is remembered, to be removed once there is a state
        of this one.
        """
        state = self._resumed
        if state is not None and state.data is not None:
            self._feed.set_state(state.data)
        else:
            self._feed.begin(self.epoch)
        if state is not None:
            self._restore(state)
        self._obsolete = files_after(self._run.paths.train, self.epoch)
        for number, callback in enumerate(self._remembering):
            look = appearance(callback)
            if look is not None:
                self._looks[number] = look

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Tell the data which epoch it is, before its first batch is asked for."""
        self._feed.at(epoch)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Keep history and state."""
        self.epoch = epoch + 1
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        if self._writes:
            self._write()

    def on_train_end(self, logs: Any = None) -> None:
        """Remove what is left of an earlier training, if that has not been done after the first epoch."""
        self._remove_obsolete()

    def _remove_obsolete(self) -> None:
        remove_unchanged(self._obsolete)
        self._obsolete = {}

    def _write(self) -> None:
        self._find_forgetful()
        model = self.model
        state = TrainingState(
            epoch=self.epoch,
            seed=self._run.seed,
            history=self.history,
            seconds=self.seconds,
            stopped=bool(model.stop_training),
            variables=[np.asarray(variable) for variable in model.variables],
            shapes=_shapes(model),
            optimizers=[[np.asarray(v) for v in optimizer.variables] for optimizer in _optimizers(model)],
            callbacks=memories(self._remembering),
            forgetful=self._forgetful,
            random=(random.getstate(), np.random.get_state()),  # noqa: NPY002 # scripts draw from it
            data=self._feed.get_state(),
            fingerprint=self._fingerprint,
        )
        try:
            write_state(self._run.paths.train, state, model)
        except TypeError as error:
            raise TrainingError(
                f"The state of training cannot be kept, because a get_state returned {error}",
                hint="return numbers, strings, arrays, and lists and dictionaries of these; or set "
                "my_model.checkpoints_enabled = False",
            ) from error
        self._remove_obsolete()
        prune(self._run.paths.train)
        if self._checkpoint is not None:
            self._checkpoint.forget_worse(kept_epochs(self._run.paths.train))

    def _find_forgetful(self) -> None:
        for number, look in list(self._looks.items()):
            callback = self._remembering[number]
            if appearance(callback) != look:
                self._forgetful.append(type(callback).__name__)
                del self._looks[number]

    def _restore(self, state: TrainingState) -> None:
        model = self.model
        if not all(layer.built for layer in (model, *model.layers)):
            model(self._feed.example(), training=False)  # Keras makes its variables when it meets data
        _compare_networks(state, _shapes(model))
        _assign(model.variables, state.variables)
        for optimizer, values in zip(_optimizers(model), state.optimizers, strict=False):
            if not optimizer.built and optimizer is model.optimizer:
                optimizer.build(model.trainable_variables)
            if [np.shape(value) for value in values] != [tuple(v.shape) for v in optimizer.variables]:
                raise TrainingError(
                    f"The optimizer is another than that of the training up to epoch {state.epoch}",
                    hint=_AFRESH,
                )
            _assign(optimizer.variables, values)
        for name in remind(self._remembering, state.callbacks):
            self._run.warn(f"{name} is new since epoch {state.epoch}, and starts from there")
        for name in state.forgetful:
            self._run.warn(
                f"{name} remembers something from epoch to epoch, which is lost; with get_state() and "
                "set_state(state) it would be kept"
            )
        if None not in (state.fingerprint, self._fingerprint) and state.fingerprint != self._fingerprint:
            self._run.warn("The training data is not the same as before the interruption")
        random.setstate(state.random[0])
        np.random.set_state(state.random[1])  # noqa: NPY002 # scripts draw from it


def _optimizers(keras_model: Any) -> list[Any]:
    """Return the optimizer of `compile`, and those that a network of the script's own holds besides."""
    own = [v for v in vars(keras_model).values() if isinstance(v, keras.optimizers.Optimizer)]
    first = [] if keras_model.optimizer is None else [keras_model.optimizer]
    return first + [optimizer for optimizer in own if optimizer is not keras_model.optimizer]


def _shapes(keras_model: Any) -> list[tuple[str, tuple[int, ...]]]:
    return [(variable.path, tuple(variable.shape)) for variable in keras_model.variables]


def _assign(variables: Sequence[Any], values: Sequence[Any]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _compare_networks(state: TrainingState, shapes: Sequence[tuple[str, tuple[int, ...]]]) -> None:
    """Raise if the network is another than before; names of layers may differ, shapes may not."""
    then, now = list(state.shapes), list(shapes)
    if [shape for _, shape in then] == [shape for _, shape in now]:
        return
    what = f"it had {len(then)} variables, and has {len(now)} now"
    for (path, before), (other, after) in zip(then, now, strict=False):
        if before != after:
            what = f"{path} had the shape {before}, and {other} has {after} now"
            break
    raise TrainingError(
        f"The network is another than that of the training up to epoch {state.epoch}: {what}", hint=_AFRESH
    )
