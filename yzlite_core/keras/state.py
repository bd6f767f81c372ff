"""The state of a training after an epoch: `train/state-NNN.npz`, and which of them are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from yzlite_core.errors import TrainingError
from yzlite_core.keras.encoding import DamagedFileError, read_npz, write_npz
from yzlite_core.model.weights import (
    CHECKPOINTS_FOLDER,
    SUFFIX,
    WEIGHTS_FOLDER,
    checkpoint_path,
    kept_epochs,
    state_path,
    weights_in,
)
from yzlite_core.support.files import replacing, sha256

_FORMAT = 1
KEPT_NEWEST = 5
KEPT_EVERY = 10


@dataclass(frozen=True)
class TrainingState:
    """All that a training needs to go on as if it had not been interrupted.

    Attributes:
        epoch: The number of epochs that are done.
        seed: The run's seed.
        history: Each metric's value after each epoch.
        seconds: How long it took.
        stopped: Whether a callback has ended the training.
        variables: The network's variables, those of its random layers among them, in its own order.
        shapes: Path and shape of each, for the sentence that says what has changed.
        optimizers: The variables of each optimizer; the first is the one that `compile` was given.
        callbacks: What each callback remembers.
        forgetful: Names of callbacks that change while training goes on, and do not say how.
        random: The states of Python's and NumPy's global generators.
        data: What the training data remembers, if it says.
        fingerprint: SHA-256 of the training data, if it is known.
        weights: SHA-256 of the weights' file.
    """

    epoch: int
    seed: int
    history: Mapping[str, Sequence[float]]
    seconds: float
    stopped: bool
    variables: Sequence[Any]
    shapes: Sequence[tuple[str, tuple[int, ...]]]
    optimizers: Sequence[Sequence[Any]]
    callbacks: Mapping[str, Any] = field(default_factory=dict)
    forgetful: Sequence[str] = ()
    random: Any = None
    data: Any = None
    fingerprint: str | None = None
    weights: str = ""


def write_state(train: Path, state: TrainingState, keras_model: Any) -> None:
    """Write weights and state.

    The state is renamed into place last: an epoch whose state is there is complete.
    """
    weights = checkpoint_path(train, state.epoch)
    with replacing(weights) as temporary:
        keras_model.save_weights(temporary)
        digest = sha256(temporary)
    content = {item.name: getattr(state, item.name) for item in fields(state)}
    write_npz(state_path(train, state.epoch), {"format": _FORMAT, **content, "weights": digest})


def read_state(train: Path, epoch: int) -> TrainingState:
    """Return the state after an epoch.

    Raises:
        DamagedFileError: If it, or its weights, are not as they were written.
    """
    content = read_npz(state_path(train, epoch))
    if content.pop("format", None) != _FORMAT:
        raise DamagedFileError("written by another version")
    state = TrainingState(**content)
    weights = checkpoint_path(train, epoch)
    if not weights.is_file() or sha256(weights) != state.weights:
        raise DamagedFileError(f"its weights {weights.name} are missing or have changed")
    return state


def files_after(train: Path, epoch: int) -> dict[Path, int]:
    """Return the files that belong to later epochs, each with its inode; after 0, all of a training."""
    found = [state_path(train, later) for later in kept_epochs(train) if later > epoch]
    for folder in (train / CHECKPOINTS_FOLDER, train / WEIGHTS_FOLDER):
        numbered = weights_in(folder) + _plain_weights(folder)
        found += [path for (number, _), path in numbered if number > epoch]
    if not epoch:
        folders = (train / CHECKPOINTS_FOLDER, train / WEIGHTS_FOLDER, train / "tensorboard")
        found += [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {path: path.stat().st_ino for path in found}


def remove_unchanged(files: Mapping[Path, int]) -> None:
    """Remove files, but for those in whose place another one has been written since."""
    for path, inode in files.items():
        if path.is_file() and path.stat().st_ino == inode:
            path.unlink(missing_ok=True)


def _plain_weights(folder: Path) -> list[tuple[tuple[int, int], Path]]:
    found = []
    for path in folder.glob(f"weights-*{SUFFIX}"):
        number = path.name.removeprefix("weights-").removesuffix(SUFFIX)
        if number.isdigit():
            found.append(((int(number), 0), path))
    return found


def prune(train: Path) -> None:
    """Keep the newest states and each tenth, and the best weights that these refer to."""
    epochs = kept_epochs(train)
    kept = {epoch for epoch in epochs if epoch % KEPT_EVERY == 0} | set(epochs[-KEPT_NEWEST:])
    for epoch in set(epochs) - kept:
        state_path(train, epoch).unlink(missing_ok=True)
        checkpoint_path(train, epoch).unlink(missing_ok=True)


def no_such_epoch(train: Path, epoch: int) -> TrainingError:
    """Return the error that says which epochs there are."""
    there = kept_epochs(train)
    hint = f"there are those after epoch {', '.join(map(str, there))}" if there else "there are none"
    return TrainingError(f"There is no checkpoint after epoch {epoch} in {train}", hint=hint)
