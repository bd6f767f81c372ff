from __future__ import annotations

from yzlite_core.conversion.audit import float_tensors, is_int8
from yzlite_core.tflite.model import TfliteModel


def test_an_int8_model_has_no_float_tensors(tiny):
    assert float_tensors(tiny) == []
    assert is_int8(tiny)


def test_declared_float_inputs_and_outputs_do_not_count(data):
    model = TfliteModel.load_flatbuffer_file(data / "two_ports.tflite")
    assert {tensor.type for tensor in (*model.inputs, *model.outputs)} == {"FLOAT32"}
    assert float_tensors(model) == []
    assert is_int8(model)


def test_operators_that_the_converter_left_in_float_are_named(data):
    model = TfliteModel.load_flatbuffer_file(data / "layer_norm.tflite")
    assert {tensor.type for tensor in (*model.inputs, *model.outputs)} == {"INT8"}
    assert "functional_2_1/layer_normalization_1/Neg" in float_tensors(model)
    assert not is_int8(model)


def test_a_float32_model_is_not_int8(data):
    model = TfliteModel.load_flatbuffer_file(data / "tiny_cnn.float32.tflite")
    assert len(float_tensors(model)) > 5
    assert not is_int8(model)


def test_a_single_float_operator_is_not_int8_although_nothing_lies_between_its_ports(assemble):
    model = TfliteModel(
        assemble({"x": ("FLOAT32", (1, 4)), "y": ("FLOAT32", (1, 4))}, [("RELU", ["x"], ["y"])])
    )
    assert float_tensors(model) == []
    assert not is_int8(model)
