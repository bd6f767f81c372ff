from __future__ import annotations

import contextlib
import copy
import math
import pickle
import random
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yzlite_core.errors import FrozenSettingError, TfliteError, YZLiteError
from yzlite_core.tflite.interpreter import TflitePredictor
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.parameters import TFLITE_METADATA_TAG, ParameterError, TfliteModelParameters

FLOAT32_MAX = float(np.finfo(np.float32).max)
FLOAT32_TINY = float(np.finfo(np.float32).tiny)

texts = st.text(st.characters(exclude_categories=["Cs"]))
float32s = st.floats(width=32, allow_nan=False, allow_infinity=False)
values = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False),
    texts,
    st.binary(),
    st.lists(texts),
    st.lists(st.integers(-(2**31), 2**31 - 1)),
    st.lists(float32s),
)


def as_stored(value, dtype):
    return float(np.float32(value)) if dtype == "float" else value


@given(st.dictionaries(texts, values))
def test_what_is_written_is_read(given_values):
    parameters = TfliteModelParameters(given_values)
    again = TfliteModelParameters.deserialize(parameters.serialize())
    expected = {key: as_stored(value, parameters.dtype(key)) for key, value in given_values.items()}
    assert again == expected
    assert list(again) == list(expected)
    assert [type(value) for value in again.values()] == [type(value) for value in expected.values()]
    assert again.serialize() == TfliteModelParameters(again).serialize()


@given(st.sampled_from([8, 16, 32, 64]), st.booleans(), st.data())
def test_every_integer_type_holds_its_range_and_no_more(bits, signed, data):
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    dtype = f"{'' if signed else 'u'}int{bits}"
    value = data.draw(st.one_of(st.integers(low, high), st.sampled_from([low, high])))
    parameters = TfliteModelParameters()
    parameters.put("key", value, dtype)
    again = TfliteModelParameters.deserialize(parameters.serialize())
    assert (again["key"], again.dtype("key")) == (value, dtype)
    for outside in (low - 1, high + 1):
        with pytest.raises(ParameterError):
            parameters.put("key", outside, dtype)


@given(st.binary(max_size=400))
def test_random_bytes_are_refused_or_read(content):
    with contextlib.suppress(TfliteError):  # and nothing else
        TfliteModelParameters.deserialize(content)


def test_damaged_bytes_end_in_a_sentence():
    whole = TfliteModelParameters(a=1, b=[1.5, 2.5], c="text", d=["x", "y"], e=b"\0\1", f=[1, 2]).serialize()
    rng = random.Random(3)
    for size in range(len(whole) - 2):  # the last two bytes are padding
        with pytest.raises(TfliteError):
            TfliteModelParameters.deserialize(whole[:size])
    refused = 0
    for _ in range(400):
        damaged = bytearray(whole)
        bit = rng.randrange(8 * len(damaged))
        damaged[bit // 8] ^= 1 << bit % 8
        try:
            TfliteModelParameters.deserialize(bytes(damaged))
        except TfliteError:
            refused += 1
    assert refused > 100


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (True, "bool"),
        (0, "uint8"),
        (255, "uint8"),
        (256, "uint16"),
        (2**16, "uint32"),
        (2**32, "uint64"),
        (2**64 - 1, "uint64"),
        (-1, "int8"),
        (-128, "int8"),
        (-129, "int16"),
        (-(2**15) - 1, "int32"),
        (-(2**31), "int32"),
        (-(2**31) - 1, "int64"),
        (-(2**63), "int64"),
        (0.0, "float"),
        (-1.5, "float"),
        (FLOAT32_TINY, "float"),
        (-FLOAT32_MAX, "float"),
        (FLOAT32_TINY / 2, "double"),
        (-2 * FLOAT32_MAX, "double"),
        (math.inf, "double"),
        ("text", "str"),
        (b"\0", "bin"),
        ([], "str_list"),
        (["a", "b"], "str_list"),
        ([1, -2], "int32_list"),
        ([1.0, -2.0], "float_list"),
        (("a", "b"), "str_list"),
        (np.float32(1.5), "float"),
        (np.int64(-300), "int16"),
        (np.bool_(True), "bool"),
        (np.array([1, 2]), "int32_list"),
        (bytearray(b"x"), "bin"),
    ],
)
def test_the_value_decides_its_type(value, dtype):
    parameters = TfliteModelParameters(key=value)
    assert parameters.dtype("key") == dtype
    assert TfliteModelParameters.deserialize(parameters.serialize()).dtype("key") == dtype


