"""The public names of this room; `yzlite_core` hands them out, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yzlite_core.tflite import enums
from yzlite_core.tflite.enums import TfliteActivation, TflitePadding
from yzlite_core.tflite.kernel_params import (
    TfliteConvParams,
    TfliteDepthwiseConvParams,
    TfliteFullyConnectedParams,
    TflitePoolParams,
    TfliteTransposeConvParams,
)
from yzlite_core.tflite.layers import TfliteLayer, TfliteLayerOptions
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.parameters import TFLITE_METADATA_TAG, TfliteModelParameters
from yzlite_core.tflite.tensors import TfliteQuantization, TfliteShape, TfliteTensor
from yzlite_core.tflite.typed_layers import (
    TfliteAddLayer,
    TfliteAddLayerOptions,
    TfliteConv2dLayer,
    TfliteConv2DLayerOptions,
    TfliteDepthwiseConv2dLayer,
    TfliteDepthwiseConv2DLayerOptions,
    TfliteDequantizeLayer,
    TfliteFullyConnectedLayer,
    TfliteFullyConnectedLayerOptions,
    TfliteMulLayer,
    TfliteMulLayerOptions,
    TflitePool2DLayerOptions,
    TflitePooling2dLayer,
    TfliteQuantizeLayer,
    TfliteReshapeLayer,
    TfliteTransposeConvLayer,
    TfliteTransposeConvLayerOptions,
    TfliteUnidirectionalLstmLayer,
    TfliteUnidirectionalLstmLayerOptions,
)

if TYPE_CHECKING:
    from yzlite_core.tflite.enums import TfliteOpCode

__all__ = [
    "TFLITE_METADATA_TAG",
    "TfliteActivation",
    "TfliteAddLayer",
    "TfliteAddLayerOptions",
    "TfliteConv2DLayerOptions",
    "TfliteConv2dLayer",
    "TfliteConvParams",
    "TfliteDepthwiseConv2DLayerOptions",
    "TfliteDepthwiseConv2dLayer",
    "TfliteDepthwiseConvParams",
    "TfliteDequantizeLayer",
    "TfliteFullyConnectedLayer",
    "TfliteFullyConnectedLayerOptions",
    "TfliteFullyConnectedParams",
    "TfliteLayer",
    "TfliteLayerOptions",
    "TfliteModel",
    "TfliteModelParameters",
    "TfliteMulLayer",
    "TfliteMulLayerOptions",
    "TfliteOpCode",
    "TflitePadding",
    "TflitePool2DLayerOptions",
    "TflitePoolParams",
    "TflitePooling2dLayer",
    "TfliteQuantization",
    "TfliteQuantizeLayer",
    "TfliteReshapeLayer",
    "TfliteShape",
    "TfliteTensor",
    "TfliteTransposeConvLayer",
    "TfliteTransposeConvLayerOptions",
    "TfliteTransposeConvParams",
    "TfliteUnidirectionalLstmLayer",
    "TfliteUnidirectionalLstmLayerOptions",
]


def __getattr__(name: str) -> Any:
    """Hand out `TfliteOpCode`, which is made when it is asked for."""
    return getattr(enums, name)
