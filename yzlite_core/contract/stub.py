"""The names that `yzlite_core` hands out, as its stub `__init__.pyi` lists them.

They stand there once: type checkers read them, and so does this module, without importing what it reads of.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

_CORE = "yzlite_core"


@dataclass(frozen=True)
class PublicNames:
    """What the stub lists.

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
    """Read the stub.

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


def _all_of(module: str) -> list[str]:
    """Return the `__all__` of one of the core's modules."""
    *folders, file = module.split(".")[1:]
    for node in _parsed(*folders, f"{file}.py").body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return []


def _parsed(*path: str) -> ast.Module:
    return ast.parse(resources.files(_CORE).joinpath(*path).read_text(encoding="utf-8"))
