"""Layers whose parts have names: filters, strides, padding, ...

A layer of an operator that is not here is a plain `TfliteLayer`.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, TypeVar

import numpy as np

from yzlite_core.errors import TfliteError
from yzlite_core.tflite import kernel_params
from yzlite_core.tflite.enums import TfliteActivation, TflitePadding
from yzlite_core.tflite.layers import TfliteLayer, TfliteLayerOptions, options_of
from yzlite_core.tflite.schema import elements
from yzlite_core.tflite.tensors import TfliteTensor

E = TypeVar("E", bound=Enum)


def _member(kind: type[E], value: object) -> E:
    try:
        return kind(value)
    except ValueError:
        raise TfliteError(f"It is damaged: {value} is no {kind.__name__}") from None


# --------------------------------------------------------------------------------------------- options


class _WithActivation(TfliteLayerOptions):
    @property
    def activation(self) -> TfliteActivation:
        """The fused activation."""
        return _member(TfliteActivation, self.get("fused_activation_function", "NONE"))

    @property
    def activation_str(self) -> str:
        """The fused activation's name."""
        return str(self.activation)


class _WithWindow(TfliteLayerOptions):
    @property
    def padding(self) -> TflitePadding:
        """How the borders are treated."""
        return _member(TflitePadding, self.get("padding", "SAME"))

    @property
    def padding_str(self) -> str:
        """The padding's name."""
        return str(self.padding)

    @property
    def stride_height(self) -> int:
        """Rows from one position of the window to the next."""
        return int(self.get("stride_h", 1))

    @property
    def stride_width(self) -> int:
        """Columns from one position of the window to the next."""
        return int(self.get("stride_w", 1))

    @property
    def dilation_height(self) -> int:
        """Rows from one element of the kernel to the next."""
        return int(self.get("dilation_h_factor", 1))

    @property
    def dilation_width(self) -> int:
        """Columns from one element of the kernel to the next."""
        return int(self.get("dilation_w_factor", 1))


class TfliteAddLayerOptions(_WithActivation):
    """Options of ADD."""


class TfliteMulLayerOptions(_WithActivation):
    """Options of MUL."""


class TfliteConv2DLayerOptions(_WithActivation, _WithWindow):
    """Options of CONV_2D."""


class TfliteTransposeConvLayerOptions(_WithActivation, _WithWindow):
    """Options of TRANSPOSE_CONV."""


class TfliteDepthwiseConv2DLayerOptions(_WithActivation, _WithWindow):
    """Options of DEPTHWISE_CONV_2D."""

    @property
    def multiplier(self) -> int:
        """Output channels for each input channel."""
        return int(self.get("depth_multiplier", 1))


class TflitePool2DLayerOptions(_WithActivation, _WithWindow):
    """Options of AVERAGE_POOL_2D and MAX_POOL_2D."""

    @property
    def filter_height(self) -> int:
        """Rows of the window."""
        return int(self.get("filter_height", 1))

    @property
    def filter_width(self) -> int:
        """Columns of the window."""
        return int(self.get("filter_width", 1))


class TfliteFullyConnectedLayerOptions(_WithActivation):
    """Options of FULLY_CONNECTED."""


class TfliteUnidirectionalLstmLayerOptions(_WithActivation):
    """Options of UNIDIRECTIONAL_SEQUENCE_LSTM."""

    @property
    def time_major(self) -> bool:
        """Whether time is the first dimension."""
        return bool(self.get("time_major", False))

    @property
    def cell_clip(self) -> float:
        """The largest magnitude of the cell's state; 0 for no limit."""
        return float(self.get("cell_clip", 0.0))


# ---------------------------------------------------------------------------------------------- layers


class _OneOutput(TfliteLayer):
    @property
    def output_tensor(self) -> TfliteTensor:
        """The result."""
        return self.get_output_tensor(0)

    @property
    def output_data(self) -> np.ndarray | None:
        """Its values; None, unless it is a constant."""
        return self.output_tensor.data


class _OneToOne(_OneOutput):
    @property
    def input_tensor(self) -> TfliteTensor:
        """The tensor that is worked on."""
        return self.get_input_tensor(0)

    @property
    def input_data(self) -> np.ndarray | None:
        """Its values; None if it is computed."""
        return self.input_tensor.data


