"""What distributions announce about themselves; reading it imports nothing of theirs."""

from __future__ import annotations

import os
import re
from typing import Any

import importlib_metadata

HOOKS = "yzlite"
EXPORTS = "yzlite.exports"
COMMANDS = "yzlite.commands"


def canonical(name: str) -> str:
    """Return the name of a plugin or distribution as it is compared: `YZLite_Audio` is `yzlite-audio`."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def disabled_by_environment() -> set[str]:
    """Return the canonical names of plugins and distributions in `YZLITE_DISABLE_PLUGINS`."""
    return {canonical(name) for name in os.environ.get("YZLITE_DISABLE_PLUGINS", "").split(",")} - {""}


def points(group: str, name: str | None = None) -> list[Any]:
    """Return the entry points of a group, or those of one name in it, in a fixed order."""
    found = importlib_metadata.entry_points(group=group)
    return sorted(
        (point for point in found if name in (None, point.name)), key=lambda point: (point.name, point.value)
    )


def enabled_points(group: str) -> list[Any]:
    """Return the entry points of a group, without those of distributions that the user has disabled."""
    off = disabled_by_environment()
    if off:
        off |= {
            canonical(point.dist.name)
            for point in points(HOOKS)
            if point.dist and canonical(point.name) in off
        }
    return [point for point in points(group) if not (point.dist and canonical(point.dist.name) in off)]