@pytest.mark.parametrize(
    "value",
    [
        *(None, {}, 1j, "\ud800", 2**64, -(2**63) - 1, [2**31]),
        *([1, "a"], ["a", 1], [1, 2.0], [1.0, 2], [True], [None], [[1]]),
    ],
)
def test_what_has_no_type_is_refused_by_name(value):
    for assign in (
        lambda: TfliteModelParameters(threshold=value),
        lambda: TfliteModelParameters().update(threshold=value),
        lambda: TfliteModelParameters().__setitem__("threshold", value),
        lambda: TfliteModelParameters().setdefault("threshold", value),
        lambda: TfliteModelParameters().__ior__({"threshold": value}),
    ):
        with pytest.raises(ParameterError, match="The model parameter 'threshold' cannot be") as caught:
            assign()
        assert isinstance(caught.value, ValueError)
        assert isinstance(caught.value, YZLiteError)
        assert repr(value) in str(caught.value)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1.5, "int8"),
        ("1", "int32"),
        (1, "bool"),
        (True, "uint8"),
        (1e39, "float"),
        ("a", "bin"),
        ("a", "str_list"),
    ],
)
def test_a_value_that_does_not_fit_the_asked_type_is_refused(value, dtype):
    with pytest.raises(ParameterError, match=f"it does not fit the type {dtype}"):
        TfliteModelParameters().put("key", value, dtype)


def test_an_unknown_type_and_a_key_that_is_no_text_are_refused():
    with pytest.raises(ParameterError, match="there is no type 'int4'"):
        TfliteModelParameters().put("key", 1, "int4")
    with pytest.raises(ParameterError, match="the name of a parameter is a str"):
        TfliteModelParameters({1: 2})


def test_an_explicit_type_survives_writing_copying_and_updating():
    parameters = TfliteModelParameters()
    parameters.put("count", 3, "int32")
    other = TfliteModelParameters(first=1)
    other.update(parameters)
    for held in (
        parameters.copy(),
        copy.deepcopy(parameters),
        pickle.loads(pickle.dumps(parameters)),
        TfliteModelParameters.deserialize(parameters.serialize()),
        other,
    ):
        assert (held["count"], held.dtype("count")) == (3, "int32")
    parameters["count"] = 3
    assert parameters.dtype("count") == "uint8"


def test_a_list_that_was_changed_in_place_is_checked_before_it_is_written():
    parameters = TfliteModelParameters(classes=["cat"])
    parameters["classes"].append("dog")
    assert TfliteModelParameters.deserialize(parameters.serialize())["classes"] == ["cat", "dog"]
    parameters["classes"].append(3)
    with pytest.raises(ParameterError, match="'classes'"):
        parameters.serialize()


def test_it_is_a_dictionary():
    parameters = TfliteModelParameters({"a": 1}, b=2)
    assert parameters == {"a": 1, "b": 2}
    assert parameters.setdefault("a", 7) == 1
    assert parameters.setdefault("c", 3) == 3
    assert parameters.pop("c") == 3
    assert parameters.pop("c", None) is None
    assert parameters.popitem() == ("b", 2)
    parameters |= {"d": 4}
    del parameters["a"]
    assert parameters == {"d": 4}
    parameters.clear()
    assert parameters == {}
    with pytest.raises(KeyError):
        del parameters["a"]


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.put("b", 1),
        lambda p: p.update(a=2),
        lambda p: p.pop("a"),
        lambda p: p.popitem(),
        lambda p: p.clear(),
        lambda p: p.setdefault("b", 1),
        lambda p: p.__setitem__("a", 2),
        lambda p: p.__delitem__("a"),
        lambda p: p.__ior__({"a": 2}),
    ],
)
def test_frozen_parameters_do_not_change(change):
    parameters = TfliteModelParameters(a=1)
    parameters.freeze()
    for held in (parameters, copy.deepcopy(parameters)):
        with pytest.raises(FrozenSettingError, match="model parameter"):
            change(held)
        assert held == {"a": 1}
    unfrozen = parameters.copy()
    unfrozen["a"] = 2
    assert unfrozen == {"a": 2}


