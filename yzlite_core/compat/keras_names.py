"""Names that scripts of the original take from its `core.keras`, imported from Keras when they are used."""

from __future__ import annotations

import importlib
from typing import Any

from yzlite_core.errors import did_you_mean

_NAMES = {
    "KerasModel": "keras:Model",
    "DataSequence": "keras.utils:PyDataset",
    "load_keras_model": "keras.models:load_model",
    "array_to_img": "keras.utils:array_to_img",
    "img_to_array": "keras.utils:img_to_array",
    "load_img": "keras.utils:load_img",
}


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        hint = did_you_mean(name, _NAMES) or f"there are {', '.join(_NAMES)}"
        raise AttributeError(f"yzlite.core.keras has no {name} ({hint})")
    module, _, attribute = _NAMES[name].partition(":")
    return getattr(importlib.import_module(module), attribute)
