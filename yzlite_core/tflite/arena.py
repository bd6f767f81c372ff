"""Estimate the tensor arena of TensorFlow Lite Micro (TFLM) without running it.

TFLM gets one block of RAM, the arena. Its head holds the activations: buffers whose lifetimes do not
overlap share addresses, placed by the greedy planner that is repeated here. Its tail holds what lives
as long as the interpreter: bookkeeping for each tensor and operator, and what each kernel precomputes
(above all a multiplier and a shift for each channel). The numbers of the tail were measured, operator
by operator, on the host build of TFLM (64-bit pointers); a 32-bit microcontroller needs a little less.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from yzlite_core.tflite.file import TfliteFile
from yzlite_core.tflite.layers import TfliteLayer
from yzlite_core.tflite.tensors import TfliteTensor

ALIGNMENT = 16

# Bytes of TFLM's own structures.
_INTERPRETER = 496
_PER_TENSOR = 24
_PER_OPERATOR = 64
_PER_PORT = 64 + 8  # an input or output of the model, and the pointer to it
_PER_QUANTIZED_PORT = 32
# While it sets itself up TFLM borrows the head: for views of an operator's tensors, then for the planner.
_PREPARE = 320
_LIFETIME = 32
_PLANNED = 40
_VIEW = 64
_QUANTIZED_VIEW = 32

# Bytes that a kernel keeps: its parsed options and what it precomputes.
_KERNEL = {
    "CONV_2D": 112, "DEPTHWISE_CONV_2D": 112, "TRANSPOSE_CONV": 112, "FULLY_CONNECTED": 96,
    "AVERAGE_POOL_2D": 80, "MAX_POOL_2D": 80, "L2_POOL_2D": 80,
    "ADD": 80, "SUB": 72, "MUL": 56, "DIV": 40, "SQUARED_DIFFERENCE": 112, "MAXIMUM": 0, "MINIMUM": 0,
    "BATCH_MATMUL": 416, "SOFTMAX": 88, "LOG_SOFTMAX": 48, "LOGISTIC": 16, "TANH": 16, "HARD_SWISH": 32,
    "RELU": 32, "RELU6": 32, "LEAKY_RELU": 48, "PRELU": 48, "ELU": 272, "ABS": 32, "RSQRT": 32, "SQRT": 0,
    "LOG": 0, "NEG": 0, "SQUARE": 0, "MEAN": 64, "SUM": 64, "REDUCE_MAX": 64, "CONCATENATION": 88,
    "PAD": 64, "PADV2": 64, "QUANTIZE": 32, "DEQUANTIZE": 32, "RESHAPE": 40, "STRIDED_SLICE": 120,
    "PACK": 8, "UNPACK": 8, "SPLIT": 8, "TRANSPOSE": 8, "RESIZE_BILINEAR": 8, "RESIZE_NEAREST_NEIGHBOR": 8,
}  # fmt: skip
_OTHER_KERNEL = 48
_TABLES_OF_SOFTMAX = (
    2 * 1040
)  # exponential and reciprocal, 513 values of 16 bits each, for 16-bit activations
_PER_CHANNEL_KERNELS = {"CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "FULLY_CONNECTED"}


@dataclass(frozen=True)
class PlannedBuffer:
    """One buffer of the arena's head.

    Attributes:
        tensor: The tensor's index; None for a kernel's scratch buffer.
        name: The tensor's name, or that of the operator whose scratch it is.
        offset: Where it starts, in bytes.
        size: Its length in bytes, a multiple of 16.
        first: The step at which it is first written: 0 for the model's inputs, i + 1 for operator i.
        last: The step at which it is last used.
    """

    tensor: int | None
    name: str
    offset: int
    size: int
    first: int
    last: int


@dataclass(frozen=True)
class ArenaEstimate:
    """What a model needs of RAM.

    Attributes:
        total_bytes: The arena's size.
        activations_bytes: Its head: activations and scratch buffers.
        persistent_bytes: Its tail: what lives as long as the interpreter.
        setup_bytes: What TFLM borrows of the head while it sets itself up; counts where it is more than
            the activations.
        plan: Where each buffer of the head lies.
    """

    total_bytes: int
    activations_bytes: int
    persistent_bytes: int
    setup_bytes: int
    plan: tuple[PlannedBuffer, ...]


def estimate_arena(model: TfliteFile) -> ArenaEstimate:
    """Estimate the arena of a model's main graph.

    Args:
        model: The model; weights stay in flash and do not count.

    Returns:
        The estimate; within a few per cent of what TFLM takes on networks of its common operators.
    """
    plan = plan_buffers(model)
    activations = max((buffer.offset + buffer.size for buffer in plan), default=0)
    kernels = [_kernel_bytes(layer) for layer in model.layers]
    fixed = _interpreter_bytes(model)
    scratch = sum(buffer.tensor is None for buffer in plan)
    planner = _LIFETIME * (len(model.tensors) + scratch) + _PLANNED * len(plan)
    # A kernel is prepared before the later ones have taken their share of the tail.
    behind = sum(kernels)
    views = [
        _PREPARE + _view_bytes(layer.tensors) - (behind - so_far)
        for layer, so_far in zip(model.layers, accumulate(kernels), strict=True)
    ]
    setup = max([planner, *views])
    persistent = fixed + behind
    return ArenaEstimate(
        total_bytes=_aligned(max(activations, setup) + persistent),
        activations_bytes=activations,
        persistent_bytes=persistent,
        setup_bytes=setup,
        plan=plan,
    )


def plan_buffers(model: TfliteFile) -> tuple[PlannedBuffer, ...]:
    """Place the activations and scratch buffers as TFLM's greedy planner does.

    Largest first, each at the lowest address where it fits between those already placed whose
    lifetimes overlap its own; of two as large, the later one first.
    """
    placed: list[PlannedBuffer] = []
    by_size = sorted(enumerate(_unplaced(model)), key=lambda entry: (entry[1].size, entry[0]), reverse=True)
    for _, wanted in by_size:
        offset = 0
        for other in sorted(placed, key=lambda buffer: buffer.offset):
            if other.first > wanted.last or wanted.first > other.last:
                continue
            if other.offset - offset >= wanted.size:
                break
            offset = max(offset, other.offset + other.size)
        placed.append(
            PlannedBuffer(wanted.tensor, wanted.name, offset, wanted.size, wanted.first, wanted.last)
        )
    return tuple(sorted(placed, key=lambda buffer: (buffer.first, buffer.offset)))


def _unplaced(model: TfliteFile) -> list[PlannedBuffer]:
    first: dict[int, int] = {tensor.index: 0 for tensor in (*model.inputs, *model.outputs)}
    last = dict(first)
    scratch = []
    for step, layer in enumerate(model.layers, start=1):
        first.update((tensor.index, step) for tensor in layer.outputs)
        last.update((tensor.index, step) for tensor in layer.tensors)
        scratch += [PlannedBuffer(None, layer.name, 0, size, step, step) for size in _scratch_sizes(layer)]
    last.update((tensor.index, len(model.layers)) for tensor in model.outputs)
    computed = [
        PlannedBuffer(
            tensor.index,
            tensor.name,
            offset=0,
            size=_aligned(tensor.size_bytes),
            first=first[tensor.index],
            last=last[tensor.index],
        )
        for tensor in model.tensors
        if tensor.index in first and tensor.size_bytes and not (tensor.is_constant or tensor.is_variable)
    ]
    return computed + scratch


def _scratch_sizes(layer: TfliteLayer) -> Sequence[int]:
    if not layer.outputs or layer.outputs[0].is_float:
        return ()
    output = layer.outputs[0]
    match layer.opcode:
        case "TRANSPOSE_CONV":  # the accumulators
            return (_aligned((8 if output.type == "INT16" else 4) * output.flat_size),)
        case "MEAN" | "SUM":  # the accumulators, the axes and the index
            return _aligned(4 * output.flat_size), ALIGNMENT, ALIGNMENT
        case "REDUCE_MAX":
            return ALIGNMENT, ALIGNMENT
        case _:
            return ()


def _interpreter_bytes(model: TfliteFile) -> int:
    ports = (*model.inputs, *model.outputs)
    return (
        _INTERPRETER
        + _PER_TENSOR * len(model.tensors)
        + _PER_OPERATOR * len(model.layers)
        + _PER_PORT * len(ports)
        + _PER_QUANTIZED_PORT * sum(port.is_quantized for port in ports)
        + sum(_aligned(tensor.size_bytes) for tensor in model.tensors if tensor.is_variable)
    )


def _kernel_bytes(layer: TfliteLayer) -> int:
    fixed = _KERNEL.get(layer.opcode, _OTHER_KERNEL)
    if layer.opcode == "SOFTMAX" and layer.outputs and layer.outputs[0].type == "INT16":
        fixed += _TABLES_OF_SOFTMAX
    if layer.opcode not in _PER_CHANNEL_KERNELS:
        return fixed
    if layer.opcode == "FULLY_CONNECTED":
        weights = layer.input(1)
        channels = len(weights.scales) if weights and len(weights.scales) > 1 else 0
    else:  # convolutions keep an entry for each channel even where there is one scale for all
        channels = sum(tensor.shape[-1] for tensor in layer.outputs if tensor.shape)
    return fixed + 2 * _aligned(4 * channels)


def _view_bytes(tensors: Iterable[TfliteTensor]) -> int:
    return sum(_VIEW + (_QUANTIZED_VIEW + 4 * len(tensor.scales)) * tensor.is_quantized for tensor in tensors)


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
