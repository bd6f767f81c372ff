"""A layer of a .tflite: one operator with its tensors and options."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from yzlite_core.errors import TfliteError
from yzlite_core.tflite.schema import enum_names
from yzlite_core.tflite.tensors import TfliteTensor

# Options whose numbers are members of an enumeration of the schema.
_ENUMS = {
    "padding": "Padding",
    "fused_activation_function": "ActivationFunctionType",
    "mode": "MirrorPadMode",
    "weights_format": "FullyConnectedOptionsWeightsFormat",
    "kernel_type": "LSTMKernelType",
    **dict.fromkeys(
        ("in_data_type", "out_data_type", "out_type", "output_type", "idx_out_type", "quantized_bias_type"),
        "TensorType",
    ),
}


class TfliteLayerOptions(dict[str, Any]):
    """An operator's options by their names in the schema (`stride_w`, `padding`, ...)."""

    def __str__(self) -> str:
        return ", ".join(f"{name}: {value}" for name, value in shown_options(self).items())


@dataclass(frozen=True, eq=False)
class TfliteLayer:
    """One operator.

    Attributes:
        index: Its place in the order of execution.
        opcode: The schema's name of what it does (`CONV_2D`), or a custom operator's own name; it equals the
            member of `TfliteOpCode`.
        inputs: Its input tensors, constants included; None where an optional one is left out.
        outputs: Its output tensors.
        options: The operator's options by their names in the schema (`stride_w`, `padding`, ...).
        metadata: For notes of whoever works with the layer; not stored in the file.
    """

    index: int
    opcode: str
    inputs: tuple[TfliteTensor | None, ...]
    outputs: tuple[TfliteTensor, ...]
    options: TfliteLayerOptions
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """`Op<index>-<opcode>`."""
        return f"Op{self.index}-{self.opcode}"

    @property
    def opcode_str(self) -> str:
        """The operator's name, as text."""
        return str(self.opcode)

    @property
    def n_inputs(self) -> int:
        """Number of inputs, with those left out."""
        return len(self.inputs)

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""
        return len(self.outputs)

    def input(self, position: int) -> TfliteTensor | None:
        """Return an input; None if it is left out."""
        return self.inputs[position] if position < len(self.inputs) else None

    def get_input_tensor(self, index: int = 0) -> TfliteTensor:
        """Return an input that is there.

        Raises:
            TfliteError: If there is none.
        """
        tensor = self.input(index)
        if tensor is None:
            raise TfliteError(f"{self.name} has no input {index}")
        return tensor

    def get_input_data(self, index: int = 0) -> np.ndarray | None:
        """Return the values of an input; None if it is computed."""
        return self.get_input_tensor(index).data

    def get_output_tensor(self, index: int = 0) -> TfliteTensor:
        """Return an output.

        Raises:
            TfliteError: If there is none.
        """
        if index >= len(self.outputs):
            raise TfliteError(f"{self.name} has no output {index}")
        return self.outputs[index]

    def get_output_data(self, index: int = 0) -> np.ndarray | None:
        """Return the values of an output; None, unless it is a constant."""
        return self.get_output_tensor(index).data

    @property
    def tensors(self) -> tuple[TfliteTensor, ...]:
        """Inputs and outputs, without those left out."""
        return (*(tensor for tensor in self.inputs if tensor is not None), *self.outputs)

    def __str__(self) -> str:
        ports = [", ".join(map(str, side)) for side in (filter(None, self.inputs), self.outputs)]
        return f"{self.name}: {' -> '.join(ports)}"


def opcode_of(code: Any) -> str:
    """Return the name of the schema's `OperatorCodeT`."""
    # Files of before 2020 have only the first field, which cannot count beyond 127.
    number = max(code.builtinCode, code.deprecatedBuiltinCode)
    name = enum_names("BuiltinOperator").get(number, f"BUILTIN_{number}")
    return code.customCode.decode(errors="replace") if name == "CUSTOM" and code.customCode else name


def options_of(operator: Any) -> dict[str, Any]:
    """Return the options of the schema's `OperatorT` by name, with enumerations as names."""
    chosen = operator.builtinOptions or operator.builtinOptions2
    return dict(_plain(name, value) for name, value in _fields(chosen).items() if value is not None)


def shown_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that tell something: what is off, or as always, only hides the others."""
    return {
        name: value
        for name, value in options.items()
        if value is not False and value not in ("NONE", "DEFAULT") and name != "quantized_bias_type"
    }


def _fields(options: Any) -> dict[str, Any]:
    return {} if options is None else vars(options)


def _plain(name: str, value: Any) -> tuple[str, Any]:
    name = re.sub(r"([A-Z])", r"_\1", name).lower()
    if name in _ENUMS and isinstance(value, int):
        value = enum_names(_ENUMS[name]).get(value, value)
    elif hasattr(value, "tolist"):
        value = value.tolist()
    elif isinstance(value, bytes):
        value = value.decode(errors="replace")
    return name, value
