"""Checks that settings share (`Setting(parse=...)`): each raises ValueError with the reason.

A value of another type is left to the setting's own check of types.
"""

from __future__ import annotations

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
