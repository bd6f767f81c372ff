"""The weights and states that a training leaves, and how their files are called."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from yzlite_core.contract.values import Best
from yzlite_core.errors import ArtefactNotFoundError, did_you_mean
from yzlite_core.support.files import write_json

WEIGHTS_FOLDER = "weights"
CHECKPOINTS_FOLDER = "checkpoints"
SUFFIX = ".weights.h5"
_NAME = re.compile(r"weights-(\d+)(?:-b(\d+))?-(-?[\d.]+|nan|inf)\.(?:weights\.h5|keras)")
_STATE = re.compile(r"state-(\d+)\.npz")
_BEST = "best.json"
_HIGHER_IS_BETTER = ("acc", "auc", "precision", "recall", "f1", "iou", "cosine", "r2", "fmeasure")


def higher_is_better(monitor: str, mode: str = "auto") -> bool:
    """Tell whether a metric is better the higher it is; `auto` tells by its name."""
    if mode != "auto":
        return mode == "max"
    name = monitor.lower().removeprefix("val_")
    return not name.endswith("loss") and any(part in name for part in _HIGHER_IS_BETTER)


def weights_name(best: Best, batch: int | None = None, *, whole_model: bool = False) -> str:
    """Return the file's name for the weights of an epoch, or of a batch within it."""
    within = "" if batch is None else f"-b{batch:05d}"
    suffix = ".keras" if whole_model else SUFFIX
    return f"weights-{best.epoch:03d}{within}-{best.value:.4f}{suffix}"


def weights_in(folder: Path) -> list[tuple[tuple[int, int], Path]]:
    """Return the weights of a folder with their epoch and batch (0 for the epoch's end), in that order."""
    found = []
    for path in folder.glob("weights-*"):
        match = _NAME.fullmatch(path.name)
        if match:
            found.append(((int(match[1]), int(match[2] or 0)), path))
    return sorted(found)


def remember_best(folder: Path, best: Best, file: str) -> None:
    """Write down which file holds the best weights; names alone do not tell in which direction."""
    told = {"file": file, "epoch": best.epoch, "monitor": best.monitor, "value": best.value}
    write_json(folder / _BEST, told)


def find_weights(folder: Path, name: str | None, monitor: str, mode: str) -> Path:
    """Return the file of weights that `name` means.

    Args:
        folder: The weights of a training.
        name: A path, a file in the folder, or `best` (as None).
        monitor: The metric that tells the best where the training has not written it down.
        mode: `auto`, `min` or `max`.

    Raises:
        ArtefactNotFoundError: If there are no such weights; names those that there are.
    """
    if name not in (None, "best"):
        for path in (Path(str(name)).expanduser(), folder / str(name)):
            if path.is_file():
                return path.absolute()
    files = [path for _, path in weights_in(folder)]
    known = [path.name for path in files]
    if name not in (None, "best"):
        hint = did_you_mean(str(name), known) or f"there are: {', '.join(known) or 'none'}"
        raise ArtefactNotFoundError(f"There are no weights '{name}' in {folder}", hint=hint)
    if not files:
        raise ArtefactNotFoundError(f"There are no weights in {folder}", hint="train the model first")
    try:
        told = folder / str(json.loads((folder / _BEST).read_text(encoding="utf-8"))["file"])
        if told.is_file():
            return told
    except (OSError, ValueError, KeyError):
        pass  # weights from elsewhere: their names tell
    choose: Any = max if higher_is_better(monitor, mode) else min
    best: Path = choose(files, key=lambda path: float(_value(path.name)))
    return best


def _value(name: str) -> str:
    match = _NAME.fullmatch(name)
    return match[3] if match else "nan"


def state_path(train: Path, epoch: int) -> Path:
    """Return where the state after an epoch is kept."""
    return train / f"state-{epoch:03d}.npz"


def checkpoint_path(train: Path, epoch: int) -> Path:
    """Return where the weights after an epoch are kept."""
    return train / CHECKPOINTS_FOLDER / f"weights-{epoch:03d}{SUFFIX}"


def kept_epochs(train: Path) -> list[int]:
    """Return the epochs whose state is kept, in their order."""
    matches = (_STATE.fullmatch(path.name) for path in train.glob("state-*.npz"))
    return sorted(int(match[1]) for match in matches if match)
