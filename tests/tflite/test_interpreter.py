from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from yzlite_core.errors import TfliteError, YZLiteError
from yzlite_core.tflite.interpreter import SamplesError, TflitePredictor
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.quantization import dequantize, quantize
from yzlite_core.tflite.schema import pack, unpack


@pytest.fixture
def images():
    return np.random.default_rng(0).normal(size=(9, 12, 10, 1)).astype(np.float32)


@pytest.fixture
def two_ports(data):
    return (data / "two_ports.tflite").read_bytes()


@pytest.fixture
def ports():
    rng = np.random.default_rng(2)
    return rng.normal(size=(6, 4)).astype(np.float32), rng.normal(size=(6, 3)).astype(np.float32)


def test_a_batch_is_what_its_samples_are_one_by_one(tiny_bytes, images):
    predictor = TflitePredictor(tiny_bytes)
    batch = predictor.predict(images)
    assert (batch.shape, batch.dtype) == ((9, 3), np.float32)
    single = [predictor.predict(images[place : place + 1]) for place in range(9)]
    np.testing.assert_array_equal(batch, np.concatenate(single))
    np.testing.assert_array_equal(batch, TflitePredictor(tiny_bytes, threads=2).predict(images))


def test_it_agrees_with_the_float32_model(data, tiny_bytes, images):
    reference = TflitePredictor((data / "tiny_cnn.float32.tflite").read_bytes()).predict(images)
    quantized = TflitePredictor(tiny_bytes).predict(images)
    np.testing.assert_allclose(quantized, reference, atol=0.02)
    assert np.ptp(reference, axis=0).max() > 0.15  # else any prediction would agree


def test_quantized_samples_are_taken_as_they_are(tiny_bytes, images):
    predictor = TflitePredictor(tiny_bytes)
    integers = quantize(images, predictor.inputs[0])
    assert integers.dtype == np.int8
    np.testing.assert_array_equal(predictor.predict(integers), predictor.predict(images))


def test_other_number_types_are_real_numbers(tiny_bytes):
    predictor = TflitePredictor(tiny_bytes)
    counts = np.arange(240).reshape(2, 12, 10, 1) % 3
    expected = predictor.predict(counts.astype(np.float32))
    for dtype in (np.uint8, np.int64, np.float64):
        np.testing.assert_array_equal(predictor.predict(counts.astype(dtype)), expected)
    np.testing.assert_array_equal(
        predictor.predict(counts > 0), predictor.predict((counts > 0).astype(np.float32))
    )


def test_an_empty_batch_has_empty_predictions(tiny_bytes, images):
    assert TflitePredictor(tiny_bytes).predict(images[:0]).shape == (0, 3)


def test_samples_are_not_changed(tiny_bytes, images):
    before = images.copy()
    TflitePredictor(tiny_bytes).predict(images)
    np.testing.assert_array_equal(images, before)


def test_inputs_are_found_by_name_or_by_order(two_ports, ports):
    zeta, alpha = ports
    by_name = TflitePredictor(two_ports).predict({"alpha": alpha, "zeta": zeta})
    assert [array.shape for array in by_name] == [(6, 5), (6, 2)]
    by_order = TflitePredictor(two_ports).predict([zeta, alpha])
    turned = TflitePredictor(two_ports, input_names=["alpha", "zeta"]).predict([alpha, zeta])
    for other in (by_order, turned):
        for first, second in zip(by_name, other, strict=True):
            np.testing.assert_array_equal(first, second)


