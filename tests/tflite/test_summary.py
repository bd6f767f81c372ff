from __future__ import annotations

import json

import pytest

from yzlite_core.tflite import summary
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.parameters import TfliteModelParameters
from yzlite_core.tflite.summary import profile, summarize


def test_the_summary_says_what_a_person_asks(tiny):
    tiny.description = "Tells three things apart"
    TfliteModelParameters(classes=["a", "b", "c"]).add_to_tflite_model(tiny)
    text = summarize(tiny)
    for part in (
        "Tells three things apart",
        f"{tiny.flatbuffer_size:,} bytes",
        "1x12x10x1 int8",
        f"scale {tiny.inputs[0].scales[0]:.7g}, zero point {tiny.inputs[0].zero_points[0]}",
        "DEPTHWISE_CONV_2D",
        "padding: SAME",
        "fused_activation_function: RELU",
        "2,232",
        "classes: a, b, c",
    ):
        assert part in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_columns_are_aligned(tiny):
    lines = summarize(tiny).splitlines()
    heading = next(line for line in lines if line.startswith("Index"))
    rows = [line for line in lines if line[:1].isdigit()]
    assert len(rows) == 6
    for title, first in (("OpCode", "CONV_2D"), ("Inputs", "1x12x10x1 int8"), ("Outputs", "1x6x5x4 int8")):
        assert rows[0].startswith(first, heading.index(title))


def test_the_profile_has_the_keys_of_the_interface(monkeypatch, tiny):
    monkeypatch.setattr(summary, "measure_arena", lambda tflite: 2784)
    results = profile(tiny).to_dict()
    assert json.loads(json.dumps(results)) == results
    assert set(results) == {
        "flash_bytes",
        "arena_bytes",
        "arena_estimate_bytes",
        "macs",
        "ops",
        "layers",
        "unknown_layers",
    }
    assert results["flash_bytes"] == tiny.flatbuffer_size
    assert results["arena_bytes"] == 2784
    assert results["arena_estimate_bytes"] == pytest.approx(2784, rel=0.03)
    assert results["macs"] == 2232
    assert results["unknown_layers"] == []
    assert len(results["layers"]) == 6
    assert results["layers"][0] == {
        "index": 0,
        "name": "Op0-CONV_2D",
        "opcode": "CONV_2D",
        "macs": 1080,
        "output_shape": [1, 6, 5, 4],
        "bytes": 4 * 9 + 4 * 4,
    }


def test_the_arena_is_only_measured_when_asked(monkeypatch, tiny):
    monkeypatch.delattr(summary, "measure_arena")
    results = profile(tiny, measure=False)
    assert results.arena_bytes is None
    assert "not measured" in results.format()


def test_unknown_operators_are_said_to_be_unknown(assemble):
    tensors = {"x": ("INT8", (1, 4)), "y": ("INT8", (1, 4))}
    model = TfliteModel(assemble(tensors, [("MyOperator", ["x"], ["y"])]))
    results = profile(model, measure=False)
    assert results.to_dict()["layers"][0]["macs"] is None
    assert results.to_dict()["unknown_layers"] == ["Op0-MyOperator"]
    assert "unknown" in results.format()
    assert "Op0-MyOperator" in summarize(model)


def test_the_profile_as_text(monkeypatch, tiny):
    monkeypatch.setattr(summary, "measure_arena", lambda tflite: 2784)
    text = profile(tiny).format()
    assert "2,784 bytes" in text
    assert f"{tiny.flatbuffer_size:,} bytes" in text
    assert text.splitlines()[-1].split() == ["Op5-SOFTMAX", "0", "1x3", "0"]
