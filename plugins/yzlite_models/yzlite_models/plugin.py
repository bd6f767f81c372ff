"""The hooks of yzlite-models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from yzlite_core.plugin import hookimpl

YZLITE_CONTRACT = 1

_DATASETS = ("hello_audio", "hello_image", "rock_paper_scissors_v1", "speech_commands_v2")


@hookimpl
def yzlite_model_paths() -> Sequence[Path]:
    """Name the folder of the reference models."""
    return [Path(__file__).with_name("models")]


@hookimpl
def yzlite_datasets() -> Mapping[str, str]:
    """Name the datasets; each is a module of `yzlite_models.datasets`."""
    return {name: f"yzlite_models.datasets.{name}" for name in _DATASETS}
