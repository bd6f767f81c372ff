"""Judge what a plugin brings: its contract, its hook implementations, and their answers.

A fault is a sentence that goes on after the plugin's name: `it implements yzlite_fitt, which is no hook`.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import ModuleType
from typing import Any

from yzlite_core.contract import hookspecs
from yzlite_core.errors import did_you_mean

MARKER = f"{hookspecs.PROJECT}_impl"  # what `hookimpl` leaves on a function


def is_observed(hook: str) -> bool:
    """Tell whether a hook is of the kind that only tells."""
    return getattr(getattr(hookspecs, hook, None), "kind", None) == "tell"


def hook_names(module: object) -> list[str]:
    """Return the names of a module's hook implementations, in their order there."""
    return [name for name, member in vars(module).items() if _is_marked(member)]


def fault_of_contract(module: ModuleType, dist: str) -> str | None:
    """Return why a plugin cannot work with this core: it states no contract, or another."""
    contract, ours = getattr(module, "YZLITE_CONTRACT", None), hookspecs.HOOK_CONTRACT
    if contract is None:
        return f"it states no contract: add YZLITE_CONTRACT = {ours} to {module.__name__}"
    if not isinstance(contract, int):
        return f"it states the contract {contract!r}, which is no number: write YZLITE_CONTRACT = {ours}"
    if contract != ours:
        upgrade = dist if contract < ours else "yzlite-core"
        return (
            f"it was written for contract {contract}, and this core speaks contract {ours}: upgrade {upgrade}"
        )
    return None


def fault_of_hooks(module: ModuleType) -> str | None:
    """Return what is wrong with the first hook implementation that could not be called, or None."""
    for name, member in vars(module).items():
        if _is_marked(member):
            fault = _fault_of_implementation(name, member)
            if fault is not None:
                return fault
        elif name in _hooks() and inspect.isfunction(member) and member.__module__ == module.__name__:
            return f"its {name} is not marked: put @hookimpl above it"
    return None


def fault_of_answer(hook: str, value: Any) -> str | None:
    """Return what an answer is, if it is not of the kind that the hook's specification says.

    A class that the specification names is told by its module and its qualified name, so that judging an
    answer imports nothing. Sequences are looked into; mappings and one-time iterables are not.
    """
    wanted = _hooks()[hook].__annotations__["return"].removesuffix(" | None")
    kind, _, element = wanted.removesuffix("]").partition("[")
    if not _is_a(value, kind):
        return f"{_a(value, wanted)}, not with {wanted}"
    if kind == "Sequence":
        for item in value:
            if not _is_a(item, element):
                return f"{_a(value)} that holds {_a(item, wanted)}, not with {wanted}"
    return None


def _hooks() -> dict[str, Callable[..., Any]]:
    return {name: spec for name, spec in vars(hookspecs).items() if name.startswith("yzlite_")}


def _is_marked(member: object) -> bool:
    # only of what can be called: asking a lazily loaded module for an attribute would import it
    return callable(member) and isinstance(getattr(member, MARKER, None), dict)


def _fault_of_implementation(name: str, implementation: Any) -> str | None:
    spec, options = _hooks().get(name), getattr(implementation, MARKER)
    if options["specname"]:
        return f"its {name} goes by another name than the hook: call it {options['specname']}"
    if spec is None:
        return f"it implements {name}, which is no hook; {did_you_mean(name, _hooks()) or 'see hookspecs.py'}"
    if inspect.isclass(implementation):
        return f"its {name} is a class, not a function"
    if options["hookwrapper"]:
        return f"its {name} is a wrapper of the old style: write @hookimpl(wrapper=True) and return a result"
    if options["wrapper"] and is_observed(name):
        return f"its {name} is a wrapper, but who is only told something cannot be wrapped: use @hookimpl"
    if options["wrapper"] and not inspect.isgeneratorfunction(implementation):
        return f"its {name} is a wrapper that never yields: write `result = yield` in it"
    return _fault_of_arguments(name, implementation, list(inspect.signature(spec).parameters))


def _fault_of_arguments(name: str, implementation: Any, offered: list[str]) -> str | None:
    has = f"the hook has only {', '.join(offered)}" if offered else "the hook has no arguments"
    for argument in inspect.signature(implementation).parameters.values():
        if argument.kind in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD):
            return f"its {name} asks for {argument}; name the arguments that it needs: {has}"
        if argument.name not in offered:
            return f"its {name} asks for {argument.name}, but {has}"
        if argument.default is not argument.empty or argument.kind is argument.KEYWORD_ONLY:
            return f"its {name} would never be given {argument.name}: write it as a plain argument"
    return None


def _is_a(value: object, kind: str) -> bool:
    if kind == "Any":
        return True
    if " | " in kind:
        return any(_is_a(value, each) for each in kind.split(" | "))
    if kind in KINDS:
        return KINDS[kind](value)
    return any(_is_named(base, kind) for base in type(value).__mro__)


def _is_named(cls: type, name: str) -> bool:
    """Tell whether a class is the one that hookspecs.py means by a name: at home there, or lent there."""
    module = _modules().get(name, "builtins")
    if cls.__qualname__ != name:
        return False
    return cls.__module__ == module or getattr(sys.modules.get(module), name, None) is cls


@functools.cache
def _modules() -> Mapping[str, str]:
    """Return the module of each name that hookspecs.py imports, for type checkers alone or not."""
    return {
        alias.name: node.module
        for node in ast.walk(ast.parse(inspect.getsource(hookspecs)))
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for alias in node.names
    }


def _is_keras_model(value: object) -> bool:
    return any(
        base.__qualname__ == "Model" and base.__module__.startswith("keras.") for base in type(value).__mro__
    )


#: How an answer is told to be of a kind that is no class of its own, or not to be imported for it.
KINDS: Mapping[str, Callable[[Any], bool]] = {
    "Sequence": lambda value: isinstance(value, Sequence) and not isinstance(value, (str, bytes)),
    "Mapping": lambda value: isinstance(value, Mapping),
    "Iterable": lambda value: isinstance(value, Iterable) and not isinstance(value, (str, bytes)),
    "Path": lambda value: isinstance(value, str) or hasattr(value, "__fspath__"),
    "Transform": lambda value: all(hasattr(value, name) for name in ("order", "draw", "apply")),
    "BatchTransform": lambda value: all(
        hasattr(value, name) for name in ("order", "draw_batch", "apply_batch")
    ),
    "KerasModel": _is_keras_model,
}


def _a(value: object, wanted: str = "") -> str:
    """Return the name of a value's class, with its module where the name alone looks like what is wanted."""
    cls = type(value)
    looks_right = any(base.__name__ in wanted and base.__module__ != "builtins" for base in cls.__mro__)
    name = f"{cls.__module__}.{cls.__qualname__}" if looks_right else cls.__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
