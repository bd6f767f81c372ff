from __future__ import annotations

import hashlib
import re

import numpy as np
import pytest

from yzlite_core.tflite.interpreter import TflitePredictor
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.parameters import ParameterError, TfliteModelParameters
from yzlite_core.tflite.stamp import stamped, with_parameters


def parameters_of(tflite):
    return TfliteModelParameters.load_from_tflite_flatbuffer(tflite)


def test_the_hash_is_that_of_the_file_without_hash_and_date(tiny_bytes):
    tflite = stamped(tiny_bytes, TfliteModelParameters(classes=["a", "b"]), "A model")
    held = parameters_of(tflite)
    assert TfliteModel(tflite).description == "A model"
    assert list(held) == ["classes", "hash", "date"]
    held.update(hash="", date="")
    assert hashlib.md5(held.add_to_tflite_flatbuffer(tflite)).hexdigest() == parameters_of(tflite)["hash"]


def test_the_date_is_that_of_the_build_where_one_is_given(monkeypatch, tiny_bytes):
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
        parameters_of(stamped(tiny_bytes, TfliteModelParameters()))["date"],
    )
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    first, second = (stamped(tiny_bytes, TfliteModelParameters(a=1)) for _ in range(2))
    assert first == second
    assert parameters_of(first)["date"] == "2023-11-14T22:13:20.000Z"


def test_changed_parameters_keep_the_others_and_the_types_that_firmware_asks_for(monkeypatch, tiny_bytes):
    before = TfliteModelParameters(classes=["a", "b"], gain=1.5)
    before.put("count", 3, "int32")
    before.put("small", 3, "uint8")
    tflite = stamped(tiny_bytes, before, "As before")
    after = parameters_of(with_parameters(tflite, {"count": 7, "small": 300, "gain": 2, "new": "x"}))
    assert {key: (after[key], after.dtype(key)) for key in after if key not in ("hash", "date")} == {
        "classes": (["a", "b"], "str_list"),
        "gain": (2.0, "float"),
        "count": (7, "int32"),
        "small": (300, "uint16"),
        "new": ("x", "str"),
    }
    assert after["hash"] != parameters_of(tflite)["hash"]
    assert TfliteModel(with_parameters(tflite, {"a": 1})).description == "As before"
    assert TfliteModel(with_parameters(tflite, {}, "Now so")).description == "Now so"


def test_an_explicit_type_wins_over_the_one_that_was_there(tiny_bytes):
    tflite = stamped(tiny_bytes, TfliteModelParameters(count=3))
    changes = TfliteModelParameters()
    changes.put("count", 4, "int64")
    assert parameters_of(with_parameters(tflite, changes)).dtype("count") == "int64"


def test_a_value_without_a_type_changes_nothing(tiny_bytes):
    with pytest.raises(ParameterError, match="'a' cannot be"):
        with_parameters(tiny_bytes, {"a": None})


def test_stamping_does_not_change_what_is_computed(tiny_bytes):
    samples = np.random.default_rng(0).normal(size=(4, 12, 10, 1)).astype(np.float32)
    again = with_parameters(stamped(tiny_bytes, TfliteModelParameters(a=[1, 2]), "x" * 99), {"a": "y" * 333})
    np.testing.assert_array_equal(
        TflitePredictor(again).predict(samples), TflitePredictor(tiny_bytes).predict(samples)
    )