class _Weighted(_OneToOne):
    _weights_at = 1
    _bias_at = 2

    @property
    def activation(self) -> TfliteActivation:
        """The fused activation."""
        return _member(TfliteActivation, self.options.get("fused_activation_function", "NONE"))

    @property
    def use_bias(self) -> bool:
        """Whether a bias is added."""
        return self.input(self._bias_at) is not None

    @property
    def bias_tensor(self) -> TfliteTensor | None:
        """The bias, of shape (channels,); None if there is none."""
        return self.input(self._bias_at)

    @property
    def bias_data(self) -> np.ndarray | None:
        """The bias's values."""
        return None if self.bias_tensor is None else self.bias_tensor.data


class _Windowed(TfliteLayer):
    options: _WithWindow

    @property
    def strides(self) -> tuple[int, int]:
        """Rows and columns from one position of the window to the next."""
        return self.options.stride_height, self.options.stride_width

    @property
    def padding(self) -> TflitePadding:
        """How the borders are treated."""
        return self.options.padding


class _Convolution(_Weighted, _Windowed):
    options: TfliteConv2DLayerOptions

    @property
    def filters_tensor(self) -> TfliteTensor:
        """The kernel's weights, of shape (filters, height, width, channels), depthwise (1, ..., filters)."""
        tensor = self.get_input_tensor(self._weights_at)
        if len(tensor.shape) != 4:
            raise TfliteError(f"{self.name} has weights of {len(tensor.shape)} dimensions instead of 4")
        return tensor

    @property
    def filters_data(self) -> np.ndarray | None:
        """The weights' values."""
        return self.filters_tensor.data

    @property
    def filters(self) -> int:
        """Output channels."""
        return self.filters_tensor.shape[0]

    @property
    def kernel_size(self) -> tuple[int, int]:
        """Rows and columns of the kernel."""
        return self.filters_tensor.shape[1], self.filters_tensor.shape[2]


class TfliteConv2dLayer(_Convolution):
    """CONV_2D."""

    @property
    def params(self) -> kernel_params.TfliteConvParams:
        """What the integer kernel computes with."""
        return kernel_params.convolution(self)


class TfliteDepthwiseConv2dLayer(_Convolution):
    """DEPTHWISE_CONV_2D."""

    options: TfliteDepthwiseConv2DLayerOptions  # type: ignore[assignment]  # has the same properties, and one more

    @property
    def filters(self) -> int:
        """Output channels."""
        return self.filters_tensor.shape[-1]

    @property
    def multiplier(self) -> int:
        """Output channels for each input channel."""
        return self.options.multiplier

    @property
    def params(self) -> kernel_params.TfliteDepthwiseConvParams:
        """What the integer kernel computes with."""
        return kernel_params.depthwise_convolution(self)


class TfliteTransposeConvLayer(_Convolution):
    """TRANSPOSE_CONV."""

    _bias_at = 3

    @property
    def input_tensor(self) -> TfliteTensor:
        """The tensor that is worked on; the first input is the output's shape."""
        return self.get_input_tensor(2)

    @property
    def params(self) -> kernel_params.TfliteTransposeConvParams:
        """What the integer kernel computes with."""
        return kernel_params.transposed_convolution(self)


class TfliteFullyConnectedLayer(_Weighted):
    """FULLY_CONNECTED."""

    @property
    def weights_tensor(self) -> TfliteTensor:
        """The weights, of shape (units, features)."""
        tensor = self.get_input_tensor(self._weights_at)
        if len(tensor.shape) != 2:
            raise TfliteError(f"{self.name} has weights of {len(tensor.shape)} dimensions instead of 2")
        return tensor

    @property
    def weights_data(self) -> np.ndarray | None:
        """The weights' values."""
        return self.weights_tensor.data

    @property
    def units(self) -> int:
        """Outputs."""
        return self.weights_tensor.shape[0]

    @property
    def accumulator_depth(self) -> int:
        """Products that are summed up for each output."""
        return self.weights_tensor.shape[1]

    @property
    def params(self) -> kernel_params.TfliteFullyConnectedParams:
        """What the integer kernel computes with."""
        return kernel_params.fully_connected(self)


