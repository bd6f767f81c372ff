from __future__ import annotations

import pytest

from yzlite_core.tflite.metrics import Cost, layer_cost, model_cost
from yzlite_core.tflite.model import TfliteModel

RELU, TANH = 1, 4


def cost(assemble, opcode, inputs, output, options=None):
    """Count one layer; an input is a shape, or None where it is left out."""
    tensors = {f"i{n}": ("INT8", shape) for n, shape in enumerate(inputs) if shape is not None}
    tensors["y"] = ("INT8", output)
    names = [None if shape is None else f"i{n}" for n, shape in enumerate(inputs)]
    operator = (opcode, names, ["y"]) if options is None else (opcode, names, ["y"], *options)
    return layer_cost(TfliteModel(assemble(tensors, [operator])).layers[0])


def conv(size, kernel, channels, filters, *, depthwise=False):
    """Return the operator of a convolution with a square output, as (opcode, inputs, output)."""
    weights = (1, *kernel, filters) if depthwise else (filters, *kernel, channels)
    opcode = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
    return opcode, [(1, *size, channels), weights, (filters,)], (1, *size, filters)


def dense(features, units):
    return "FULLY_CONNECTED", [(1, features), (units, features), (units,)], (1, units)


def separable(size, channels, filters):
    return [conv(size, (3, 3), channels, channels, depthwise=True), conv(size, (1, 1), channels, filters)]


def mobilenet():
    blocks = [(48, 8, 16), (24, 16, 32), (24, 32, 32), (12, 32, 64), (12, 64, 64), (6, 64, 128)]
    blocks += [(6, 128, 128)] * 5 + [(3, 128, 256), (3, 256, 256)]
    layers = [conv((48, 48), (3, 3), 3, 8)]
    for size, channels, filters in blocks:
        layers += separable((size, size), channels, filters)
    return [*layers, dense(256, 2)]


def resnet():
    stages = [(32, 16, 16), (16, 16, 32), (8, 32, 64)]
    layers = [conv((32, 32), (3, 3), 3, 16)]
    for size, channels, filters in stages:
        layers += [
            conv((size, size), (3, 3), channels, filters),
            conv((size, size), (3, 3), filters, filters),
        ]
        layers += [conv((size, size), (1, 1), channels, filters)] if channels != filters else []
    return [*layers, dense(64, 10)]


def auto_encoder():
    sides = [dense(640, 128), *3 * [dense(128, 128)], dense(128, 8)]
    return [*sides, dense(8, 128), *3 * [dense(128, 128)], dense(128, 640)]


NETWORKS = {
    "guide's CNN": ([conv((25, 20), (10, 8), 1, 8), dense(4000, 4)], 336_000),
    "DS-CNN": ([conv((25, 5), (10, 4), 1, 64), *4 * separable((25, 5), 64, 64), dense(64, 12)], 2_656_768),
    "ResNet": (resnet(), 12_501_632),
    "MobileNet": (mobilenet(), 7_489_664),
    "auto-encoder": (auto_encoder(), 264_192),
}


@pytest.mark.parametrize(("layers", "macs"), NETWORKS.values(), ids=NETWORKS)
def test_macs_of_known_networks(assemble, layers, macs):
    assert sum(cost(assemble, *layer).macs for layer in layers) == macs


def test_operations_are_two_for_each_mac_with_bias_and_activation_on_top(assemble):
    options = ("Conv2DOptions", {"fusedActivationFunction": RELU})
    opcode, inputs, output = conv((4, 4), (3, 3), 2, 8)
    outputs, macs = 4 * 4 * 8, 4 * 4 * 8 * 18
    assert cost(assemble, opcode, inputs, output, options) == Cost(macs, 2 * macs + 2 * outputs)
    assert cost(assemble, opcode, inputs[:2], output) == Cost(macs, 2 * macs)
    assert cost(assemble, opcode, [*inputs[:2], None], output) == Cost(macs, 2 * macs)


def test_a_transposed_convolution_spreads_every_input_element_over_the_kernel(assemble):
    counted = cost(assemble, "TRANSPOSE_CONV", [(4,), (6, 3, 3, 4), (1, 8, 8, 4)], (1, 16, 16, 6))
    assert counted.macs == 8 * 8 * 4 * 9 * 6


@pytest.mark.parametrize(
    ("inputs", "transposed"), [([(2, 5, 7), (2, 7, 3)], False), ([(2, 7, 5), (2, 7, 3)], True)]
)
def test_a_matrix_product_sums_over_the_inner_dimension(assemble, inputs, transposed):
    options = ("BatchMatMulOptions", {"adjX": transposed})
    assert cost(assemble, "BATCH_MATMUL", inputs, (2, 5, 3), options).macs == 2 * 5 * 3 * 7


def test_an_lstm_multiplies_by_four_gates_at_each_step(assemble):
    weights, recurrent = [(8, 6)] * 4, [(8, 8)] * 4
    counted = cost(assemble, "UNIDIRECTIONAL_SEQUENCE_LSTM", [(1, 12, 6), *weights, *recurrent], (1, 12, 8))
    assert counted.macs == 12 * 4 * 8 * (6 + 8)


def test_pooling_looks_at_every_element_of_the_window(assemble):
    options = ("Pool2DOptions", {"filterHeight": 2, "filterWidth": 3})
    counted = cost(assemble, "MAX_POOL_2D", [(1, 8, 9, 4)], (1, 4, 3, 4), options)
    assert counted == Cost(0, 4 * 3 * 4 * 6)


@pytest.mark.parametrize(
    ("opcode", "operations"),
    [("ADD", 1), ("MUL", 1), ("LOGISTIC", 1), ("QUANTIZE", 2), ("SOFTMAX", 5), ("RESHAPE", 0), ("PAD", 0)],
)
def test_operations_of_an_element(assemble, opcode, operations):
    assert cost(assemble, opcode, [(1, 10)], (1, 10)) == Cost(0, 10 * operations)


def test_a_mean_adds_every_input_and_divides_every_output(assemble):
    assert cost(assemble, "MEAN", [(1, 4, 4, 3), (2,)], (1, 3)) == Cost(0, 48 + 3)


def test_an_unknown_operator_has_no_number(assemble):
    tensors = {"x": ("INT8", (1, 4)), "h": ("INT8", (1, 4)), "y": ("INT8", (1, 4))}
    model = TfliteModel(assemble(tensors, [("RELU", ["x"], ["h"]), ("MyOperator", ["h"], ["y"])]))
    counted = model_cost(model)
    assert counted.layers == (Cost(0, 4), None)
    assert counted.unknown_layers == ("Op1-MyOperator",)
    assert (counted.macs, counted.ops) == (0, 4)


def test_the_sums_are_those_of_the_layers(tiny):
    counted = model_cost(tiny)
    assert counted.macs == (6 * 5 * 4 * 9) + (6 * 5 * 4 * 9) + 24 * 3
    assert counted.ops == sum(layer.ops for layer in counted.layers)
    assert counted.unknown_layers == ()
