"""Users' functions as steps of the chain."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np

from yzlite_core.data.batches.transforms import Sample

#: What a function may ask for by the name of an argument, and where it is found.
OFFERED: Final[dict[str, Callable[[Sample, np.random.Generator], Any]]] = {
    "class_id": lambda sample, _: sample.label,
    "filename": lambda sample, _: sample.file,
    "batch_index": lambda sample, _: sample.place,
    "batch_class_ids": lambda sample, _: [other.label for other in sample.batch],
    "batch_filenames": lambda sample, _: [other.file for other in sample.batch],
    "rng": lambda _, rng: np.random.default_rng(rng.integers(2**63)),
}

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Call(NamedTuple):
    """How a function is called.

    Attributes:
        takes_params: Whether the parameters of the batches come before the sample's data.
        asked: Which of `OFFERED` it takes besides.
    """

    takes_params: bool
    asked: tuple[str, ...]


def call_of(function: Callable[..., Any]) -> Call:
    """Return how a function wants to be called: `f(data)` or `f(params, data)`, and by name what it asks for.

    Raises:
        ValueError: If it asks for what is not there.
    """
    try:
        given = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a function of C, which does not tell
        return Call(False, ())
    named = {parameter.name for parameter in given}
    takes_params = all(map(_is_data, given[:2])) and len(given) > 1
    for parameter in given[2 if takes_params else 1 :]:
        if _is_required(parameter) and parameter.name not in OFFERED:
            name = getattr(function, "__name__", "the function")
            raise ValueError(
                f"{name} asks for '{parameter.name}', but besides the sample there is only "
                f"{', '.join(OFFERED)} to be had"
            )
    return Call(takes_params, tuple(name for name in OFFERED if name in named))


def sample_function(value: Any) -> Any:
    """Refuse a function that cannot be called with a sample's data and what it may ask for besides."""
    if callable(value):
        call_of(value)
    return value


@dataclass(frozen=True)
class FunctionTransform:
    """A user's function as a step of the chain.

    Args:
        function: Takes the sample's data, or `params` and the sample's data, and of `OFFERED` those that it
            names: its class id, its file in the dataset's folder (without a folder, what names it), its
            place in the batch, class ids and files of all of the batch, and random numbers of its own.
        order: Where in the chain it stands.
        shutdown: Called when no more samples are asked for, for now; None if there is nothing to do.
        params: What a function of two arguments and more is given first.
    """

    function: Callable[..., Any]
    order: int
    shutdown: Callable[[], None] | None = None
    params: Any = None

    def draw(self, rng: np.random.Generator, sample: Sample) -> dict[str, Any]:
        """Return the optional arguments that the function asks for."""
        return {name: OFFERED[name](sample, rng) for name in self._call.asked}

    def apply(self, data: np.ndarray, parameters: dict[str, Any]) -> np.ndarray:
        """Return what the function makes of the data."""
        first = (self.params,) if self._call.takes_params else ()
        return np.asarray(self.function(*first, data, **parameters))

    @cached_property
    def _call(self) -> Call:
        return call_of(self.function)


def _is_data(parameter: inspect.Parameter) -> bool:
    return parameter.kind in _POSITIONAL and _is_required(parameter) and parameter.name not in OFFERED


def _is_required(parameter: inspect.Parameter) -> bool:
    return parameter.default is parameter.empty and "VAR" not in parameter.kind.name
