"""Anomaly scores: how far a reconstruction is from its original."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from yzlite_core.errors import ModelError

ScoringFunction = Callable[[np.ndarray, np.ndarray], Any]


def mean_squared_error(original: np.ndarray, decoded: np.ndarray) -> float:
    """Return the mean of the squared differences."""
    return float(np.mean(np.square(original.astype(np.float64) - decoded)))


def mean_absolute_error(original: np.ndarray, decoded: np.ndarray) -> float:
    """Return the mean of the absolute differences."""
    return float(np.mean(np.abs(original.astype(np.float64) - decoded)))


_BY_LOSS: dict[str, ScoringFunction] = {
    "mse": mean_squared_error,
    "mean_squared_error": mean_squared_error,
    "meansquarederror": mean_squared_error,
    "mae": mean_absolute_error,
    "mean_absolute_error": mean_absolute_error,
    "meanabsoluteerror": mean_absolute_error,
}


def scoring_function_of(loss: Any) -> ScoringFunction:
    """Return the score that belongs to a loss.

    Args:
        loss: The name, the function or the object of a Keras loss.

    Raises:
        ModelError: If no score belongs to it.
    """
    name = loss if isinstance(loss, str) else getattr(loss, "name", None) or getattr(loss, "__name__", "")
    found = _BY_LOSS.get(str(name).lower())
    if found is None:
        shown = f"the loss '{name}'" if name else "a model without a named loss"
        raise ModelError(
            f"An auto-encoder is scored by 'mse' or 'mae', and {shown} is neither",
            hint="set my_model.scoring_function to a function (original, decoded) that returns the score",
        )
    return found


def score_samples(function: ScoringFunction, originals: np.ndarray, decoded: np.ndarray) -> np.ndarray:
    """Return the score of each sample, float64 of shape (n,).

    Args:
        function: Scores one sample; what it returns is averaged if it is no single number.
        originals: The network's inputs, shape (n, ...).
        decoded: The network's outputs; brought into the shape of the inputs, which it may have flattened.

    Raises:
        ModelError: If the two do not hold the same number of values.
    """
    if originals.size != decoded.size:
        raise ModelError(
            f"The auto-encoder turns samples of shape {originals.shape[1:]} into {decoded.shape[1:]}, "
            "so they cannot be compared",
            hint="an auto-encoder's output has the shape of its input",
        )
    pairs = zip(originals, decoded.reshape(originals.shape), strict=True)
    return np.array([np.mean(np.asarray(function(*pair))) for pair in pairs], dtype=np.float64)
