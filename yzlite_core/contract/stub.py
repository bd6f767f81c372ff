"""The names that a package hands out, as its stub (`.pyi`) lists them.

They stand there once: type checkers read them, and so does this module, without importing what it reads of.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_CORE = "yzlite_core"


@dataclass(frozen=True)
class PublicNames:
    """What the stub of `yzlite_core` lists.

    Attributes:
        own: The core's names, each with its address, `module:attribute`.
        parts: Further ones, which `from yzlite_core import *` leaves out.
        lent: Distributions that lend names, each with these and their addresses.
    """

    own: Mapping[str, str]
    parts: Mapping[str, str]
    lent: Mapping[str, Mapping[str, str]]


@cache
def public_names() -> PublicNames:
    """Read the stub of `yzlite_core`.

    A name that a line `from module import name as name` of the file's first level names is public; it is
    lent by the distribution whose package the module is of. Parts are what a star stands for, and what is
    imported only out of sight of type checkers.
    """
    own: dict[str, str] = {}
    parts: dict[str, str] = {}
    lent: dict[str, dict[str, str]] = {}
    tree = _parsed("__init__.pyi")
    for line in (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)):
        module = line.module or ""
        package = module.partition(".")[0]
        for alias in line.names:
            name, address = alias.asname or alias.name, f"{module}:{alias.name}"
            if alias.name == "*":
                parts |= {part: f"{module}:{part}" for part in _all_of(module)}
            elif line not in tree.body:
                parts[name] = address
            elif package == _CORE:
                own[name] = address
            elif package.startswith("yzlite_"):
                lent.setdefault(package.replace("_", "-"), {})[name] = address
    return PublicNames(own, parts, lent)


def handed_out(module: str) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """Return `__all__`, `__getattr__` and `__dir__` of a module that hands out what its stub lists.

    A name is imported when it is first used.

    Args:
        module: One of the core's, whose stub holds nothing but lines `from module import name as name`.
    """
    addresses = dict(_listed(module))

    def get(name: str) -> Any:
        if name not in addresses:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        source, attribute = addresses[name]
        # as `from source import attribute` finds it, be it a module
        value = getattr(__import__(source, fromlist=[attribute]), attribute)
        setattr(sys.modules[module], name, value)
        return value

    return list(addresses), get, lambda: sorted({*vars(sys.modules[module]), *addresses})


def _listed(module: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the names in a module's stub, each with where it comes from."""
    *folders, last = module.split(".")[1:]
    is_package = hasattr(sys.modules[module], "__path__")
    stub = (*folders, last, "__init__.pyi") if is_package else (*folders, f"{last}.pyi")
    for line in _parsed(*stub).body:
        if isinstance(line, ast.ImportFrom):
            for alias in line.names:
                yield alias.asname or alias.name, (line.module or "", alias.name)


def _all_of(module: str) -> list[str]:
    """Return the `__all__` of one of the core's modules."""
    *folders, file = module.split(".")[1:]
    for node in _parsed(*folders, f"{file}.py").body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return []


def _parsed(*path: str) -> ast.Module:
    return ast.parse(Path(__file__).parents[1].joinpath(*path).read_text(encoding="utf-8"))
