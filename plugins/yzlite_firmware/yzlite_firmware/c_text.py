"""Names, literals and comments of C that compile without a warning in C99, C++11 and later."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence

import numpy as np

# The smallest value of these types has no literal of its own: the minus is an operator in C.
_LOWEST = {"int32": "(-2147483647 - 1)", "int64": "INT64_MIN"}
_LITERALS = {"int64": "INT64_C({})", "uint64": "UINT64_C({})", "uint32": "{}u"}
_BYTES_PER_LINE = 16


def identifier(text: str) -> str:
    """Return a text as the name of something in C: ASCII letters, digits and underscores."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_") or "unnamed"
    return f"n{name}" if name[0].isdigit() else name


class Names:
    """Hands out identifiers, each once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def __call__(self, text: str) -> str:
        """Return the identifier of a text; a number is appended if another text has taken it.

        Identifiers differ without regard to case, because macros get the capitals of them.
        """
        name = wanted = identifier(text)
        number = 1
        while name.lower() in self._taken:
            number += 1
            name = f"{wanted}_{number}"
        self._taken.add(name.lower())
        return name


def integer(value: int, dtype: str) -> str:
    """Return the literal of an integer of a NumPy type."""
    if value == np.iinfo(dtype).min and dtype in _LOWEST:
        return _LOWEST[dtype]
    literal = _LITERALS.get(dtype, "{}").format(value)
    return f"({literal})" if value < 0 else literal


def real(value: float, *, single: bool = True) -> str:
    """Return the literal of a floating-point number; INFINITY and NAN need <math.h>."""
    suffix = "f" if single else ""
    if math.isnan(value):
        return "NAN"
    with np.errstate(over="ignore"):
        rounded = np.float32(value) if single else np.float64(value)
    if math.isinf(rounded):
        return "INFINITY" if value > 0 else "(-INFINITY)"
    literal = np.format_float_scientific(rounded, trim="0") if rounded else "0.0"
    return f"({literal}{suffix})" if value < 0 else f"{literal}{suffix}"


def string(text: str) -> str:
    """Return the literal of a text, as UTF-8."""
    # Octal, because hexadecimal escapes swallow the digits that follow; no ?, because of trigraphs.
    escaped = {ord('"'): r"\"", ord("\\"): r"\\", ord("?"): r"\?", ord("\n"): r"\n"}
    return (
        '"'
        + "".join(
            escaped.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}")
            for byte in text.encode()
        )
        + '"'
    )


def comment(text: str) -> str:
    """Return a comment of one line."""
    shown = json.dumps(text)[1:-1].replace("*/", "* /").replace("/*", "/ *").replace("??", "? ?")
    return f"/* {shown} */"


def array(items: Iterable[str]) -> str:
    """Return the initialiser of an array; C has no empty ones, so that one holds a zero."""
    listed = list(items) or ["0"]
    return "{\n" + "".join(f"    {item},\n" for item in listed) + "}"


def byte_array(content: bytes) -> str:
    """Return the initialiser of an array of bytes."""
    lines: Sequence[bytes] = [
        content[start : start + _BYTES_PER_LINE] for start in range(0, len(content), _BYTES_PER_LINE)
    ]
    return array(", ".join(f"0x{byte:02x}" for byte in line) for line in lines)
