"""What callbacks remember from epoch to epoch, so that a resumed training repeats what it would have done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from yzlite_core.errors import TrainingError

# Keras' callbacks keep these to themselves, and start afresh in every `fit`.
_COUNTERS: Mapping[str, tuple[str, ...]] = {
    "EarlyStopping": ("wait", "stopped_epoch", "best", "best_epoch", "best_weights"),
    "ReduceLROnPlateau": ("wait", "cooldown_counter", "best"),
    "ModelCheckpoint": ("best", "_last_batch_seen", "_batches_seen_since_last_saving"),
    "TensorBoard": ("_global_train_batch", "_global_test_batch", "_previous_epoch_iterations"),
}
_OF_EVERY_CALLBACK = frozenset({"params", "validation_data", "_model", "_current_epoch", "min_delta"})


def memories(callbacks: Sequence[Any]) -> dict[str, Any]:
    """Return what each callback remembers, by its kind and number.

    Raises:
        TrainingError: If a callback's `get_state` fails; names it.
    """
    found = {}
    for key, callback in _numbered(callbacks):
        memory = _memory(callback)
        if memory is not None:
            found[key] = memory
    return found


def remind(callbacks: Sequence[Any], memory: Mapping[str, Any]) -> list[str]:
    """Give each callback what it remembered, and return the names of those that nothing is known of.

    Raises:
        TrainingError: If a callback's `set_state` fails; names it.
    """
    strangers = []
    for key, callback in _numbered(callbacks):
        name = type(callback).__name__
        if key not in memory:
            if _memory(callback) is not None:
                strangers.append(name)
        elif hasattr(callback, "set_state"):
            try:
                callback.set_state(memory[key])
            except Exception as error:
                raise TrainingError(f"{name}.set_state failed: {type(error).__name__}: {error}") from error
        elif _is_csv_logger(callback):
            _write_again(callback, memory[key]["text"])
        else:
            for attribute, value in memory[key].items():
                setattr(callback, attribute, value)
    return strangers


def appearance(callback: Any) -> dict[str, str] | None:
    """Return the plain attributes of a callback that does not say what it remembers, to compare later."""
    if _memory(callback) is not None or type(callback).__module__.startswith(("keras.", "yzlite_core.")):
        return None
    return {
        name: repr(value)
        for name, value in vars(callback).items()
        if name not in _OF_EVERY_CALLBACK
        and isinstance(value, (bool, int, float, str, type(None), list, dict, tuple, np.ndarray))
    }


def _memory(callback: Any) -> Any:
    if hasattr(callback, "get_state") and hasattr(callback, "set_state"):
        try:
            return callback.get_state()
        except Exception as error:
            name = type(callback).__name__
            raise TrainingError(f"{name}.get_state failed: {type(error).__name__}: {error}") from error
    if _is_csv_logger(callback):
        return {"text": Path(callback.filename).read_text(encoding="utf-8")}
    for kind in type(callback).__mro__:
        if kind.__module__.startswith("keras.") and kind.__name__ in _COUNTERS:
            known = _COUNTERS[kind.__name__]
            return {name: getattr(callback, name) for name in known if hasattr(callback, name)}
    return None


def _is_csv_logger(callback: Any) -> bool:
    return any(
        k.__name__ == "CSVLogger" and k.__module__.startswith("keras.") for k in type(callback).__mro__
    )


def _write_again(callback: Any, text: str) -> None:
    """Give a CSVLogger the rows that it had written; Keras has just opened its file anew."""
    callback.csv_file.seek(0)
    callback.csv_file.truncate()
    callback.csv_file.write(text)
    callback.keys = (text.splitlines() or [""])[0].split(callback.sep)[1:] or None
    callback.append_header = callback.keys is None


def _numbered(callbacks: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    seen: dict[str, int] = {}
    for callback in callbacks:
        name = type(callback).__name__
        seen[name] = seen.get(name, 0) + 1
        yield f"{name}-{seen[name]}", callback
