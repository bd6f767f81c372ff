from __future__ import annotations

import numpy as np
import pytest

import yzlite_core
from yzlite_core.errors import TfliteError
from yzlite_core.tflite import api
from yzlite_core.tflite.interpreter import SamplesError, TflitePredictor
from yzlite_core.tflite.kernel_params import activation_range, quantize_multiplier, same_padding
from yzlite_core.tflite.model import TfliteModel


def test_the_layers_have_names_for_their_parts(tiny):
    conv, depthwise, pool, reshape, dense, softmax = tiny.layers
    assert type(conv) is api.TfliteConv2dLayer
    assert (conv.filters, conv.kernel_size, conv.strides) == (4, (3, 3), (2, 2))
    assert (conv.padding, conv.activation, conv.use_bias) == ("SAME", "RELU", True)
    assert conv.filters_data.shape == (4, 3, 3, 1)
    assert conv.bias_data.shape == (4,)
    assert conv.input_tensor is tiny.inputs[0]
    assert conv.input_data is None
    assert type(depthwise) is api.TfliteDepthwiseConv2dLayer
    assert (depthwise.filters, depthwise.multiplier, depthwise.kernel_size) == (4, 1, (3, 3))
    assert type(pool) is api.TflitePooling2dLayer
    assert (pool.pool_size, pool.strides, pool.padding) == ((2, 2), (2, 2), "VALID")
    assert type(reshape) is api.TfliteReshapeLayer
    assert reshape.n_input_elements == reshape.output_tensor.flat_size == 24
    assert type(dense) is api.TfliteFullyConnectedLayer
    assert (dense.units, dense.accumulator_depth, dense.activation) == (3, 24, "NONE")
    assert dense.weights_data.shape == (3, 24)
    assert type(softmax) is api.TfliteLayer
    assert (softmax.n_inputs, softmax.n_outputs, softmax.opcode_str) == (1, 1, "SOFTMAX")
    assert "Op4-FULLY_CONNECTED" in str(dense)
    assert "padding: SAME" in str(conv.options)
    assert (conv.options.dilation_width, conv.options.activation_str) == (1, "RELU")
    with pytest.raises(TfliteError, match="Op5-SOFTMAX has no input 1"):
        softmax.get_input_tensor(1)


def test_operators_of_two_operands_and_of_recurrence(assemble):
    x = ("FLOAT32", (1, 4))
    tensors = {"x": x, "c": (*x, np.float32([1, 2, 3, 4]).tobytes()), "h": x, "y": x}
    add = ("ADD", ["x", "c"], ["h"], "AddOptions", {"fusedActivationFunction": 3})
    model = TfliteModel(assemble(tensors, [add, ("MUL", ["h", "c"], ["y"])]))
    assert [type(layer) for layer in model.layers] == [api.TfliteAddLayer, api.TfliteMulLayer]
    assert model.layers[0].activation is api.TfliteActivation.RELU6
    assert model.layers[0].input1_data is None
    assert model.layers[1].input2_data.tolist() == [[1, 2, 3, 4]]
    lstm = ("UNIDIRECTIONAL_SEQUENCE_LSTM", ["x"], ["y"])
    lstm += ("UnidirectionalSequenceLSTMOptions", {"timeMajor": True, "cellClip": 2.5})
    (layer,) = TfliteModel(assemble({"x": x, "y": x}, [lstm])).layers
    assert (layer.options.time_major, layer.options.cell_clip) == (True, 2.5)


def test_enumerations_are_their_names(tiny):
    assert tiny.layers[0].opcode == api.TfliteOpCode.CONV_2D
    assert api.TfliteOpCode("SOFTMAX") is api.TfliteOpCode.SOFTMAX
    for value in ("relu", "RELU", 1, api.TfliteActivation.RELU):
        assert api.TfliteActivation(value) is api.TfliteActivation.RELU
    assert api.TflitePadding(1) is api.TflitePadding.VALID
    assert int(api.TflitePadding.VALID) == 1
    with pytest.raises(ValueError, match="same-ish"):
        api.TflitePadding("same-ish")


