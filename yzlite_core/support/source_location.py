"""Which line of a script is to blame: what errors name beside the setting or function at fault."""

from __future__ import annotations

import inspect
import os
import sys
import traceback
from pathlib import Path, PurePath
from types import FrameType
from typing import Any, Final

SCRIPT_MODULE: Final = "_yzlite_script_"  # begins the name of the module that a specification is executed as
_OWN_PACKAGES = frozenset(
    {"yzlite", "yzlite_core", "yzlite_audio", "yzlite_image", "yzlite_eval", "yzlite_firmware"}
)
_NO_SCRIPTS = _OWN_PACKAGES | sys.stdlib_module_names - {"__main__"}
LINES = "_lines"  # where an object keeps the lines that set it, by dotted name


def calling_line() -> str:
    """Return ` (script.py, line 12)` for the nearest script that led here, or an empty string."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        package = frame.f_globals.get("__name__", "").partition(".")[0]
        path = PurePath(frame.f_code.co_filename)
        installed = "site-packages" in path.parts and not package.startswith(SCRIPT_MODULE)
        if package not in _NO_SCRIPTS and not installed:
            return f" ({path.name}, line {frame.f_lineno})" if path.suffix == ".py" else ""
        frame = frame.f_back
    return ""


def remember_line(target: object, name: str, line: str | None = None) -> None:
    """Keep which line set `name` of an object; None is the line at hand, as `calling_line` tells it."""
    target.__dict__.setdefault(LINES, {})[name] = calling_line() if line is None else line


def is_remembered(target: object, name: str) -> bool:
    """Tell whether somebody has set `name` of an object, to whichever value."""
    return name in target.__dict__.get(LINES, {})


def line_of(target: object, path: str) -> str:
    """Return ` (script.py, line 12)` for the line that set a setting, or an empty string.

    Args:
        target: A model, a data generator, or anything else that has settings.
        path: Dotted name, e.g. `classes` or `checkpoint.monitor`; for an option that has no line of its
            own, the line that assigned its group.
    """
    lines: dict[str, str] = target.__dict__.get(LINES, {})
    name, _, rest = path.partition(".")
    if not rest:
        return lines.get(name, "")
    held = getattr(target, name, None)
    within = line_of(held, rest) if hasattr(held, "__dict__") else ""
    return within or lines.get(name, "")


def line_of_function(function: Any) -> str:
    """Return ` (script.py, line 12)` for the line where a function is defined, or an empty string."""
    code = getattr(inspect.unwrap(function) if callable(function) else None, "__code__", None)
    return "" if code is None else f" ({PurePath(code.co_filename).name}, line {code.co_firstlineno})"


def line_in(path: str | Path, error: BaseException) -> str:
    """Return ` (script.py, line 12)` for the last line that an exception passed there, or an empty string."""
    frames, script = traceback.extract_tb(error.__traceback__), os.path.abspath(path)
    lines = [frame.lineno for frame in frames if os.path.abspath(frame.filename) == script]
    return f" ({PurePath(path).name}, line {lines[-1]})" if lines else ""
