"""Numbers as people read them."""

from __future__ import annotations

import json
from typing import Any

from yzlite_core.plugin.files import to_jsonable

_LONGEST = 1000
_MINUS = "\u2212"

#: What stands for a value that is undefined.
DASH = "\u2013"


def percent(share: float | None, digits: int = 2) -> str:
    """Return a share of 0 to 1 in percent; a dash if it is undefined."""
    return DASH if share is None else f"{100 * share:.{digits}f}\u202f%"


def points(change: float, digits: int) -> str:
    """Return the difference of two shares in percentage points, with its sign."""
    rounded = round(100 * change, digits)
    sign = "+" if rounded > 0 else _MINUS if rounded < 0 else "±"
    return f"{sign}{abs(rounded):.{digits}f}"


def decimal(value: float | None) -> str:
    """Return a number with four significant digits; a dash if it is undefined."""
    return DASH if value is None else f"{value:#.4g}".rstrip(".").replace("-", _MINUS)


def count(value: int) -> str:
    """Return a whole number with its thousands apart."""
    return f"{value:,}"


def number_of(value: int, noun: str) -> str:
    """Return how many there are of something: `1 epoch`, `1,000 epochs`."""
    return f"{count(value)} {noun}{'' if value == 1 else 's'}"


def short(value: int) -> str:
    """Return a large number with a letter for its thousands: `45.8 k`, `2.66 M`."""
    for size, letter in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return f"{value / size:#.3g}".rstrip(".") + f"\u202f{letter}"
    return str(value)


def size(n_bytes: int) -> str:
    """Return a size in units of a thousand bytes: `45.8 kB`."""
    shown = short(n_bytes)
    return f"{shown}B" if n_bytes >= 1_000 else f"{shown}\u202fB"


def duration(seconds: float) -> str:
    """Return a time as `41 s`, `3.4 min` or `2.1 h`."""
    for size_in_seconds, unit in ((3600, "h"), (60, "min")):
        if seconds >= size_in_seconds:
            return f"{seconds / size_in_seconds:.1f}\u202f{unit}"
    return f"{seconds:.3g}\u202fs"


def value_text(value: Any) -> str:
    """Return a setting's or a record's value as one line of text, shortened if it is very long."""
    plain = to_jsonable(value)
    shown = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"
