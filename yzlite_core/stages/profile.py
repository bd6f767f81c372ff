"""profile: what the .tflite costs on the device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yzlite_core import hookspecs
from yzlite_core.artefacts import artefact

if TYPE_CHECKING:
    from yzlite_core.model import YZLiteModel
    from yzlite_core.plugins import Plugins
    from yzlite_core.run import Run
    from yzlite_core.tflite.summary import ProfilingResults


def profile(run: Run) -> dict[str, Any]:
    """Profile the run's .tflite and return the report."""
    tflite = artefact(run, run.paths.tflite).read_bytes()
    return profile_bytes(run.plugins, tflite, model=run.model).to_dict()


def profile_bytes(
    plugins: Plugins, tflite: bytes, *, model: YZLiteModel | None = None, target: str | None = None
) -> ProfilingResults:
    """Profile a .tflite for the processor, or for the accelerator `target`."""
    return plugins.claim(hookspecs.yzlite_profile, model=model, tflite=tflite, target=target).value
