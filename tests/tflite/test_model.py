from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yzlite_core.errors import TfliteError
from yzlite_core.tflite.interpreter import TflitePredictor
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.schema import schema


def buffer_offsets(flatbuffer):
    """Return where each buffer's bytes start in the file."""
    whole = np.frombuffer(flatbuffer, np.uint8)
    model = schema().Model.GetRootAs(flatbuffer, 0)
    contents = [model.Buffers(index).DataAsNumpy() for index in range(model.BuffersLength())]
    return [
        c.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
        for c in contents
        if isinstance(c, np.ndarray) and c.size
    ]


def prediction(flatbuffer):
    samples = np.random.default_rng(0).normal(size=(5, 12, 10, 1)).astype(np.float32)
    return TflitePredictor(flatbuffer).predict(samples)


def test_layers_are_read_in_their_order_of_execution(tiny):
    assert [layer.name for layer in tiny.layers] == [
        "Op0-CONV_2D",
        "Op1-DEPTHWISE_CONV_2D",
        "Op2-AVERAGE_POOL_2D",
        "Op3-RESHAPE",
        "Op4-FULLY_CONNECTED",
        "Op5-SOFTMAX",
    ]


def test_an_operator_that_no_layer_uses_is_not_named(tiny):
    tiny._model.operatorCodes.append(tiny._model.operatorCodes[0])
    assert len(tiny.opcodes) == len(tiny._model.operatorCodes) - 1


def test_options_have_names_instead_of_numbers(tiny):
    options = tiny.layers[0].options
    assert options["padding"] == "SAME"
    assert options["fused_activation_function"] == "RELU"
    assert (options["stride_h"], options["stride_w"], options["dilation_h_factor"]) == (2, 2, 1)


def test_a_tensor_knows_its_shape_type_and_quantization(tiny):
    (port,) = tiny.inputs
    assert (port.shape, port.dtype, port.size_bytes) == ((1, 12, 10, 1), np.int8, 120)
    assert len(port.scales) == len(port.zero_points) == 1
    assert port.data is None
    assert not port.is_constant
    weights = tiny.layers[0].inputs[1]
    assert weights.shape == (4, 3, 3, 1)
    assert len(weights.scales) == 4
    assert weights.quantization.quantization_dimension == 0
    assert weights.data.dtype == np.int8
    assert np.abs(weights.data).max() == 127
    bias = tiny.layers[0].inputs[2]
    assert (bias.dtype, bias.data.shape) == (np.int32, (4,))


def test_constant_data_cannot_be_changed_by_accident(tiny):
    with pytest.raises(ValueError, match="read-only"):
        tiny.layers[0].inputs[1].data[0] = 0


def test_ports_have_the_names_of_the_keras_model(data):
    model = TfliteModel.load_flatbuffer_file(data / "two_ports.tflite")
    assert dict(zip(model.input_names, [port.shape for port in model.inputs], strict=True)) == {
        "zeta": (1, 4),
        "alpha": (1, 3),
    }
    # The converter has swapped the outputs; the names tell which is which.
    assert dict(zip(model.output_names, [port.shape for port in model.outputs], strict=True)) == {
        "output_0": (1, 5),
        "output_1": (1, 2),
    }


def test_the_name_is_that_of_the_file(data, tiny_bytes):
    assert TfliteModel.load_flatbuffer_file(data / "tiny_cnn.tflite").name == "tiny_cnn"
    assert TfliteModel(tiny_bytes).name == "my_model"


def test_an_unchanged_model_keeps_its_very_bytes(tiny, tiny_bytes):
    assert tiny.flatbuffer_data == tiny_bytes
    assert tiny.flatbuffer_size == len(tiny_bytes)


def test_the_description_is_written(tiny):
    tiny.description = "Erkennt Schlüsselwörter"
    assert TfliteModel(tiny.flatbuffer_data).description == "Erkennt Schlüsselwörter"


def test_metadata_is_added_replaced_and_removed_without_changing_what_is_computed(tiny, tiny_bytes):
    expected = prediction(tiny_bytes)
    tiny.add_metadata("first", b"\0" * 100)
    tiny.add_metadata("second", b"two")
    tiny.add_metadata("first", b"one")
    again = TfliteModel(tiny.flatbuffer_data)
    assert again.get_metadata("first") == b"one"
    assert again.get_metadata("second") == b"two"
    assert again.get_metadata("third") is None
    assert set(again.get_all_metadata()) >= {"first", "second", "min_runtime_version"}
    np.testing.assert_array_equal(prediction(again.flatbuffer_data), expected)

    assert again.remove_metadata("first")
    assert not again.remove_metadata("first")
    assert again.get_metadata("first") is None
    assert again.get_metadata("second") == b"two"
    np.testing.assert_array_equal(prediction(again.flatbuffer_data), expected)
    for kept, before in zip(again.tensors, TfliteModel(tiny_bytes).tensors, strict=True):
        np.testing.assert_array_equal(kept.data, before.data)


