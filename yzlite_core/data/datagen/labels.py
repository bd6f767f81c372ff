"""Class ids to the targets of a network."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from yzlite_core.errors import DatasetError

CLASS_MODES: Final = ("categorical", "binary", "sparse", "input", "none")

Targets = np.ndarray | Literal["input"] | None


def encode_labels(class_ids: np.ndarray, n_classes: int, class_mode: str | None) -> Targets:
    """Return the targets of samples in the form that a class mode asks for.

    Args:
        class_ids: int of shape (n,).
        n_classes: The number of classes.
        class_mode: `categorical`, `binary`, `sparse`, `input`, and `none` or None.

    Returns:
        float32 of shape (n, n_classes) with one 1 in a row; float32 of 0 and 1, shape (n,); int32 of
        shape (n,); `'input'`; None.

    Raises:
        DatasetError: If the class mode is unknown, is binary for other than two classes, or an id is
            that of no class.
    """
    mode = class_mode or "none"
    if mode not in CLASS_MODES:
        raise DatasetError(f"There is no class_mode '{mode}'", hint=f"it is one of {', '.join(CLASS_MODES)}")
    if mode == "binary" and n_classes != 2:
        raise DatasetError(
            f"class_mode 'binary' is for 2 classes, and there are {n_classes}", hint="use 'categorical'"
        )
    if len(class_ids) and not 0 <= class_ids.min() <= class_ids.max() < n_classes:
        raise DatasetError(
            f"The labels go from {class_ids.min()} to {class_ids.max()}, but there are {n_classes} classes",
            hint="name each class in `classes`",
        )
    if mode == "categorical":
        return np.asarray(np.eye(n_classes, dtype=np.float32)[class_ids])
    if mode in ("binary", "sparse"):
        return class_ids.astype(np.float32 if mode == "binary" else np.int32)
    return "input" if mode == "input" else None