def test_names_are_handed_out_by_the_core_and_the_facade():
    import yzlite.core
    from yzlite.core import tflite_model, tflite_model_parameters

    for name in api.__all__:
        assert getattr(yzlite_core, name) is getattr(yzlite.core, name) is getattr(tflite_model, name)
    assert tflite_model_parameters.TfliteModelParameters is yzlite_core.TfliteModelParameters
    with pytest.raises(AttributeError, match="TfliteNonsense"):
        _ = yzlite_core.TfliteNonsense


def test_a_tensor_says_what_it_is(tiny):
    (port,) = tiny.inputs
    assert str(port.shape) == "1x12x10x1"
    assert port.shape.flat_size == port.flat_size == 120
    assert (port.dtype_str, port.shape_dtype_str()) == ("int8", "12x10x1 (int8)")
    assert port.shape_dtype_str(include_batch=True) == "1x12x10x1 (int8)"
    assert (port.quantization.n_channels, len(port.quantization.scale)) == (1, 1)
    assert api.TfliteShape(7) == (7,)
    assert tiny.layers[0].filters_tensor.quantization.n_channels == 4


def test_values_of_a_constant_can_be_changed(tiny, tiny_bytes):
    bias = tiny.layers[0].bias_tensor
    shared = [t for t in tiny.tensors if t.is_constant and t is not bias]
    before = {t.index: t.data.copy() for t in shared}
    bias.data = bias.data + 100
    again = TfliteModel(tiny.flatbuffer_data)
    np.testing.assert_array_equal(
        again.layers[0].bias_data, TfliteModel(tiny_bytes).layers[0].bias_data + 100
    )
    for index, values in before.items():
        np.testing.assert_array_equal(again.tensors[index].data, values)
    for wrong, said in (
        (np.zeros(5, np.int32), r"takes int32 of shape \(4,\), got int32 of shape \(5,\)"),
        (np.zeros(4, np.float32), "takes int32, got float32"),
    ):
        with pytest.raises(TfliteError, match=said):
            bias.data = wrong
    with pytest.raises(TfliteError, match="is computed"):
        tiny.inputs[0].data = np.zeros((1, 12, 10, 1), np.int8)


# ------------------------------------------------------------------------------------- kernel parameters


@pytest.mark.parametrize("factor", [0.0, 1e-12, 0.25, 0.3, 0.5, 0.9999999999, 1.0, 1.7, 300.0])
def test_a_factor_is_a_multiplier_and_a_shift(factor):
    multiplier, shift = quantize_multiplier(factor)
    assert multiplier == 0 or 2**30 <= multiplier < 2**31
    assert multiplier * 2.0 ** (shift - 31) == pytest.approx(factor, rel=1e-9, abs=2e-10)


def test_padding_is_what_is_missing_at_the_borders():
    assert same_padding(size=12, output=6, kernel=3, stride=2) == 0
    assert same_padding(size=13, output=7, kernel=3, stride=2) == 1
    assert same_padding(size=10, output=10, kernel=3, stride=1, dilation=2) == 2


