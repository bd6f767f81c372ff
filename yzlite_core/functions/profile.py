"""Tell what a `.tflite` costs on the device."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yzlite_core.contract.plugins import load_plugins
from yzlite_core.functions.load import AnyModel, built_tflite, trained_tflite
from yzlite_core.model.model import YZLiteModel
from yzlite_core.model.specification import loaded_before
from yzlite_core.run.stages.profile import profile_bytes
from yzlite_core.support.files import write_atomic
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.summary import LayerProfile, ProfilingResults


@dataclass(frozen=True)
class ProfilingModelResults:
    """What a model costs, and which model it is.

    Attributes:
        tflite_model: The profiled model.
        profile: What it costs.
        accelerator: The accelerator that it was profiled for; None for the processor alone.
    """

    tflite_model: TfliteModel
    profile: ProfilingResults
    accelerator: str | None = None

    @property
    def name(self) -> str:
        """The model's name."""
        return self.tflite_model.name

    @property
    def flatbuffer_size(self) -> int:
        """Size of the `.tflite` in bytes: the flash that it takes."""
        return self.profile.flash_bytes

    @property
    def runtime_memory_bytes(self) -> int:
        """Bytes of RAM for the tensors: measured with TFLM where that is installed, else estimated."""
        measured = self.profile.arena_bytes
        return self.profile.arena_estimate_bytes if measured is None else measured

    @property
    def layers(self) -> Sequence[LayerProfile]:
        """The layers in their order of execution."""
        return self.profile.layers

    @property
    def n_layers(self) -> int:
        """The number of layers."""
        return len(self.profile.layers)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference."""
        return self.profile.macs

    @property
    def ops(self) -> int:
        """Arithmetic operations of one inference."""
        return self.profile.ops

    @property
    def input_shape_str(self) -> str:
        """The shapes of the inputs, as text."""
        return ", ".join("x".join(map(str, tensor.shape)) for tensor in self.tflite_model.inputs)

    @property
    def output_shape_str(self) -> str:
        """The shapes of the outputs, as text."""
        return ", ".join("x".join(map(str, tensor.shape)) for tensor in self.tflite_model.outputs)

    @property
    def input_dtype_str(self) -> str:
        """The types of the inputs, as text."""
        return ", ".join(tensor.type.lower() for tensor in self.tflite_model.inputs)

    @property
    def output_dtype_str(self) -> str:
        """The types of the outputs, as text."""
        return ", ".join(tensor.type.lower() for tensor in self.tflite_model.outputs)

    def get_summary(self) -> dict[str, Any]:
        """Return the totals."""
        summary: dict[str, Any] = {
            "name": self.name,
            "accelerator": self.accelerator or "none",
            "input_shape": self.input_shape_str,
            "input_dtype": self.input_dtype_str,
            "output_shape": self.output_shape_str,
            "output_dtype": self.output_dtype_str,
            "runtime_memory_bytes": self.runtime_memory_bytes,
        }
        totals = {key: value for key, value in self.profile.to_dict().items() if key != "layers"}
        return {**summary, **totals}

    def to_dict(self) -> dict[str, Any]:
        """Return the totals in `summary`, and `layers`."""
        return {"summary": self.get_summary(), "layers": self.profile.to_dict()["layers"]}

    def to_json(self, indent: int = 2) -> str:
        """Return `to_dict` as JSON."""
        return json.dumps(self.to_dict(), indent=indent)

    def to_string(self, format_units: bool = True) -> str:
        """Return the table of layers and the totals.

        Args:
            format_units: Separate thousands; False writes numbers that a program can read.
        """
        text = self.profile.format()
        return text if format_units else re.sub(r"(?<=\d),(?=\d{3})", "", text)

    def generate_report(self, output_dir: str | os.PathLike[str], format_units: bool = True) -> list[Path]:
        """Write `profiling_report-<accelerator>-simulated.txt` and `.json`, and return their paths.

        Args:
            output_dir: Where to; made if it is not there.
            format_units: As in `to_string`.
        """
        stem = Path(output_dir) / f"profiling_report-{self.accelerator or 'none'}-simulated"
        text = write_atomic(stem.with_suffix(".txt"), self.to_string(format_units) + "\n")
        return [text, write_atomic(stem.with_suffix(".json"), self.to_json() + "\n")]

    def __str__(self) -> str:
        return self.to_string()


def profile(
    model: AnyModel | TfliteModel,
    *,
    accelerator: str | None = None,
    build: bool = False,
    test: bool = False,
    without: Sequence[str] = (),
    log: logging.Logger | None = None,
) -> ProfilingModelResults:
    """Tell what a `.tflite` costs on the device: memory, operations, layer by layer.

    Args:
        model: A model, a `.tflite` (as object or path), the path of a script, an archive or a log directory,
            or a name.
        accelerator: Profile for this accelerator, which a plugin knows.
        build: Build the network, train it in test mode and convert it first.
        test: Take what a training in test mode has left.
        without: Names of plugins that are not loaded.
        log: Where the lines of a training go; None drops them.

    Raises:
        NobodyAnsweredError: If no plugin knows the accelerator.
        ArtefactNotFoundError: If the model has not been trained.
    """
    if isinstance(model, TfliteModel):
        tflite = model
    elif build:
        tflite = TfliteModel(built_tflite(model, log))
    else:
        tflite = trained_tflite(model, test=test, without=without)
    plugins, own = load_plugins(disabled=without), None
    if isinstance(model, YZLiteModel):
        own, plugins = model, plugins.with_script(loaded_before(model).module)
    found = profile_bytes(plugins, tflite.flatbuffer_data, model=own, target=accelerator)
    return ProfilingModelResults(tflite, found, accelerator)
