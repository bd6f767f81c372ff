from __future__ import annotations

import pytest

from yzlite_core.tflite import tflm
from yzlite_core.tflite.arena import estimate_arena, plan_buffers
from yzlite_core.tflite.model import TfliteModel

# Arena in bytes, measured with TFLM 0.dev20261023182759 on x86-64.
MEASURED = {"tiny_cnn": 2784, "tiny_cnn.float32": 2928, "layer_norm": 5472, "two_ports": 2784}


def overlapping(plan):
    """Return the pairs of buffers that share both a byte and a step."""
    return [
        (a, b)
        for place, a in enumerate(plan)
        for b in plan[:place]
        if a.offset < b.offset + b.size and b.offset < a.offset + a.size
        if a.first <= b.last and b.first <= a.last
    ]


def chain(assemble, *sizes):
    """Assemble a chain of operators between tensors of these sizes."""
    tensors = {f"t{n}": ("INT8", (1, size)) for n, size in enumerate(sizes)}
    operators = [("RELU", [f"t{n}"], [f"t{n + 1}"]) for n in range(len(sizes) - 1)]
    return TfliteModel(assemble(tensors, operators))


def test_buffers_live_from_the_operator_that_writes_them_to_the_last_that_reads_them(assemble):
    tensors = dict.fromkeys("xaby", ("INT8", (1, 16)))
    operators = [("RELU", ["x"], ["a"]), ("RELU", ["a"], ["b"]), ("ADD", ["a", "b"], ["y"])]
    plan = plan_buffers(TfliteModel(assemble(tensors, operators)))
    assert {buffer.name: (buffer.first, buffer.last) for buffer in plan} == {
        "x": (0, 1),
        "a": (1, 3),
        "b": (2, 3),
        "y": (3, 3),
    }


def test_the_largest_buffer_comes_first_and_the_others_fill_the_gaps(assemble):
    plan = plan_buffers(chain(assemble, 100, 1000, 50, 200))
    assert {buffer.name: (buffer.offset, buffer.size) for buffer in plan} == {
        "t0": (1008, 112),
        "t1": (0, 1008),
        "t2": (1008, 64),
        "t3": (0, 208),
    }


def test_of_two_as_large_the_later_one_comes_first(assemble):
    plan = plan_buffers(chain(assemble, 64, 64))
    assert {buffer.name: buffer.offset for buffer in plan} == {"t1": 0, "t0": 64}


def test_constants_need_no_arena(assemble):
    tensors = {"x": ("INT8", (1, 16)), "w": ("INT8", (1, 4096), bytes(4096)), "y": ("INT8", (1, 16))}
    estimate = estimate_arena(TfliteModel(assemble(tensors, [("ADD", ["x", "w"], ["y"])])))
    assert estimate.activations_bytes == 32
    assert estimate.total_bytes < 4096


def test_a_transposed_convolution_gets_its_accumulators(assemble):
    tensors = {"x": ("INT8", (1, 4, 4, 2)), "y": ("INT8", (1, 8, 8, 3))}
    plan = plan_buffers(TfliteModel(assemble(tensors, [("TRANSPOSE_CONV", [None, None, "x"], ["y"])])))
    scratch = [buffer for buffer in plan if buffer.tensor is None]
    assert [(buffer.name, buffer.size) for buffer in scratch] == [("Op0-TRANSPOSE_CONV", 4 * 8 * 8 * 3)]


@pytest.mark.parametrize("name", MEASURED)
def test_a_plan_has_no_overlaps_and_is_aligned(data, name):
    estimate = estimate_arena(TfliteModel.load_flatbuffer_file(data / f"{name}.tflite"))
    assert overlapping(estimate.plan) == []
    assert all(buffer.offset % 16 == buffer.size % 16 == 0 for buffer in estimate.plan)
    assert estimate.activations_bytes == max(buffer.offset + buffer.size for buffer in estimate.plan)
    needed = max(estimate.activations_bytes, estimate.setup_bytes) + estimate.persistent_bytes
    assert needed <= estimate.total_bytes < needed + 16


@pytest.mark.parametrize("name", MEASURED)
def test_the_estimate_is_close_to_the_measured_arena(data, name):
    estimate = estimate_arena(TfliteModel.load_flatbuffer_file(data / f"{name}.tflite")).total_bytes
    assert estimate == pytest.approx(MEASURED[name], rel=0.03)


@pytest.mark.parametrize("name", MEASURED)
def test_the_arena_is_measured_where_tflm_is_installed(data, name):
    pytest.importorskip("tflite_micro")
    measured = tflm.measure_arena((data / f"{name}.tflite").read_bytes())
    assert measured == pytest.approx(MEASURED[name], rel=0.02)
    assert measured % 16 == 0


def test_what_tflm_cannot_run_has_no_measured_arena(assemble):
    pytest.importorskip("tflite_micro")
    tensors = {"x": ("INT8", (1, 4)), "y": ("INT8", (1, 4))}
    assert tflm.measure_arena(assemble(tensors, [("MyOperator", ["x"], ["y"])])) is None


def test_without_tflm_nothing_is_measured(monkeypatch, tiny_bytes):
    monkeypatch.setattr(tflm.importlib.util, "find_spec", lambda name: None)
    assert tflm.measure_arena(tiny_bytes) is None


def test_without_tflm_a_firmware_reserves_the_estimate_and_a_margin(monkeypatch, tiny):
    measured = tflm.required_arena(tiny)
    monkeypatch.setattr(tflm, "measure_arena", lambda tflite: None)
    estimated = tflm.required_arena(tiny)
    assert measured.is_measured
    assert not estimated.is_measured
    assert measured.size <= estimated.size <= 1.1 * measured.size
    assert estimated.size % 16 == 0
