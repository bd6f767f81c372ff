"""`profile_model`: what a `.tflite` costs on the device."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yzlite_core.compat.vendor import refuse_hardware
from yzlite_core.files import write_atomic
from yzlite_core.model import YZLiteModel
from yzlite_core.operations.loading import built_tflite, load_tflite_model, load_yzlite_model
from yzlite_core.plugins import load_plugins
from yzlite_core.spec import loaded_before
from yzlite_core.stages.profile import profile_bytes
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


def profile_model(
    model: str | os.PathLike[str] | YZLiteModel | TfliteModel,
    image_path: str | None = None,
    accelerator: str | None = None,
    baud: int = 115200,
    port: str | None = None,
    use_device: bool = False,
    build: bool = False,
    platform: str | None = None,
    runtime_buffer_size: int = -1,
    test: bool = False,
    post_process: bool = True,
    return_estimates: bool = False,
) -> ProfilingModelResults:
    """Tell what a `.tflite` costs on the device: memory, operations, layer by layer.

    Args:
        model: A model, a `.tflite` (as object or path), a script's path, an archive's path, or a name.
        image_path: Of the original's device programs; refused, as all of `use_device`, `port`, `platform`.
        accelerator: Profile for this accelerator, which a plugin knows.
        baud: Accepted for older scripts, without effect.
        port: See `image_path`.
        use_device: See `image_path`.
        build: Build the network, train it in test mode and convert it first.
        platform: See `image_path`.
        runtime_buffer_size: Accepted for older scripts; the memory is measured or estimated, never guessed.
        test: Take what a training in test mode has left.
        post_process: Accepted for older scripts.
        return_estimates: Accepted for older scripts; a plugin that knows the accelerator estimates always.

    Raises:
        VendorHardwareError: If a device is asked for.
        NobodyAnsweredError: If no plugin knows the accelerator.
        ArtefactNotFoundError: If the model has not been trained.
    """
    if use_device or image_path or port or platform:
        refuse_hardware("profile_model")
    if build and not isinstance(model, TfliteModel):
        tflite = TfliteModel(built_tflite(load_yzlite_model(model)))
    else:
        tflite = load_tflite_model(model, test=test)
    specification = model if isinstance(model, YZLiteModel) else None
    plugins = load_plugins()
    if specification is not None:
        plugins = plugins.with_script(loaded_before(specification).module)
    found = profile_bytes(plugins, tflite.flatbuffer_data, model=specification, target=accelerator)
    return ProfilingModelResults(tflite, found, accelerator)
