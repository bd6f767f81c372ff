"""Does a value fit an annotation? The small part of Python's typing that settings need."""

from __future__ import annotations

import collections.abc
import numbers
import types
from typing import Any, Literal, Union, get_args, get_origin

_NONE = type(None)


def conforms(value: Any, hint: Any) -> bool:
    """Tell whether `value` fits the annotation `hint`.

    Knows Any, None, classes, unions, Literal, Callable, and list, tuple, dict and sequence with
    their element types. A bool is not an int; an int is a float; NumPy scalars count as numbers.
    """
    if hint is Any or hint is object:
        return True
    if hint is None:
        return value is None
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return any(conforms(value, option) for option in get_args(hint))
    if origin is Literal:
        return value in get_args(hint)
    if hint is collections.abc.Callable or origin is collections.abc.Callable:
        return callable(value)
    if origin is not None:
        return _conforms_container(value, origin, get_args(hint))
    if hint is bool:
        return isinstance(value, bool)
    if hint is int:
        return isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if hint is float:
        return isinstance(value, numbers.Real) and not isinstance(value, bool)
    return isinstance(value, hint)


def _conforms_container(value: Any, origin: Any, args: tuple[Any, ...]) -> bool:
    if origin is tuple:
        if not isinstance(value, (tuple, list)):
            return False
        if len(args) == 2 and args[1] is Ellipsis:
            return all(conforms(item, args[0]) for item in value)
        return len(value) == len(args) and all(map(conforms, value, args))
    if not isinstance(value, origin) or isinstance(value, (str, bytes)):
        return False
    if issubclass(origin, collections.abc.Mapping):
        return all(conforms(k, args[0]) and conforms(v, args[1]) for k, v in value.items())
    return all(conforms(item, args[0]) for item in value)


def coerce(value: Any, hint: Any) -> Any:
    """Return a conforming value in its plain form: Python numbers, tuples where tuples are asked for."""
    if hint is int:
        return int(value)
    if hint is float:
        return float(value)
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        exact = [option for option in get_args(hint) if isinstance(option, type) and type(value) is option]
        fitting = exact or [option for option in get_args(hint) if conforms(value, option)]
        return coerce(value, fitting[0])
    if origin is tuple:
        args = get_args(hint)
        kinds = [args[0]] * len(value) if len(args) == 2 and args[1] is Ellipsis else args
        return tuple(map(coerce, value, kinds))
    return value


def hint_text(hint: Any) -> str:
    """Return how a sentence names the annotation: `int`, `str or None`, `(int, int, int)`."""
    if hint is None or hint is _NONE:
        return "None"
    if hint is Any:
        return "anything"
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(map(hint_text, args)))
    if origin is Literal:
        return " or ".join(map(repr, args))
    if hint is collections.abc.Callable or origin is collections.abc.Callable:
        return "a callable"
    if origin is tuple:
        if len(args) == 2 and args[1] is Ellipsis:
            return f"a tuple of {hint_text(args[0])}"
        return "(" + ", ".join(map(hint_text, args)) + ")"
    if origin is not None:
        name = getattr(origin, "__name__", str(origin)).lower()
        return f"a {name} of {hint_text(args[-1])}"
    return getattr(hint, "__name__", str(hint))
