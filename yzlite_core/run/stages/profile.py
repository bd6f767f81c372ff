"""profile: what the .tflite costs on the device."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from yzlite_core.contract import hookspecs
from yzlite_core.model.places import read_json
from yzlite_core.run.products import Converted, Profiled
from yzlite_core.run.reports import ProfileReport
from yzlite_core.support.files import write_json

if TYPE_CHECKING:
    from yzlite_core.contract.plugins import Plugins
    from yzlite_core.model.model import YZLiteModel
    from yzlite_core.run.run import Run
    from yzlite_core.tflite.summary import ProfilingResults


def profile(run: Run, converted: Converted) -> Profiled:
    """Tell what the `.tflite` costs."""
    results = profile_bytes(run.plugins, converted.tflite, model=run.model)
    report = cast("ProfileReport", results.to_dict())
    write_json(run.paths.reports, {**read_json(run.paths.reports), "profile": report})
    return Profiled(results, report)


def profile_bytes(
    plugins: Plugins, tflite: bytes, *, model: YZLiteModel | None = None, target: str | None = None
) -> ProfilingResults:
    """Profile a .tflite for the processor, or for the accelerator `target`."""
    return plugins.claim(hookspecs.yzlite_profile, model=model, tflite=tflite, target=target).value
