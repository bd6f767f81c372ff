"""Is a converted model as integer as it should be?

The converter does not say when it leaves an operator in floating point, even where only integer
kernels were allowed; on a microcontroller such a model is slow, or does not load at all.
"""

from __future__ import annotations

from yzlite_core.tflite.model import TfliteModel


def float_tensors(model: TfliteModel) -> list[str]:
    """Return the names of the floating-point tensors other than the model's own inputs and outputs."""
    declared = {tensor.index for tensor in (*model.inputs, *model.outputs)}
    return [tensor.name for tensor in model.tensors if tensor.is_float and tensor.index not in declared]


def is_int8(model: TfliteModel) -> bool:
    """Tell whether the model computes with integers: no float tensors, and some quantized to int8."""
    return not float_tensors(model) and any(
        tensor.type == "INT8" and tensor.is_quantized for tensor in model.tensors
    )
