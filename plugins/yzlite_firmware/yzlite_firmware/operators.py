"""The operators of TensorFlow Lite Micro, and what its `MicroMutableOpResolver` calls them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yzlite_core.errors import ConversionError
from yzlite_core.plugin.tflite import enum_values
from yzlite_firmware.c_text import identifier, string

# The builtin operators that the resolver has a method for.
_METHODS = """
ABS ADD ADD_N ARG_MAX ARG_MIN ASSIGN_VARIABLE AVERAGE_POOL_2D BATCH_MATMUL BATCH_TO_SPACE_ND
BROADCAST_ARGS BROADCAST_TO CALL_ONCE CAST CEIL CONCATENATION CONV_2D COS CUMSUM DEPTHWISE_CONV_2D
DEPTH_TO_SPACE DEQUANTIZE DIV DYNAMIC_UPDATE_SLICE ELU EMBEDDING_LOOKUP EQUAL EXP EXPAND_DIMS FILL FLOOR
FLOOR_DIV FLOOR_MOD FULLY_CONNECTED GATHER GATHER_ND GREATER GREATER_EQUAL HARD_SWISH IF L2_NORMALIZATION
L2_POOL_2D LEAKY_RELU LESS LESS_EQUAL LOG LOGICAL_AND LOGICAL_NOT LOGICAL_OR LOGISTIC LOG_SOFTMAX MAXIMUM
MAX_POOL_2D MEAN MINIMUM MIRROR_PAD MUL NEG NOT_EQUAL PACK PAD PADV2 PRELU QUANTIZE READ_VARIABLE
REDUCE_ALL REDUCE_MAX REDUCE_MIN RELU RELU6 RESHAPE RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR REVERSE_V2
ROUND RSQRT SELECT_V2 SHAPE SIN SLICE SOFTMAX SPACE_TO_BATCH_ND SPACE_TO_DEPTH SPLIT SPLIT_V SQRT SQUARE
SQUARED_DIFFERENCE SQUEEZE STRIDED_SLICE SUB SUM SVDF TANH TRANSPOSE TRANSPOSE_CONV
UNIDIRECTIONAL_SEQUENCE_LSTM UNPACK VAR_HANDLE WHILE ZEROS_LIKE
"""
_KNOWN = frozenset(_METHODS.split())
# Those whose methods are not simply their words in camel case.
_IRREGULAR = {
    "BATCH_MATMUL": "BatchMatMul",
    "CUMSUM": "CumSum",
    "PADV2": "PadV2",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTM",
    # Custom operators that TFLM itself has.
    "CIRCULAR_BUFFER": "CircularBuffer",
    "TFLite_Detection_PostProcess": "DetectionPostprocess",
    "ethos-u": "EthosU",
}


@dataclass(frozen=True)
class Registration:
    """How an operator gets into a resolver.

    Attributes:
        call: The call of the resolver's method, e.g. `AddConv2D()`.
        provider: The function that the firmware has to define; None for operators of TFLM.
    """

    call: str
    provider: str | None = None


def registrations(opcodes: Sequence[str]) -> list[Registration]:
    """Return how each of these operators gets into a resolver.

    Args:
        opcodes: Names as the schema has them; any other name is a custom operator, whose kernel the firmware
            brings along.

    Raises:
        ConversionError: If TensorFlow Lite Micro has no kernel for a builtin operator.
    """
    builtin = enum_values("BuiltinOperator")
    missing = [name for name in opcodes if name not in _KNOWN and (name in builtin or _is_newer(name))]
    if missing:
        raise ConversionError(
            f"TensorFlow Lite Micro has no kernel for {', '.join(missing)}",
            hint="build the network of other layers, or let the model run elsewhere",
        )
    return [_registration(name) for name in opcodes]


def _registration(opcode: str) -> Registration:
    if opcode in _KNOWN or opcode in _IRREGULAR:
        return Registration(f"Add{_IRREGULAR.get(opcode) or _camel_case(opcode)}()")
    provider = f"Register_{identifier(opcode).upper()}"
    return Registration(f"AddCustom({string(opcode)}, {provider}())", provider)


def _camel_case(opcode: str) -> str:
    return "".join(word if word[0].isdigit() else word.capitalize() for word in opcode.split("_"))


def _is_newer(opcode: str) -> bool:
    """Tell whether it is a builtin operator that this version of the schema does not name."""
    return opcode.startswith("BUILTIN_")
