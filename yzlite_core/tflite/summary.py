"""Describe a .tflite in words, and in numbers for whoever has to fit it into a microcontroller."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from yzlite_core.tflite.arena import estimate_arena
from yzlite_core.tflite.file import TfliteFile
from yzlite_core.tflite.layers import TfliteLayer, shown_options
from yzlite_core.tflite.metrics import model_cost
from yzlite_core.tflite.parameters import TfliteModelParameters
from yzlite_core.tflite.tensors import TfliteTensor
from yzlite_core.tflite.tflm import measure_arena


@dataclass(frozen=True)
class LayerProfile:
    """What one layer costs.

    Attributes:
        index: Its place in the order of execution.
        name: `Op<index>-<opcode>`.
        opcode: What it does.
        macs: Multiply-accumulates of one inference; None if the operator is unknown.
        output_shape: Dimensions of its first output.
        bytes: Flash that its constants take.
    """

    index: int
    name: str
    opcode: str
    macs: int | None
    output_shape: tuple[int, ...]
    bytes: int


@dataclass(frozen=True)
class ProfilingResults:
    """What a model costs.

    Attributes:
        flash_bytes: Size of the .tflite.
        arena_bytes: Tensor arena measured with TensorFlow Lite Micro; None if it was not.
        arena_estimate_bytes: Tensor arena as estimated.
        macs: Multiply-accumulates of one inference, over the known layers.
        ops: Arithmetic operations of one inference, over the known layers.
        layers: The layers in their order of execution.
        unknown_layers: Names of the layers that `macs` and `ops` leave out.
    """

    flash_bytes: int
    arena_bytes: int | None
    arena_estimate_bytes: int
    macs: int
    ops: int
    layers: tuple[LayerProfile, ...]
    unknown_layers: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the results as JSON knows them."""
        results = asdict(self)
        results["unknown_layers"] = list(self.unknown_layers)
        results["layers"] = [
            {**asdict(layer), "output_shape": list(layer.output_shape)} for layer in self.layers
        ]
        return results

    def format(self) -> str:
        """Return the results as text."""
        arena = "not measured" if self.arena_bytes is None else _bytes(self.arena_bytes)
        lines = [
            f"Flash:            {_bytes(self.flash_bytes)}",
            f"Arena (TFLM):     {arena}",
            f"Arena (estimate): {_bytes(self.arena_estimate_bytes)}",
            *_totals(self.macs, self.ops, self.unknown_layers),
        ]
        rows = [
            (
                layer.name,
                "unknown" if layer.macs is None else f"{layer.macs:,}",
                _dimensions(layer.output_shape),
                f"{layer.bytes:,}",
            )
            for layer in self.layers
        ]
        return "\n".join([*lines, "", _table(("Layer", "MACs", "Output", "Constants (bytes)"), rows)])


def profile(model: TfliteFile, measure: bool = True) -> ProfilingResults:
    """Count and estimate what a model costs.

    Args:
        model: The model.
        measure: Also run it in TensorFlow Lite Micro, if that is installed, to measure the arena.

    Raises:
        TfliteError: If the tensors of a layer do not fit its operator.
    """
    cost = model_cost(model)
    return ProfilingResults(
        flash_bytes=model.flatbuffer_size,
        arena_bytes=measure_arena(model.flatbuffer_data) if measure else None,
        arena_estimate_bytes=estimate_arena(model).total_bytes,
        macs=cost.macs,
        ops=cost.ops,
        layers=tuple(
            LayerProfile(
                index=layer.index,
                name=layer.name,
                opcode=layer.opcode,
                macs=None if of_layer is None else of_layer.macs,
                output_shape=layer.outputs[0].shape if layer.outputs else (),
                bytes=sum(tensor.size_bytes for tensor in layer.tensors if tensor.is_constant),
            )
            for layer, of_layer in zip(model.layers, cost.layers, strict=True)
        ),
        unknown_layers=cost.unknown_layers,
    )


def summarize(model: TfliteFile) -> str:
    """Return a text with everything that a person asks of a model: ports, layers, totals, parameters.

    Raises:
        TfliteError: If the tensors of a layer do not fit its operator, or the parameters are not readable.
    """
    cost = model_cost(model)
    ports = [
        (side, name, _type(tensor), _quantization(tensor))
        for side, names, tensors in (
            ("input", model.input_names, model.inputs),
            ("output", model.output_names, model.outputs),
        )
        for name, tensor in zip(names, tensors, strict=True)
    ]
    layers = [
        (
            str(layer.index),
            layer.opcode,
            "\n".join(map(_type, filter(None, layer.inputs))),
            "\n".join(map(_type, layer.outputs)),
            "\n".join(_configuration(layer)),
        )
        for layer in model.layers
    ]
    lines = [
        f"Name:        {model.name}",
        f"Description: {model.description or '-'}",
        f"Size:        {_bytes(model.flatbuffer_size)}",
        "",
        _table(("Port", "Name", "Type", "Quantization"), ports),
        "",
        _table(("Index", "OpCode", "Inputs", "Outputs", "Config"), layers),
        "",
        *_totals(cost.macs, cost.ops, cost.unknown_layers),
    ]
    parameters = TfliteModelParameters.load_from_tflite_model(model)
    if parameters:
        lines += ["", "Parameters:", parameters.summary()]
    return "\n".join(lines)


def _totals(macs: int, ops: int, unknown: Sequence[str]) -> list[str]:
    left_out = [f"Not counted:      {', '.join(unknown)} (unknown operators)"] if unknown else []
    return [f"MACs:             {macs:,}", f"Operations:       {ops:,}", *left_out]


def _bytes(count: int) -> str:
    return f"{count:,} bytes"


def _dimensions(shape: Iterable[int]) -> str:
    return "x".join(map(str, shape)) or "scalar"


def _type(tensor: TfliteTensor) -> str:
    return f"{_dimensions(tensor.shape)} {tensor.type.lower()}"


def _quantization(tensor: TfliteTensor) -> str:
    if not tensor.is_quantized:
        return "-"
    if len(tensor.scales) > 1:
        return f"{len(tensor.scales)} scales along dimension {tensor.quantization.quantization_dimension}"
    return f"scale {tensor.scales[0]:.7g}, zero point {tensor.zero_points[0]}"


def _configuration(layer: TfliteLayer) -> list[str]:
    return [f"{name}: {value}" for name, value in shown_options(layer.options).items()]


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return aligned columns; a cell may have several lines."""
    blocks = [[cell.splitlines() or [""] for cell in row] for row in [headings, *rows]]
    widths = [max(len(line) for block in blocks for line in block[column]) for column in range(len(headings))]
    lines = []
    for block in blocks:
        for place in range(max(map(len, block))):
            cells = [cell[place] if place < len(cell) else "" for cell in block]
            lines.append("  ".join(map(str.ljust, cells, widths)).rstrip())
        if block is blocks[0]:
            lines.append("  ".join("-" * width for width in widths))
    return "\n".join(lines)
