"""Names of `yzlite_core` that are imported when they are first used: its own, and those that plugins lend.

A plugin lists what it lends in the entry-point group `yzlite.exports`; reading that imports nothing. A name
whose plugin is missing raises an ImportError that says what to install, and so does a command.
"""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from yzlite_core.contract.entry_points import COMMANDS, EXPORTS, points
from yzlite_core.contract.stub import public_names
from yzlite_core.errors import MissingPluginError

_KNOWN_COMMANDS = {"export": "yzlite-firmware", "view-images": "yzlite-image"}

_NO_PART = {
    "SshMixin": "train on another machine by running yzlite there, or by a plugin that answers yzlite_fit",
    "WeightsAndBiasesMixin": "write a plugin that answers yzlite_train_callbacks and yzlite_after_fit",
}


def known_lenders() -> list[str]:
    """Return the distributions that are known to lend names or commands."""
    return list(dict.fromkeys([*public_names().lent, *_KNOWN_COMMANDS.values()]))


def lent_names() -> set[str]:
    """Return the names that can be asked for: lent by installed plugins, or known to be lent by one."""
    known = {name for names in public_names().lent.values() for name in names}
    return known | {point.name for point in points(EXPORTS)}


def missing_lenders(script: str) -> list[str]:
    """Return the plugins that a specification needs, by the names in its text, and that are missing."""
    words = set(re.findall(r"\w+", script))
    installed = {point.name for point in points(EXPORTS)}
    return [dist for dist, names in public_names().lent.items() if words & (set(names) - installed)]


def borrowed_by(model: type) -> dict[str, str]:
    """Return the names that a class inherits from plugins, each with the distribution that lends it."""
    ancestry = {f"{base.__module__}:{base.__qualname__}" for base in model.__mro__}
    return {
        point.name: point.dist.name for point in points(EXPORTS) if point.dist and point.value in ancestry
    }


def resolve(name: str) -> Any:
    """Return what `yzlite_core` hands out under `name`, imported, and under `__all__` its own names.

    Raises:
        MissingPluginError: If the plugin that is known to lend it is not installed, or fails.
        AttributeError: If there is no such name.
    """
    if name == "__all__":
        return list(public_names().own)
    # Who imports a module from the package asks for the name first, and imports it if there is none.
    if name.startswith("__") or find_spec(f"yzlite_core.{name}") is not None:
        raise _no_such_name(name)
    names = public_names()
    address = names.own.get(name) or names.parts.get(name)
    if address is None:
        return borrow(name)
    module, _, attribute = address.partition(":")
    return getattr(import_module(module), attribute)


def missing_command(name: str) -> MissingPluginError | None:
    """Return what to say of a command that is not there; None if nobody is known to lend it."""
    if name not in _KNOWN_COMMANDS:
        return None
    dist = _KNOWN_COMMANDS[name]
    lent = f"The command '{name}' comes with the plugin '{dist}'"
    if points(COMMANDS, name):
        return MissingPluginError(
            f"{lent}, which is switched off", hint="take it out of YZLITE_DISABLE_PLUGINS"
        )
    return MissingPluginError(f"{lent}, which is not installed: pip install {dist}")


def borrow(name: str) -> Any:
    """Import what an installed plugin lends under `name`.

    Raises:
        MissingPluginError: If the plugin that is known to lend it is not installed, or fails.
        AttributeError: If nobody lends such a name.
    """
    lenders = points(EXPORTS, name)
    if len(lenders) > 1:
        several = " and ".join(f"'{point.dist.name}'" for point in lenders if point.dist)
        raise MissingPluginError(f"{name} is lent by {several}", hint="uninstall one of them")
    if not lenders:
        for dist, names in public_names().lent.items():
            if name in names:
                raise MissingPluginError(
                    f"{name} comes with the plugin '{dist}', which is not installed: pip install {dist}"
                )
        if name in _NO_PART:
            raise MissingPluginError(f"{name} is not part of YZLite", hint=_NO_PART[name])
        raise _no_such_name(name)
    (point,) = lenders
    try:
        return point.load()
    except MissingPluginError:
        raise
    except Exception as error:
        dist = point.dist.name if point.dist else "?"
        raise MissingPluginError(
            f"{name} comes with the plugin '{dist}', which fails: {type(error).__name__}: {error}"
        ) from error


def _no_such_name(name: str) -> AttributeError:
    return AttributeError(f"module 'yzlite_core' has no attribute {name!r}")
