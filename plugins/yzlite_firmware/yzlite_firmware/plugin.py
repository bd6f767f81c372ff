"""The firmware plugin's hook implementations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from yzlite_core.plugin import hookimpl

if TYPE_CHECKING:
    from yzlite_core.plugin import Arena

YZLITE_CONTRACT = 1


@hookimpl
def yzlite_export_sources(tflite: bytes, name: str, prefix: str, arena: Arena) -> Mapping[str, str]:
    """Write the model, its parameters, the resolver of its operators and an example."""
    from yzlite_firmware.sources import model_sources

    return model_sources(tflite, name, prefix, arena)
