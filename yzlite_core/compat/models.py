"""The reference models at the original's address `models`, which the plugin yzlite-models holds."""

from __future__ import annotations

import importlib
from types import ModuleType

from yzlite_core.errors import MissingPluginError


def __getattr__(name: str) -> ModuleType:
    if name.startswith("_"):
        raise AttributeError(name)
    try:
        return importlib.import_module(f"yzlite_models.models.{name}")
    except ModuleNotFoundError as error:
        if error.name == "yzlite_models":
            raise MissingPluginError(
                f"yzlite.models.{name} comes with the plugin 'yzlite-models', which is not installed: "
                "pip install yzlite-models"
            ) from None
        raise AttributeError(f"yzlite-models has no model '{name}'") from error
