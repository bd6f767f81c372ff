"""Helpers that scripts of the original take from its `utils.python` and `utils.hasher`."""

from __future__ import annotations

import hashlib
import importlib.util
import re
from collections.abc import Iterable
from typing import Any

from yzlite_core.errors import MissingPluginError, UnknownSettingError

__all__ = [
    "DictObject",
    "append_exception_msg",
    "as_list",
    "flatten_list",
    "generate_hash",
    "install_pip_package",
    "prepend_exception_msg",
]


class DictObject(dict[str, Any]):
    """A dictionary whose entries are attributes too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise UnknownSettingError(f"There is no entry '{name}'") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value


def as_list(obj: Any, split: str | None = None) -> list[Any]:
    """Return a list of one thing or of several; None is none, and a text may be split."""
    if obj is None:
        return []
    if isinstance(obj, str):
        return [obj] if split is None else obj.split(split)
    return list(obj) if isinstance(obj, Iterable) else [obj]


def flatten_list(values: Iterable[Any]) -> list[Any]:
    """Return the values of lists within lists as one list."""
    flat: list[Any] = []
    for value in values:
        flat += flatten_list(value) if isinstance(value, (list, tuple)) else [value]
    return flat


def generate_hash(*args: Any) -> str:
    """Return the MD5 of the arguments' texts, as hexadecimal digits."""
    return hashlib.md5("".join(map(str, args)).encode()).hexdigest()


def prepend_exception_msg(e: Exception, msg: str) -> Exception:
    """Put a text before what an exception says."""
    e.args = (f"{msg}, err: {e}", *e.args[1:])
    return e


def append_exception_msg(e: Exception, msg: str) -> Exception:
    """Put a text behind what an exception says."""
    e.args = (f"{e}{msg}", *e.args[1:])
    return e


def install_pip_package(package: str, module_name: str | None = None, **kwargs: Any) -> None:
    """See that a package is installed; unlike the original's, this installs nothing behind the user's back.

    Args:
        package: As pip is asked for it.
        module_name: What is imported, if it is called otherwise.
        **kwargs: Accepted for older scripts.

    Raises:
        MissingPluginError: If it is missing; says how to install it.
    """
    module = module_name or re.split(r"[\[<>=!~;, ]", package)[0].replace("-", "_")
    if importlib.util.find_spec(module) is None:
        raise MissingPluginError(f"The package '{package}' is not installed: pip install '{package}'")