def test_other_versions_of_the_format_are_refused():
    content = bytearray(TfliteModelParameters().serialize())
    (root,) = struct.unpack_from("<I", content)
    fields = root - struct.unpack_from("<i", content, root)[0]
    (version,) = struct.unpack_from("<H", content, fields + 4)
    assert content[root + version] == 1
    content[root + version] = 2
    with pytest.raises(TfliteError, match="version 2 of the format"):
        TfliteModelParameters.deserialize(bytes(content))


def test_parameters_travel_in_the_file(data, tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes((data / "tiny_cnn.tflite").read_bytes())
    assert TfliteModelParameters.load_from_tflite_file(path) == {}
    TfliteModelParameters(classes=["cat", "dog"], threshold=0.5).add_to_tflite_file(path)
    assert TfliteModelParameters.load_from_tflite_file(path) == {"classes": ["cat", "dog"], "threshold": 0.5}
    TfliteModelParameters(other=1).add_to_tflite_file(path)
    assert TfliteModelParameters.load_from_tflite_file(path) == {"other": 1}
    elsewhere = TfliteModelParameters(tagged=2).add_to_tflite_file(path, tmp_path / "new.tflite", tag="MINE")
    assert TfliteModelParameters.load_from_tflite_file(elsewhere, tag="MINE") == {"tagged": 2}
    assert TfliteModelParameters.load_from_tflite_file(elsewhere) == {"other": 1}
    assert TfliteModel.load_flatbuffer_file(path).get_metadata("MINE") is None


def test_parameters_do_not_change_what_is_computed(tiny_bytes):
    samples = np.random.default_rng(0).normal(size=(4, 12, 10, 1)).astype(np.float32)
    written = TfliteModelParameters(classes=["a", "b", "c"]).add_to_tflite_flatbuffer(tiny_bytes)
    assert TfliteModelParameters.load_from_tflite_flatbuffer(written) == {"classes": ["a", "b", "c"]}
    np.testing.assert_array_equal(
        TflitePredictor(written).predict(samples), TflitePredictor(tiny_bytes).predict(samples)
    )


def test_damaged_parameters_of_a_model_are_reported(tiny):
    tiny.add_metadata(TFLITE_METADATA_TAG, b"no parameters at all")
    with pytest.raises(TfliteError, match="The parameters of the model are not readable"):
        TfliteModelParameters.load_from_tflite_model(tiny)


def test_the_summary_has_a_line_for_each():
    parameters = TfliteModelParameters(classes=["a", "b"], x=0.9, y=[0.1, 2.0], raw=b"123")
    again = TfliteModelParameters.deserialize(parameters.serialize())
    assert (
        parameters.summary().splitlines()
        == again.summary().splitlines()
        == ["classes: a, b", "x: 0.9", "y: 0.1, 2.0", "raw: <3 bytes>"]
    )


def test_the_bytes_are_those_of_the_format():
    """Read with the FlatBuffers runtime alone: slots and tags as the firmware expects them."""
    from flatbuffers import number_types
    from flatbuffers.table import Table

    parameters = TfliteModelParameters()
    parameters.put("key", -5, "int16")
    content = parameters.serialize()
    root = Table(content, struct.unpack_from("<I", content)[0])
    assert root.Get(number_types.Uint8Flags, root.Pos + root.Offset(4)) == 1
    assert root.VectorLen(root.Offset(6)) == 1
    entry = Table(content, root.Indirect(root.Vector(root.Offset(6))))
    assert entry.String(entry.Pos + entry.Offset(4)) == b"key"
    assert entry.Get(number_types.Uint8Flags, entry.Pos + entry.Offset(6)) == 4  # the fourth member: int16
    value = Table(content, entry.Indirect(entry.Pos + entry.Offset(8)))
    assert value.Get(number_types.Int16Flags, value.Pos + value.Offset(4)) == -5
