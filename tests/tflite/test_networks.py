"""The networks of TinyML, converted: what they cost, and whether they compute what the device computes."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from yzlite_core.conversion.audit import float_tensors, is_int8
from yzlite_core.tflite import tflm
from yzlite_core.tflite.arena import estimate_arena
from yzlite_core.tflite.interpreter import TflitePredictor
from yzlite_core.tflite.metrics import model_cost
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.parameters import TfliteModelParameters
from yzlite_core.tflite.schema import schema

pytestmark = pytest.mark.slow

# Parameters, MACs, and the arena in bytes as TFLM 0.dev20261023182759 takes it on x86-64.
COSTS = {
    "guide_cnn": (16_652, 336_000, 9_472),
    "ds_cnn": (24_908, 2_656_768, 24_224),
    "resnet": (78_666, 12_501_632, 55_936),
    "mobilenet": (221_794, 7_489_664, 103_568),
    "auto_encoder": (269_992, 264_192, 22_096),
}
EVERYTHING = {
    "classes": ["up", "down"],
    "threshold": 0.5,
    "offsets": [1, -2, 3],
    "means": [0.25, 0.75],
    "name": "x" * 1001,
    "raw": bytes(range(77)),
    "yes": True,
}


@pytest.mark.parametrize("name", COSTS)
def test_the_costs_are_those_of_the_network(networks, name):
    network = networks[name]
    parameters, macs, arena = COSTS[name]
    model = TfliteModel(network.tflite)
    cost = model_cost(model)
    assert network.parameters == parameters
    assert (cost.macs, cost.unknown_layers) == (macs, ())
    assert float_tensors(model) == []
    assert is_int8(model)
    assert estimate_arena(model).total_bytes == pytest.approx(arena, rel=0.03)


@pytest.mark.parametrize("name", COSTS)
def test_the_estimate_is_close_to_what_tflm_takes(networks, name):
    pytest.importorskip("tflite_micro")
    measured = tflm.measure_arena(networks[name].tflite)
    assert measured == pytest.approx(COSTS[name][2], rel=0.02)
    assert estimate_arena(TfliteModel(networks[name].tflite)).total_bytes == pytest.approx(measured, rel=0.1)


@pytest.mark.parametrize("name", ["guide_cnn", "ds_cnn", "resnet", "mobilenet", "unrolled_lstm", "two_ports"])
def test_metadata_does_not_change_what_is_computed(networks, name):
    network = networks[name]
    x = network.inputs(4)

    def outputs(tflite):
        return TflitePredictor(tflite).run(x if len(x) > 1 else x[0])

    expected = outputs(network.tflite)
    assert all(np.ptp(output, axis=0).max() > 0 for output in expected), "else any model would agree"
    written = TfliteModelParameters(EVERYTHING).add_to_tflite_flatbuffer(network.tflite)
    replaced = TfliteModelParameters(a=1).add_to_tflite_flatbuffer(written)
    model = TfliteModel(replaced)
    model.description = "changed"
    assert model.remove_metadata("SL_PARAMSv1")
    for changed in (written, replaced, model.flatbuffer_data):
        assert set(misalignments(changed)) == {0}
        for ours, theirs in zip(outputs(changed), expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)
    held = TfliteModelParameters.load_from_tflite_flatbuffer(written)
    assert {key: held[key] for key in EVERYTHING} == EVERYTHING


def misalignments(flatbuffer):
    """Return the start of each buffer's bytes modulo 16."""
    whole = np.frombuffer(flatbuffer, np.uint8).__array_interface__["data"][0]
    model = schema().Model.GetRootAs(flatbuffer, 0)
    contents = [model.Buffers(index).DataAsNumpy() for index in range(model.BuffersLength())]
    return [
        (content.__array_interface__["data"][0] - whole) % 16
        for content in contents
        if isinstance(content, np.ndarray) and content.size
    ]


@pytest.mark.parametrize("name", [*COSTS, "unrolled_lstm", "two_ports"])
@pytest.mark.skipif(importlib.util.find_spec("tflite_micro") is None, reason="needs tflite-micro")
def test_tflm_computes_the_same(networks, data, tmp_path, name):
    network = networks[name]
    x = network.inputs(50)
    (tmp_path / "model.tflite").write_bytes(network.tflite)
    np.savez(tmp_path / "inputs.npz", *x)
    command = [sys.executable, data / "tflm_run.py", "model.tflite", "inputs.npz", "outputs.npz"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    ours = TfliteModel(network.tflite).predict(x if len(x) > 1 else x[0])
    fast = TflitePredictor(network.tflite).run(x if len(x) > 1 else x[0])
    with np.load(tmp_path / "outputs.npz") as stored:
        device = [stored[file] for file in stored.files]
    for host, there in zip([ours] if len(device) == 1 else ours, device, strict=True):
        assert np.abs(host.astype(int) - there.astype(int)).max() <= 2
        assert ((chosen(host) == chosen(there)) | is_tied(there)).all()
    for host, there in zip(fast, device, strict=True):
        difference = np.abs(host.astype(int) - there.astype(int))
        assert difference.max() <= 4
        assert (difference > 2).mean() < 0.01


def chosen(outputs):
    return outputs.argmax(axis=1)


def is_tied(outputs):
    """Tell for each sample whether its two largest outputs are as close as those of two kernels may be."""
    top = np.sort(outputs.astype(int), axis=1)[:, -2:]
    return top[:, 1] - top[:, 0] <= 2
