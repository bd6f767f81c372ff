"""What a model's `dataset` names: how it is found, asked, and forgotten."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from typing import Any

from yzlite_core.errors import DatasetError, did_you_mean
from yzlite_core.support.source_location import line_of, line_of_function


def load_generic_dataset(model: Any, subset: str, test: bool, **kwargs: Any) -> None:
    """Ask what `model.dataset` names for a subset, and set the model's `x`, `y` and `validation_data`.

    Args:
        model: The model.
        subset: `training`, `validation` or `evaluation`.
        test: Whether a few samples of each class are enough.
        **kwargs: Passed on to the loader, as far as it takes them.

    Raises:
        DatasetError: If it returns something else than it may.
    """
    loader = loader_of(model)
    if loader is None:
        return
    loaded = loader(subset, **accepted(loader, {"test": test, **kwargs, "model": model}))
    if loaded is None:
        return
    if isinstance(loaded, str) or (isinstance(loaded, tuple) and len(loaded) not in (1, 2, 3)):
        shown = "a string" if isinstance(loaded, str) else f"{len(loaded)} values"
        raise DatasetError(
            f"The loader of {type(model).__name__}.dataset returned {shown}{line_of_function(loader)}",
            hint="it may return x, (x, y), (x, None, validation_data) or (x, y, validation_data)",
        )
    parts = loaded if isinstance(loaded, tuple) else (loaded,)
    model.x, model.y, model.validation_data = (*parts, None, None)[:3]


def loader_of(model: Any) -> Any:
    """Return the function that `model.dataset` is or has, or None if `dataset` is None.

    Raises:
        DatasetError: If it is neither a function nor something with a function `load_dataset`.
    """
    dataset = model.dataset
    where = line_of(model, "dataset")
    if isinstance(dataset, str):
        from yzlite_core.contract.plugins import load_plugins
        from yzlite_core.model.specification import known_datasets

        dataset = find_dataset(dataset, known_datasets(load_plugins()), where)
    if inspect.isclass(dataset):
        raise DatasetError(
            f"{type(model).__name__}.dataset is the class {dataset.__name__}{where}",
            hint=f"make an object of it: {dataset.__name__}()",
        )
    loader = getattr(dataset, "load_dataset", dataset)
    if loader is not None and not callable(loader):
        shown = getattr(dataset, "__name__", repr(dataset))
        raise DatasetError(
            f"{type(model).__name__}.dataset is {shown}, which has no function load_dataset{where}",
            hint="its load_data is for ImageDatasetMixin and AudioDatasetMixin"
            if hasattr(dataset, "load_data")
            else "set a function (subset, test, **kwargs), or an object or module with load_dataset",
        )
    return loader


def forget(model: Any) -> None:
    """Drop the data that a loader has set on the model; the lines that set it stay known to errors.

    Data that the script itself has given the model, which has no loader then, stays.
    """
    loaded = () if model.has_no_loader else ("x", "y", "validation_data")
    for name in (*loaded, "loaded_subset"):
        model.__dict__.pop(name, None)


def accepted(loader: Any, offered: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the offered arguments that a function takes."""
    parameters = inspect.signature(loader).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return dict(offered)
    return {name: value for name, value in offered.items() if name in parameters}


def find_dataset(name: str, registered: Mapping[str, str], where: str = "") -> Any:
    """Return what a plugin registered as the dataset `name`: a module, an object or a function.

    Args:
        name: The name a specification gave, e.g. `speech_commands_v2`.
        registered: `{name: "module:attribute"}`, as the hook `yzlite_datasets` gathers it.
        where: ` (script.py, line 12)`, the line that gave the name.

    Raises:
        DatasetError: If no plugin registered it; names the nearest.
    """
    if name not in registered:
        known = ", ".join(sorted(registered)) or "none"
        raise DatasetError(
            f"There is no folder and no registered dataset '{name}'{where}",
            hint=did_you_mean(name, registered) or f"registered datasets: {known}",
        )
    module, _, attribute = registered[name].partition(":")
    target = importlib.import_module(module)
    return getattr(target, attribute) if attribute else target


def is_generated(dataset: Any) -> bool:
    """Tell whether a dataset's module, object or function declares `GENERATED = True`."""
    return bool(getattr(dataset, "GENERATED", False))
