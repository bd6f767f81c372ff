"""Checks that settings share (`Setting(parse=...)`): each raises ValueError with the reason.

A value of another type is left to the setting's own check of types.
"""

from __future__ import annotations

import math
from typing import Any


def at_least_one(value: Any) -> Any:
    """Refuse a number below 1."""
    if isinstance(value, (int, float)) and value < 1:
        raise ValueError(f"takes a number from 1 on, got {value}")
    return value


def share(value: Any) -> Any:
    """Refuse what is no share of a whole."""
    if isinstance(value, (int, float)) and not 0 <= value < 1:
        raise ValueError(f"{value} is no share: it goes from 0 to below 1")
    return value


def not_negative(value: Any) -> Any:
    """Refuse a number below 0."""
    if isinstance(value, (int, float)) and not 0 <= value < math.inf:
        raise ValueError(f"{value} is out of range: it goes from 0 upwards")
    return value


def count(value: Any) -> Any:
    """Refuse what is neither a number of samples nor -1."""
    if isinstance(value, int) and value != -1 and value < 1:
        raise ValueError(f"{value} is no number of samples: it is 1 or more, or -1 for all")
    return value


def cores(value: Any) -> Any:
    """Refuse what is no number of cores, no share of them and not -1."""
    if isinstance(value, (int, float)) and value != -1:
        most = 1.0 if isinstance(value, float) else math.inf
        if not 0 < value <= most:
            raise ValueError(f"{value} is neither a number of cores, nor a share up to 1.0, nor -1 for all")
    return value


def dtype_name(value: Any) -> str:
    """Return the name of a data type, given as a name, a NumPy type or a TensorFlow type."""
    import numpy as np

    try:
        return str(np.dtype(getattr(value, "name", value)))
    except TypeError:
        raise ValueError(f"{value!r} is no data type such as 'float32' or 'int8'") from None


def factors(value: Any) -> Any:
    """Refuse a pair that is no range of factors."""
    return within(value, 0, math.inf, "factors: give (smallest, largest), from 0 upwards")


def within(value: Any, low: float, high: float, kind: str) -> Any:
    """Refuse a pair that does not ascend, or leaves `low` to `high`; `kind` says what it is a range of."""
    if is_pair(value) and not (low <= value[0] <= value[1] <= high and value[1] < math.inf):
        raise ValueError(f"{tuple(value)} is no range of {kind}")
    return value


def is_pair(value: Any) -> bool:
    """Tell whether a value is a pair of numbers."""
    is_sequence = isinstance(value, (tuple, list)) and len(value) == 2
    return is_sequence and all(isinstance(item, (int, float)) for item in value)
