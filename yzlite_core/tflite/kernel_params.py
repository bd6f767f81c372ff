"""What the integer kernels of TensorFlow Lite Micro compute with: offsets, multipliers, shifts, limits.

A real factor m is held as a 31-bit integer M and a shift s: m = M / 2^31 * 2^s, with 1/2 <= M / 2^31 < 1.
The factor of a product of two quantized tensors is scale_input * scale_weights / scale_output. Source: the
quantization specification of TensorFlow Lite, and what its kernels call `QuantizeMultiplier` and
`CalculateActivationRangeQuantized`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from yzlite_core.errors import TfliteError
from yzlite_core.tflite.enums import TfliteActivation, TflitePadding
from yzlite_core.tflite.tensors import TfliteTensor

if TYPE_CHECKING:
    from yzlite_core.tflite.typed_layers import (
        TfliteConv2dLayer,
        TfliteDepthwiseConv2dLayer,
        TfliteFullyConnectedLayer,
        TflitePooling2dLayer,
        TfliteTransposeConvLayer,
    )

_LIMITS = {
    TfliteActivation.RELU: (0.0, math.inf),
    TfliteActivation.RELU6: (0.0, 6.0),
    TfliteActivation.RELU_N1_TO_1: (-1.0, 1.0),
}


@dataclass(frozen=True)
class WindowParams:
    """Attributes of everything that moves a window over rows and columns.

    Attributes:
        padding: How the borders are treated.
        padding_height: Rows of zeros above.
        padding_width: Columns of zeros on the left.
        stride_height: Rows from one position to the next.
        stride_width: Columns from one position to the next.
        quantized_activation_min: The lowest value of the output.
        quantized_activation_max: The highest value of the output.
    """

    padding: TflitePadding
    padding_height: int
    padding_width: int
    stride_height: int
    stride_width: int
    quantized_activation_min: int
    quantized_activation_max: int


@dataclass(frozen=True)
class TflitePoolParams(WindowParams):
    """Parameters of a pooling; see `WindowParams`."""


@dataclass(frozen=True)
class ConvolutionParams(WindowParams):
    """Attributes of every convolution, beside those of `WindowParams`.

    Attributes:
        dilation_height_factor: Rows from one element of the kernel to the next.
        dilation_width_factor: Columns from one element of the kernel to the next.
        input_offset: Is added to each input.
        weights_offset: Is added to each weight.
        output_offset: Is added to each output.
        per_channel_output_multiplier: M of each output channel.
        per_channel_output_shift: s of each output channel.
    """

    dilation_height_factor: int
    dilation_width_factor: int
    input_offset: int
    weights_offset: int
    output_offset: int
    per_channel_output_multiplier: tuple[int, ...]
    per_channel_output_shift: tuple[int, ...]


@dataclass(frozen=True)
class TfliteConvParams(ConvolutionParams):
    """Parameters of a convolution; see `ConvolutionParams`."""


@dataclass(frozen=True)
class TfliteTransposeConvParams(ConvolutionParams):
    """Parameters of a transposed convolution; see `ConvolutionParams`."""


@dataclass(frozen=True)
class TfliteDepthwiseConvParams(ConvolutionParams):
    """Parameters of a depthwise convolution; see `ConvolutionParams`.

    Attributes:
        depth_multiplier: Output channels for each input channel.
    """

    depth_multiplier: int


@dataclass(frozen=True)
class TfliteFullyConnectedParams:
    """Parameters of a dense layer.

    Attributes:
        input_offset: Is added to each input.
        weights_offset: Is added to each weight.
        output_offset: Is added to each output.
        per_channel_output_multiplier: M of each output, or one for all.
        per_channel_output_shift: s of each output, or one for all.
        quantized_activation_min: The lowest value of the output.
        quantized_activation_max: The highest value of the output.
    """

    input_offset: int
    weights_offset: int
    output_offset: int
    per_channel_output_multiplier: tuple[int, ...]
    per_channel_output_shift: tuple[int, ...]
    quantized_activation_min: int
    quantized_activation_max: int

    @property
    def output_multiplier(self) -> int:
        """M of the first output."""
        return self.per_channel_output_multiplier[0]

    @property
    def output_shift(self) -> int:
        """The shift s of the first output."""
        return self.per_channel_output_shift[0]


def convolution(layer: TfliteConv2dLayer) -> TfliteConvParams:
    """Return the parameters of a quantized CONV_2D."""
    return TfliteConvParams(**_window(layer), **_dilation(layer), **_products(layer, layer.filters_tensor))


def transposed_convolution(layer: TfliteTransposeConvLayer) -> TfliteTransposeConvParams:
    """Return the parameters of a quantized TRANSPOSE_CONV."""
    return TfliteTransposeConvParams(
        **_window(layer), **_dilation(layer), **_products(layer, layer.filters_tensor)
    )


def depthwise_convolution(layer: TfliteDepthwiseConv2dLayer) -> TfliteDepthwiseConvParams:
    """Return the parameters of a quantized DEPTHWISE_CONV_2D."""
    return TfliteDepthwiseConvParams(
        **_window(layer),
        **_dilation(layer),
        **_products(layer, layer.filters_tensor),
        depth_multiplier=layer.multiplier,
    )


def fully_connected(layer: TfliteFullyConnectedLayer) -> TfliteFullyConnectedParams:
    """Return the parameters of a quantized FULLY_CONNECTED."""
    low, high = activation_range(layer.activation, layer.output_tensor)
    return TfliteFullyConnectedParams(
        **_products(layer, layer.weights_tensor, one_each=False),
        quantized_activation_min=low,
        quantized_activation_max=high,
    )


def pooling(layer: TflitePooling2dLayer) -> TflitePoolParams:
    """Return the parameters of a quantized AVERAGE_POOL_2D or MAX_POOL_2D."""
    return TflitePoolParams(**_window(layer))


def quantize_multiplier(factor: float) -> tuple[int, int]:
    """Return a real factor as a 31-bit integer and a shift."""
    if factor == 0:
        return 0, 0
    fraction, shift = math.frexp(factor)
    multiplier = math.floor(fraction * (1 << 31) + 0.5)
    if multiplier == 1 << 31:
        multiplier, shift = multiplier // 2, shift + 1
    return (0, 0) if shift < -31 else (multiplier, shift)


def activation_range(activation: TfliteActivation, output: TfliteTensor) -> tuple[int, int]:
    """Return the lowest and the highest integer that an activation lets through."""
    scale, zero_point = _whole(output)
    limits = np.iinfo(output.dtype)
    low, high = _LIMITS.get(activation, (-math.inf, math.inf))
    lowest = limits.min if low == -math.inf else round(low / scale) + zero_point
    highest = limits.max if high == math.inf else round(high / scale) + zero_point
    return max(int(limits.min), lowest), min(int(limits.max), highest)


def same_padding(size: int, output: int, kernel: int, stride: int, dilation: int = 1) -> int:
    """Return the zeros before the first element of a dimension where the padding is SAME."""
    return max(0, (output - 1) * stride + (kernel - 1) * dilation + 1 - size) // 2


def _window(
    layer: TfliteConv2dLayer | TfliteDepthwiseConv2dLayer | TfliteTransposeConvLayer | TflitePooling2dLayer,
) -> dict[str, Any]:
    kernel = layer.pool_size if hasattr(layer, "pool_size") else layer.kernel_size
    ports = layer.input_tensor, layer.output_tensor
    if any(len(tensor.shape) != 4 for tensor in ports):
        raise TfliteError(f"{layer.name} is damaged: it takes and gives tensors of 4 dimensions")
    sizes = [tensor.shape[1:3] for tensor in ports]
    if layer.opcode == "TRANSPOSE_CONV":  # which spreads what a convolution would gather
        sizes.reverse()
    dilations = layer.options.dilation_height, layer.options.dilation_width
    height, width = (
        same_padding(*arguments) for arguments in zip(*sizes, kernel, layer.strides, dilations, strict=True)
    )
    is_same = layer.padding == TflitePadding.SAME
    low, high = activation_range(layer.activation, layer.output_tensor)
    return {
        "padding": layer.padding,
        "padding_height": height if is_same else 0,
        "padding_width": width if is_same else 0,
        "stride_height": layer.strides[0],
        "stride_width": layer.strides[1],
        "quantized_activation_min": low,
        "quantized_activation_max": high,
    }


def _dilation(
    layer: TfliteConv2dLayer | TfliteDepthwiseConv2dLayer | TfliteTransposeConvLayer,
) -> dict[str, Any]:
    return {
        "dilation_height_factor": layer.options.dilation_height,
        "dilation_width_factor": layer.options.dilation_width,
    }


def _products(
    layer: TfliteConv2dLayer
    | TfliteDepthwiseConv2dLayer
    | TfliteTransposeConvLayer
    | TfliteFullyConnectedLayer,
    weights: TfliteTensor,
    *,
    one_each: bool = True,
) -> dict[str, Any]:
    input_scale, input_zero = _whole(layer.input_tensor)
    output_scale, output_zero = _whole(layer.output_tensor)
    if not weights.is_quantized:
        raise TfliteError(f"{layer.name} is not quantized")
    if not all(map(math.isfinite, weights.scales)):
        raise TfliteError(f"{layer.name} is damaged: a scale of its weights is no number")
    scales = weights.scales
    if one_each and len(scales) == 1:
        scales = scales * layer.output_tensor.shape[-1]
    factors = [_factor(input_scale, scale, output_scale) for scale in scales]
    multipliers, shifts = _columns(map(quantize_multiplier, factors))
    return {
        "input_offset": -input_zero,
        "weights_offset": -weights.zero_points[0],
        "output_offset": output_zero,
        "per_channel_output_multiplier": multipliers,
        "per_channel_output_shift": shifts,
    }


def _factor(input_scale: float, weight_scale: float, output_scale: float) -> float:
    # The scales are single precision in the file, and double in the product.
    return float(np.float32(input_scale)) * float(np.float32(weight_scale)) / float(np.float32(output_scale))


def _columns(pairs: Iterable[tuple[int, int]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    first, second = zip(*pairs, strict=True)
    return first, second


def _whole(tensor: TfliteTensor) -> tuple[float, int]:
    """Return the one scale and zero point of a tensor."""
    if len(tensor.scales) != 1 or tensor.is_float:
        raise TfliteError(f"The tensor '{tensor.name}' is not quantized as a whole")
    if not (math.isfinite(tensor.scales[0]) and tensor.scales[0] > 0):
        raise TfliteError(f"The tensor '{tensor.name}' is damaged: its scale is {tensor.scales[0]}")
    return tensor.scales[0], tensor.zero_points[0]
