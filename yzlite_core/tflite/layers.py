"""A layer of a .tflite: one operator with its tensors and options."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from yzlite_core.tflite.schema import elements, enum_names
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


@dataclass(frozen=True, eq=False)
class TfliteLayer:
    """One operator.

    Attributes:
        index: Its place in the order of execution.
        opcode: The schema's name of what it does (`CONV_2D`), or a custom operator's own name.
        inputs: Its input tensors, constants included; None where an optional one is left out.
        outputs: Its output tensors.
        options: The operator's options by their names in the schema (`stride_w`, `padding`, ...).
    """

    index: int
    opcode: str
    inputs: tuple[TfliteTensor | None, ...]
    outputs: tuple[TfliteTensor, ...]
    options: dict[str, Any]

    @property
    def name(self) -> str:
        """`Op<index>-<opcode>`."""
        return f"Op{self.index}-{self.opcode}"

    def input(self, position: int) -> TfliteTensor | None:
        """Return an input; None if it is left out."""
        return self.inputs[position] if position < len(self.inputs) else None

    @property
    def tensors(self) -> tuple[TfliteTensor, ...]:
        """Inputs and outputs, without those left out."""
        return (*(tensor for tensor in self.inputs if tensor is not None), *self.outputs)


def opcode_of(code: Any) -> str:
    """Return the name of the schema's `OperatorCodeT`."""
    # Files of before 2020 have only the first field, which cannot count beyond 127.
    number = max(code.builtinCode, code.deprecatedBuiltinCode)
    name = enum_names("BuiltinOperator").get(number, f"BUILTIN_{number}")
    return code.customCode.decode(errors="replace") if name == "CUSTOM" and code.customCode else name


def layer_of(index: int, operator: Any, opcode: str, tensors: tuple[TfliteTensor, ...]) -> TfliteLayer:
    """Return the layer that the schema's `OperatorT` describes."""
    chosen = operator.builtinOptions or operator.builtinOptions2
    return TfliteLayer(
        index=index,
        opcode=opcode,
        inputs=tuple(tensors[i] if i >= 0 else None for i in elements(operator.inputs)),
        outputs=tuple(tensors[i] for i in elements(operator.outputs) if i >= 0),
        options=dict(_plain(name, value) for name, value in _fields(chosen).items() if value is not None),
    )


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