def run_keeping_all(tflite, x):
    """Run LiteRT's reference kernels and return the value of every tensor."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter = Interpreter(
        model_content=tflite,
        experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
    )
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    return lambda tensor: interpreter.get_tensor(tensor.index)


def requantized(sums, params):
    factors = np.array(params.per_channel_output_multiplier) * 2.0 ** (
        np.array(params.per_channel_output_shift) - 31
    )
    rounded = np.floor(sums * factors + 0.5).astype(int) + params.output_offset
    return rounded.clip(params.quantized_activation_min, params.quantized_activation_max)


def test_the_parameters_are_those_that_the_kernels_compute_with(tiny, tiny_bytes):
    x = np.random.default_rng(0).integers(-128, 128, (1, 12, 10, 1)).astype(np.int8)
    value = run_keeping_all(tiny_bytes, x)
    conv, depthwise, _, _, dense, _ = tiny.layers

    params = dense.params
    inputs = value(dense.input_tensor).astype(int) + params.input_offset
    sums = inputs @ (dense.weights_data.astype(int) + params.weights_offset).T + dense.bias_data
    np.testing.assert_allclose(requantized(sums, params), value(dense.output_tensor), atol=1)

    for layer in (conv, depthwise):
        params = layer.params
        given = value(layer.input_tensor).astype(int)[0] + params.input_offset
        height, width = layer.output_tensor.shape[1:3]
        padded = np.pad(given, ((params.padding_height, 3), (params.padding_width, 3), (0, 0)))
        weights = layer.filters_data.astype(int)
        sums = np.zeros((height, width, layer.filters), int)
        for row in range(height):
            for column in range(width):
                top, left = row * params.stride_height, column * params.stride_width
                patch = padded[top : top + 3, left : left + 3]
                products = weights[0] * patch if layer is depthwise else weights * patch
                sums[row, column] = products.sum(axis=(0, 1) if layer is depthwise else (1, 2, 3))
        result = requantized(sums + layer.bias_data, params)
        np.testing.assert_allclose(result, value(layer.output_tensor)[0], atol=1)
    assert depthwise.params.depth_multiplier == 1
    assert tiny.layers[2].params.padding_height == 0


def test_an_activation_limits_the_integers(tiny):
    output = tiny.layers[0].output_tensor
    scale, zero = output.scales[0], output.zero_points[0]
    assert activation_range(api.TfliteActivation.NONE, output) == (-128, 127)
    assert activation_range(api.TfliteActivation.RELU, output) == (zero, 127)
    low, high = activation_range(api.TfliteActivation.RELU6, output)
    assert (low, high) == (zero, min(127, round(6 / scale) + zero))


def test_a_float_layer_has_no_integer_parameters(data):
    model = TfliteModel.load_flatbuffer_file(data / "tiny_cnn.float32.tflite")
    with pytest.raises(TfliteError, match="not quantized"):
        _ = model.layers[0].params


@pytest.mark.parametrize(
    ("opcode", "inputs", "said"),
    [
        ("CONV_2D", [("INT8", (1, 4)), ("INT8", (4, 1, 1, 1))], "tensors of 4 dimensions"),
        ("CONV_2D", [("INT8", (1, 4, 4, 1)), ("INT8", (4, 1))], "weights of 2 dimensions instead of 4"),
        ("FULLY_CONNECTED", [("INT8", (1, 4)), ("INT8", (4, 4))], "not quantized"),
    ],
)
def test_what_does_not_fit_an_operator_is_a_sentence(assemble, opcode, inputs, said):
    tensors = {f"i{n}": port for n, port in enumerate(inputs)} | {"y": ("INT8", (1, 4, 4, 4))}
    (layer,) = TfliteModel(assemble(tensors, [(opcode, [f"i{n}" for n in range(len(inputs))], ["y"])])).layers
    with pytest.raises(TfliteError, match=said):
        _ = layer.params


def test_an_unknown_enumeration_is_a_sentence(assemble):
    x = ("INT8", (1, 4, 4, 1))
    operator = ("MAX_POOL_2D", ["x"], ["y"], "Pool2DOptions", {"padding": 115})
    (layer,) = TfliteModel(assemble({"x": x, "y": x}, [operator])).layers
    with pytest.raises(TfliteError, match="115 is no TflitePadding"):
        _ = layer.padding


# ------------------------------------------------------------------------------------------- prediction


@pytest.fixture
def images():
    return np.random.default_rng(0).normal(size=(7, 12, 10, 1)).astype(np.float32)


def test_one_sample_a_batch_and_a_generator(tiny, images):
    predictor = TflitePredictor(tiny.flatbuffer_data, exact=True)
    expected = predictor.run(images)[0]
    batch = tiny.predict(images)
    assert (batch.dtype, batch.shape) == (np.int8, (7, 3))
    np.testing.assert_array_equal(batch, expected)
    np.testing.assert_array_equal(tiny.predict(images[2]), expected[2])
    for batches in (((images[i : i + 3], None) for i in (0, 3, 6)), iter([images[:3], images[3:]])):
        np.testing.assert_array_equal(tiny.predict(batches), expected)
    np.testing.assert_array_equal(tiny.predict(list(images)), expected)
    real = tiny.predict(images, y_dtype=np.float32)
    np.testing.assert_array_equal(real, predictor.predict(images))
    np.testing.assert_array_equal(tiny.dequantize_output_to_float32(expected), real)
    np.testing.assert_array_equal(tiny.predict(images, np.int32), expected.astype(np.int32))
    integers = tiny.quantize_to_input_dtype(images)
    assert tiny.quantize_to_input_dtype(integers) is integers
    np.testing.assert_array_equal(tiny.predict(integers), expected)
    np.testing.assert_array_equal(tiny.predict(images, interpreter_kwargs={"num_threads": 2}), expected)


def test_several_inputs_by_place_by_name_and_without_batch(data):
    model = TfliteModel.load_flatbuffer_file(data / "two_ports.tflite")
    rng = np.random.default_rng(2)
    zeta, alpha = rng.normal(size=(6, 4)).astype(np.float32), rng.normal(size=(6, 3)).astype(np.float32)
    expected = model.predict([zeta, alpha])
    assert [output.shape for output in expected] == [(6, 5), (6, 2)]
    for x in ({0: zeta, 1: alpha}, {"alpha": alpha, "zeta": zeta}, (zeta, alpha)):
        for ours, theirs in zip(model.predict(x), expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)
    single = model.predict({0: zeta[3], 1: alpha[3]})
    for ours, theirs in zip(single, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs[3])


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (np.zeros((3, 4)), "has 2 inputs .zeta, alpha.*give a list"),
        ({0: np.zeros((1, 4))}, "inputs are zeta, alpha, not zeta"),
        ({0: np.zeros((1, 4)), 7: np.zeros((1, 3))}, "inputs are zeta, alpha, not zeta, 7"),
        ([np.zeros(4), np.zeros((1, 3))], "takes samples of shape"),
    ],
)
def test_inputs_that_do_not_fit_are_explained(data, x, said):
    with pytest.raises(SamplesError, match=said):
        TfliteModel.load_flatbuffer_file(data / "two_ports.tflite").predict(x)


def test_an_empty_generator_has_no_predictions(tiny):
    with pytest.raises(SamplesError, match="yields no samples"):
        tiny.predict(iter(()))


# ------------------------------------------------------------------------------------------ the model


def test_parts_are_found_by_number(tiny):
    assert (tiny.n_inputs, tiny.n_outputs, tiny.n_subgraphs) == (1, 1, 1)
    assert tiny.get_tensor(2) is tiny.tensors[2]
    assert tiny.get_input_tensor() is tiny.inputs[0]
    assert tiny.get_output_tensor().shape == (1, 3)
    assert tiny.get_input_data() is tiny.get_output_data() is None
    assert tiny.get_tensor_data(tiny.layers[0].filters_tensor.index).shape == (4, 3, 3, 1)
    assert len(tiny) == tiny.flatbuffer_size
    assert tiny.filename is None
    assert "CONV_2D" in tiny.summary()
    for ask in (
        lambda: tiny.get_tensor(999),
        lambda: tiny.get_input_tensor(1),
        lambda: tiny.get_output_tensor(-1),
    ):
        with pytest.raises(TfliteError, match="there is no number"):
            ask()


def test_another_graph_can_be_selected(tiny):
    import copy

    other = copy.deepcopy(tiny.flatbuffer_subgraph)
    other.operators = other.operators[:2]
    tiny.flatbuffer_model.subgraphs.append(other)
    tiny.regenerate_flatbuffer(reload_model=True)
    assert (tiny.n_subgraphs, len(tiny.layers)) == (2, 6)
    tiny.selected_model_subgraph = 1
    assert [layer.opcode for layer in tiny.layers] == ["CONV_2D", "DEPTHWISE_CONV_2D"]
    with pytest.raises(TfliteError, match="has 2 graphs"):
        tiny.selected_model_subgraph = 2


def test_changes_of_the_object_form_are_checked(tiny):
    tiny.flatbuffer_model.subgraphs[0].tensors[0].buffer = 999
    with pytest.raises(TfliteError, match="buffer 999"):
        tiny.regenerate_flatbuffer(reload_model=True)


def test_a_saved_model_may_take_over_the_path(tiny, tmp_path):
    path = tiny.save(tmp_path / "one.tflite", update_path=True)
    assert (tiny.path, tiny.filename, tiny.name) == (path, "one.tflite", "one")
    tiny.save(tmp_path / "two.tflite")
    assert tiny.path == path
    assert TfliteModel.load_flatbuffer_file("one.tflite", cwd=tmp_path).name == "one"
