"""The built-in plugin that tells what a `.tflite` costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yzlite_core.contract.hookspecs import HOOK_CONTRACT, hookimpl

if TYPE_CHECKING:
    from yzlite_core.tflite.summary import ProfilingResults

YZLITE_CONTRACT = HOOK_CONTRACT


@hookimpl
def yzlite_profile(tflite: bytes, target: str | None) -> ProfilingResults | None:
    """Profile for the processor alone."""
    if target is not None:
        return None
    from yzlite_core.tflite.model import TfliteModel
    from yzlite_core.tflite.summary import profile

    return profile(TfliteModel(tflite))