tags = st.sampled_from(["a", "SL_PARAMSv1", "min_runtime_version", "ö"])
changes = st.one_of(
    st.tuples(st.just("add"), tags, st.binary(max_size=50)),
    st.tuples(st.just("remove"), tags, st.just(b"")),
    st.tuples(
        st.just("describe"), st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.just(b"")
    ),
    st.tuples(st.just("reload"), st.just(""), st.just(b"")),
)


@given(st.lists(changes, max_size=12))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_order_of_changes_of_the_metadata_changes_what_is_computed(tiny_bytes, steps):
    model = TfliteModel(tiny_bytes)
    expected = model.get_all_metadata()
    for what, text, content in steps:
        if what == "add":
            model.add_metadata(text, content)
            expected[text] = content
        elif what == "remove":
            assert model.remove_metadata(text) == (expected.pop(text, None) is not None)
        elif what == "describe":
            model.description = text
        else:
            model = TfliteModel(model.flatbuffer_data)
    written = model.flatbuffer_data
    assert TfliteModel(written).get_all_metadata() == expected
    assert {offset % 16 for offset in buffer_offsets(written)} <= {0} or written == tiny_bytes
    np.testing.assert_array_equal(prediction(written), prediction(tiny_bytes))


def test_removing_metadata_never_empties_a_buffer_that_a_tensor_shares(tiny):
    weights = tiny.layers[0].inputs[1]
    shared = tiny._model.subgraphs[0].tensors[weights.index].buffer
    tiny._model.metadata[0].buffer = shared
    tag = next(iter(tiny.get_all_metadata()))
    tiny.remove_metadata(tag)
    kept = TfliteModel(tiny.flatbuffer_data).layers[0].inputs[1]
    np.testing.assert_array_equal(kept.data, weights.data)


def test_replacing_metadata_again_and_again_does_not_grow_the_file(tiny):
    tiny.add_metadata("tag", b"x" * 50)
    once = tiny.flatbuffer_size
    for _ in range(20):
        tiny.add_metadata("tag", b"y" * 50)
    assert tiny.flatbuffer_size == once


def test_constants_are_written_at_multiples_of_sixteen(tiny):
    tiny.add_metadata("odd", b"abc")
    offsets = buffer_offsets(tiny.flatbuffer_data)
    assert len(offsets) > 6
    assert [offset % 16 for offset in offsets] == [0] * len(offsets)


def test_a_model_is_saved_and_read_again(tiny, tmp_path):
    tiny.add_metadata("tag", b"content")
    path = tiny.save(tmp_path / "sub" / "model.tflite")
    assert TfliteModel.load_flatbuffer_file(path).get_metadata("tag") == b"content"
    assert [entry.name for entry in path.parent.iterdir()] == ["model.tflite"]


def test_a_model_without_a_file_needs_a_path_to_save(tiny):
    with pytest.raises(TfliteError, match="needs a path"):
        tiny.save()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(TfliteError, match=r"nowhere\.tflite cannot be read"):
        TfliteModel.load_flatbuffer_file(tmp_path / "nowhere.tflite")


def test_operators_of_other_makers_keep_their_names(assemble):
    tensors = {"x": ("FLOAT32", (1, 4)), "h": ("FLOAT32", (1, 4)), "y": ("FLOAT32", (1, 4))}
    model = TfliteModel(assemble(tensors, [("MyOperator", ["x"], ["h"]), (9999, ["h", None], ["y"])]))
    assert [layer.opcode for layer in model.layers] == ["MyOperator", "BUILTIN_9999"]
    assert model.layers[1].inputs == (model.tensors[1], None)
    assert model.layers[1].tensors == (model.tensors[1], model.tensors[2])


@pytest.mark.parametrize(
    ("kind", "packed", "expected"),
    [
        ("INT4", b"\x21\xf8\x07", [1, 2, -8, -1, 7]),
        ("UINT4", b"\x21\xf8\x07", [1, 2, 8, 15, 7]),
        ("INT2", b"\xe4\x01", [0, 1, -2, -1, 1]),
    ],
)
def test_packed_integers_are_widened(assemble, kind, packed, expected):
    model = TfliteModel(assemble({"x": (kind, (5,), packed)}, []))
    assert model.tensors[0].size_bytes == len(packed)
    assert model.tensors[0].data.tolist() == expected


def test_strings_have_no_fixed_size(assemble):
    tensor = TfliteModel(assemble({"x": ("STRING", (2,), b"whatever")}, [])).tensors[0]
    assert tensor.size_bytes == 0
    assert tensor.data.tobytes() == b"whatever"