class TflitePooling2dLayer(_OneToOne, _Windowed):
    """AVERAGE_POOL_2D or MAX_POOL_2D."""

    options: TflitePool2DLayerOptions

    @property
    def pool_size(self) -> tuple[int, int]:
        """Rows and columns of the window."""
        return self.options.filter_height, self.options.filter_width

    @property
    def activation(self) -> TfliteActivation:
        """The fused activation."""
        return self.options.activation

    @property
    def params(self) -> kernel_params.TflitePoolParams:
        """What the integer kernel computes with."""
        return kernel_params.pooling(self)


class _TwoToOne(_OneOutput):
    options: _WithActivation

    @property
    def activation(self) -> TfliteActivation:
        """The fused activation."""
        return self.options.activation

    @property
    def input1_tensor(self) -> TfliteTensor:
        """The first operand."""
        return self.get_input_tensor(0)

    @property
    def input1_data(self) -> np.ndarray | None:
        """Its values; None if it is computed."""
        return self.input1_tensor.data

    @property
    def input2_tensor(self) -> TfliteTensor:
        """The second operand."""
        return self.get_input_tensor(1)

    @property
    def input2_data(self) -> np.ndarray | None:
        """Its values; None if it is computed."""
        return self.input2_tensor.data


class TfliteAddLayer(_TwoToOne):
    """ADD."""


class TfliteMulLayer(_TwoToOne):
    """MUL."""


class TfliteReshapeLayer(_OneToOne):
    """RESHAPE."""

    @property
    def n_input_elements(self) -> int:
        """Elements that are taken over."""
        return self.input_tensor.flat_size


class TfliteQuantizeLayer(_OneToOne):
    """QUANTIZE."""


class TfliteDequantizeLayer(_OneToOne):
    """DEQUANTIZE."""


class TfliteUnidirectionalLstmLayer(_OneToOne):
    """UNIDIRECTIONAL_SEQUENCE_LSTM."""

    options: TfliteUnidirectionalLstmLayerOptions

    @property
    def activation(self) -> TfliteActivation:
        """The cell's activation."""
        return self.options.activation


_LAYERS: dict[str, tuple[type[TfliteLayer], type[TfliteLayerOptions]]] = {
    "ADD": (TfliteAddLayer, TfliteAddLayerOptions),
    "MUL": (TfliteMulLayer, TfliteMulLayerOptions),
    "CONV_2D": (TfliteConv2dLayer, TfliteConv2DLayerOptions),
    "TRANSPOSE_CONV": (TfliteTransposeConvLayer, TfliteTransposeConvLayerOptions),
    "DEPTHWISE_CONV_2D": (TfliteDepthwiseConv2dLayer, TfliteDepthwiseConv2DLayerOptions),
    "FULLY_CONNECTED": (TfliteFullyConnectedLayer, TfliteFullyConnectedLayerOptions),
    "AVERAGE_POOL_2D": (TflitePooling2dLayer, TflitePool2DLayerOptions),
    "MAX_POOL_2D": (TflitePooling2dLayer, TflitePool2DLayerOptions),
    "RESHAPE": (TfliteReshapeLayer, TfliteLayerOptions),
    "QUANTIZE": (TfliteQuantizeLayer, TfliteLayerOptions),
    "DEQUANTIZE": (TfliteDequantizeLayer, TfliteLayerOptions),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (TfliteUnidirectionalLstmLayer, TfliteUnidirectionalLstmLayerOptions),
}


def layer_of(index: int, operator: Any, opcode: str, tensors: tuple[TfliteTensor, ...]) -> TfliteLayer:
    """Return the layer that the schema's `OperatorT` describes, of the class that its operator has."""
    kind, options = _LAYERS.get(opcode, (TfliteLayer, TfliteLayerOptions))
    return kind(
        index=index,
        opcode=opcode,
        inputs=tuple(tensors[i] if i >= 0 else None for i in elements(operator.inputs)),
        outputs=tuple(tensors[i] for i in elements(operator.outputs) if i >= 0),
        options=options(options_of(operator)),
    )
