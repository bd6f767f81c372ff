"""Count what a layer computes.

MACs are multiply-accumulates of the layers that are made of them (convolution, dense, matrix product,
recurrent); other layers have none. Operations count every arithmetic step: two for each MAC, one for
each addition of a bias, fused activation, comparison or elementary function. A layer whose operator is
not known here has no number at all, because 0 would look like one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from yzlite_core.errors import TfliteError
from yzlite_core.tflite.file import TfliteFile
from yzlite_core.tflite.layers import TfliteLayer


@dataclass(frozen=True)
class Cost:
    """What one inference of a layer takes.

    Attributes:
        macs: Multiply-accumulates.
        ops: Arithmetic operations, those of the MACs included.
    """

    macs: int
    ops: int


@dataclass(frozen=True)
class ModelCost:
    """What one inference takes.

    Attributes:
        macs: Sum over the known layers.
        ops: Sum over the known layers.
        layers: One entry for each layer; None for an unknown operator.
        unknown_layers: Names of the layers that the sums leave out.
    """

    macs: int
    ops: int
    layers: tuple[Cost | None, ...]
    unknown_layers: tuple[str, ...]


def model_cost(model: TfliteFile) -> ModelCost:
    """Count the MACs and operations of a model's main graph.

    Raises:
        TfliteError: If the tensors of a layer do not fit its operator.
    """
    costs = tuple(layer_cost(layer) for layer in model.layers)
    known = [cost for cost in costs if cost is not None]
    return ModelCost(
        macs=sum(cost.macs for cost in known),
        ops=sum(cost.ops for cost in known),
        layers=costs,
        unknown_layers=tuple(
            layer.name for layer, cost in zip(model.layers, costs, strict=True) if cost is None
        ),
    )


def layer_cost(layer: TfliteLayer) -> Cost | None:
    """Count the MACs and operations of a layer; None if its operator is unknown.

    Raises:
        TfliteError: If its tensors do not fit its operator.
    """
    count = _COUNTERS.get(layer.opcode)
    return None if count is None else count(layer)


def _shape(layer: TfliteLayer, position: int, rank: int | None = None) -> tuple[int, ...]:
    tensor = layer.input(position)
    if tensor is None or (rank is not None and len(tensor.shape) != rank):
        wanted = "" if rank is None else f" of {rank} dimensions"
        raise TfliteError(f"{layer.name} has no input {position}{wanted}, as its operator needs")
    return tensor.shape


def _outputs(layer: TfliteLayer) -> int:
    return sum(tensor.flat_size for tensor in layer.outputs)


def _activation(layer: TfliteLayer) -> int:
    """Operations of the fused activation."""
    fused = layer.options.get("fused_activation_function", "NONE") != "NONE"
    return _outputs(layer) if fused else 0


def _weighted(layer: TfliteLayer, macs: int, bias: int) -> Cost:
    biased = _outputs(layer) if layer.input(bias) is not None else 0
    return Cost(macs, 2 * macs + biased + _activation(layer))


def _convolution(layer: TfliteLayer) -> Cost:
    _, *kernel = _shape(layer, 1, rank=4)  # output channels, height, width, input channels of a group
    return _weighted(layer, _outputs(layer) * math.prod(kernel), bias=2)


def _depthwise_convolution(layer: TfliteLayer) -> Cost:
    _, height, width, _ = _shape(layer, 1, rank=4)
    return _weighted(layer, _outputs(layer) * height * width, bias=2)


def _transposed_convolution(layer: TfliteLayer) -> Cost:
    channels, height, width, _ = _shape(layer, 1, rank=4)
    # Inputs: output shape, weights, input, bias. Every input element meets the whole kernel.
    return _weighted(layer, math.prod(_shape(layer, 2, rank=4)) * height * width * channels, bias=3)


def _fully_connected(layer: TfliteLayer) -> Cost:
    _, features = _shape(layer, 1, rank=2)
    return _weighted(layer, _outputs(layer) * features, bias=2)


def _matrix_product(layer: TfliteLayer) -> Cost:
    left = _shape(layer, 0)
    if len(left) < 2:
        raise TfliteError(f"{layer.name} multiplies a tensor of shape {left}, which is no matrix")
    macs = _outputs(layer) * left[-2 if layer.options.get("adj_x") else -1]
    return Cost(macs, 2 * macs)


def _lstm(layer: TfliteLayer) -> Cost:
    samples = math.prod(_shape(layer, 0, rank=3)[:2])  # batch and time, in either order
    units, features = _shape(layer, 2, rank=2)  # the weights from the input to the forget gate
    gates = 4 if layer.input(1) is not None else 3  # without input weights, that gate is coupled
    macs = samples * gates * units * (features + units)
    # Each gate adds its bias and takes a sigmoid or tanh; the cell takes 3 products, a sum and a tanh.
    return Cost(macs, 2 * macs + samples * units * (2 * gates + 5))


def _pooling(layer: TfliteLayer) -> Cost:
    window = layer.options.get("filter_height", 1) * layer.options.get("filter_width", 1)
    return Cost(0, _outputs(layer) * window + _activation(layer))


def _elementwise(operations: int) -> Callable[[TfliteLayer], Cost]:
    return lambda layer: Cost(0, operations * _outputs(layer) + _activation(layer))


def _reduction(layer: TfliteLayer) -> Cost:
    mean = _outputs(layer) if layer.opcode == "MEAN" else 0  # the division
    return Cost(0, math.prod(_shape(layer, 0)) + mean)


def _table(*entries: tuple[Callable[[TfliteLayer], Cost], str]) -> dict[str, Callable[[TfliteLayer], Cost]]:
    return {opcode: count for count, opcodes in entries for opcode in opcodes.split()}


_COUNTERS = _table(
    (_convolution, "CONV_2D"),
    (_depthwise_convolution, "DEPTHWISE_CONV_2D"),
    (_transposed_convolution, "TRANSPOSE_CONV"),
    (_fully_connected, "FULLY_CONNECTED"),
    (_matrix_product, "BATCH_MATMUL"),
    (_lstm, "UNIDIRECTIONAL_SEQUENCE_LSTM"),
    (_pooling, "AVERAGE_POOL_2D MAX_POOL_2D L2_POOL_2D"),
    (_reduction, "MEAN SUM REDUCE_MAX REDUCE_MIN REDUCE_PROD REDUCE_ANY REDUCE_ALL ARG_MAX ARG_MIN CUMSUM"),
    (
        _elementwise(1),
        "ADD SUB MUL DIV FLOOR_DIV FLOOR_MOD MAXIMUM MINIMUM POW ABS NEG SQUARE SQRT RSQRT EXP LOG",
    ),
    (_elementwise(1), "SIN COS FLOOR CEIL ROUND SIGN RELU RELU6 RELU_N1_TO_1 RELU_0_TO_1 LOGISTIC TANH"),
    (_elementwise(1), "EQUAL NOT_EQUAL GREATER GREATER_EQUAL LESS LESS_EQUAL SELECT SELECT_V2"),
    (_elementwise(1), "LOGICAL_AND LOGICAL_OR LOGICAL_NOT"),
    (
        _elementwise(2),
        "LEAKY_RELU PRELU ELU SQUARED_DIFFERENCE QUANTIZE DEQUANTIZE",
    ),  # and their scale or offset
    (_elementwise(4), "HARD_SWISH GELU"),
    (_elementwise(5), "SOFTMAX LOG_SOFTMAX"),  # maximum, difference, exponential, sum, quotient
    (_elementwise(3), "L2_NORMALIZATION"),  # square, sum, quotient
    (_elementwise(1), "RESIZE_NEAREST_NEIGHBOR"),
    (_elementwise(7), "RESIZE_BILINEAR"),  # four products and three sums
    # Only moves, copies or reinterprets data.
    (_elementwise(0), "RESHAPE SQUEEZE EXPAND_DIMS TRANSPOSE CONCATENATION SPLIT SPLIT_V PACK UNPACK SLICE"),
    (
        _elementwise(0),
        "STRIDED_SLICE PAD PADV2 MIRROR_PAD TILE GATHER GATHER_ND SHAPE RANK CAST BITCAST FILL",
    ),
    (_elementwise(0), "SPACE_TO_DEPTH DEPTH_TO_SPACE SPACE_TO_BATCH_ND BATCH_TO_SPACE_ND BROADCAST_TO"),
    (_elementwise(0), "BROADCAST_ARGS REVERSE_V2 ZEROS_LIKE EMBEDDING_LOOKUP"),
)