def test_the_order_of_the_file_does_not_matter(two_ports, ports):
    zeta, alpha = ports
    model = unpack(two_ports)
    graph = model.subgraphs[0]
    graph.inputs, graph.outputs = graph.inputs[::-1], graph.outputs[::-1]
    shuffled = pack(model)
    assert TfliteModel(shuffled).input_names == ("alpha", "zeta")
    for first, second in zip(
        TflitePredictor(two_ports).predict({"zeta": zeta, "alpha": alpha}),
        TflitePredictor(shuffled).predict({"zeta": zeta, "alpha": alpha}),
        strict=True,
    ):
        np.testing.assert_array_equal(first, second)
    restored = TfliteModel(shuffled)
    restored.order_ports(["zeta", "alpha"])
    assert restored.input_names == ("zeta", "alpha")
    assert TfliteModel(restored.flatbuffer_data).output_names == ("output_0", "output_1")


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (lambda z, a: z, "has 2 inputs"),
        (lambda z, a: [z], "has 2 inputs"),
        (lambda z, a: {"zeta": z}, "inputs are zeta, alpha, not zeta"),
        (lambda z, a: [a, z], r"'zeta' takes samples of shape \(n, 4\), got \(6, 3\)"),
        (lambda z, a: [z[0], a[0]], r"'zeta' takes samples of shape \(n, 4\), got \(4,\)"),
        (lambda z, a: [z, a[:2]], "different numbers of samples: 2, 6"),
        (lambda z, a: [z.astype(str), a], "takes numbers"),
    ],
)
def test_samples_that_do_not_fit_are_explained(two_ports, ports, bad, said):
    with pytest.raises(SamplesError, match=said):
        TflitePredictor(two_ports).predict(bad(*ports))


def test_missing_values_are_not_quantized(tiny_bytes, images):
    images[3, 2, 1] = np.nan
    with pytest.raises(SamplesError, match="NaN"):
        TflitePredictor(tiny_bytes).predict(images)


def test_input_names_must_be_those_of_the_model(two_ports):
    with pytest.raises(TfliteError, match="inputs are zeta, alpha, not beta, zeta"):
        TflitePredictor(two_ports, input_names=["beta", "zeta"])


def test_what_litert_cannot_run_is_one_sentence(assemble):
    flatbuffer = assemble({"x": ("INT8", (1, 4)), "y": ("INT8", (1, 4))}, [("MyOperator", ["x"], ["y"])])
    with pytest.raises(TfliteError, match=r"LiteRT cannot run the model.*MyOperator") as caught:
        TflitePredictor(flatbuffer)
    assert "\n" not in str(caught.value)


def test_a_model_with_a_larger_batch_gets_full_batches(assemble):
    tensors = {"x": ("FLOAT32", (4, 3)), "y": ("FLOAT32", (4, 3))}
    predictor = TflitePredictor(assemble(tensors, [("RELU", ["x"], ["y"])]))
    samples = np.random.default_rng(0).normal(size=(10, 3)).astype(np.float32)
    np.testing.assert_array_equal(predictor.predict(samples), np.maximum(samples, 0))


def test_a_predictor_says_what_it_is(tiny_bytes):
    assert TflitePredictor(tiny_bytes).kind == "tflite"
    assert issubclass(SamplesError, YZLiteError)


def tensor(dtype, scale, zero_point):
    return SimpleNamespace(dtype=np.dtype(dtype), scales=(scale,), zero_points=(zero_point,))


def test_halves_are_rounded_away_from_zero():
    values = np.array([0.5, -0.5, 1.5, -1.5, 2.5, 0.49999997, -0.49999997], np.float32)
    np.testing.assert_array_equal(quantize(values, tensor(np.int8, 1.0, 3)), [4, 2, 5, 1, 6, 3, 3])


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16])
def test_what_is_out_of_range_is_clipped(dtype):
    values = np.array([1e38, -1e38, np.inf, -np.inf], np.float32)
    limits = np.iinfo(dtype)
    expected = [limits.max, limits.min] * 2
    np.testing.assert_array_equal(quantize(values, tensor(dtype, 0.01, 5)), expected)


@pytest.mark.parametrize(("dtype", "zero_point"), [(np.int8, -7), (np.uint8, 130), (np.int16, 0)])
def test_every_integer_survives_the_way_to_real_numbers_and_back(dtype, zero_point):
    limits = np.iinfo(dtype)
    integers = np.arange(limits.min, limits.max + 1).astype(dtype)
    port = tensor(dtype, 0.0371, zero_point)
    real = dequantize(integers, port)
    assert real.dtype == np.float32
    np.testing.assert_array_equal(quantize(real, port), integers)
