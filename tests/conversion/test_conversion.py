"""From a Keras model through the real converter."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import get_type_hints

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yzlite_core import TrainMixin, YZLiteModel
from yzlite_core.conversion.audit import float_tensors
from yzlite_core.conversion.convert import conversion_options, convert, layer_errors
from yzlite_core.conversion.converter import NAMES, ConversionOptions
from yzlite_core.conversion.plugin import yzlite_check_model
from yzlite_core.conversion.quantization_report import to_csv, worst_first
from yzlite_core.conversion.representative import balanced, custom_samples, drawn_samples
from yzlite_core.conversion.unrolling import rolled_layers
from yzlite_core.data.dataset import Dataset
from yzlite_core.errors import ConversionError, UnknownOptionError
from yzlite_core.model.mixins.converter import ConverterAttributes
from yzlite_core.tflite.interpreter import TflitePredictor
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.parameters import TfliteModelParameters
from yzlite_core.tflite.tflm import is_installed

BLOBS = Path(__file__).parents[1] / "blobs.py"
INT8 = ConversionOptions(inference_input_type="int8", inference_output_type="int8")
FLOAT = INT8.unquantized()


class Model(YZLiteModel, TrainMixin):
    pass


@pytest.fixture
def model():
    return Model("conversion.py")


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


# ------------------------------------------------------------------------------------------- settings


class Enum:
    """Looks like a member of TensorFlow's enumerations, and like its types."""

    def __init__(self, name):
        self.name = name


def test_names_may_be_strings_enumerations_and_types(model):
    settings = model.tflite_converter
    assert conversion_options(model) == ConversionOptions()
    settings["optimizations"] = [Enum("DEFAULT"), "tf.lite.Optimize.EXPERIMENTAL_SPARSITY"]
    settings["supported_ops"] = Enum("TFLITE_BUILTINS")
    settings["supported_types"] = [np.float16]
    settings["inference_input_type"] = np.dtype("int8")
    settings["inference_output_type"] = Enum("uint8")
    settings["per_tensor_dense"] = True
    settings["unfold_batchmatmul"] = True
    before = dict(settings)
    assert conversion_options(model) == ConversionOptions(
        optimizations=("DEFAULT", "EXPERIMENTAL_SPARSITY"),
        supported_ops=("TFLITE_BUILTINS",),
        supported_types=("float16",),
        inference_input_type="int8",
        inference_output_type="uint8",
        per_tensor_dense=True,
        extra={"unfold_batchmatmul": True},
    )
    assert dict(settings) == before


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("supported_ops", ["TFLITE_BUILTIN_INT8"], "did you mean 'TFLITE_BUILTINS_INT8'"),
        ("optimizations", ["FAST"], "it takes DEFAULT"),
        ("inference_input_type", "int4", "did you mean 'int8'"),
        ("inference_input_type", "complex64", "it takes float32, int8, uint8, int16"),
        ("inference_output_type", 7, "neither a name nor a type"),
    ],
)
def test_a_wrong_name_is_found_before_any_work(model, key, value, said):
    model.tflite_converter[key] = value
    (problem,) = yzlite_check_model(model)
    assert said in f"{problem.message} {problem.hint}"


def test_an_unknown_key_is_refused_with_the_nearest(model):
    with pytest.raises(UnknownOptionError, match="did you mean 'optimizations'"):
        model.tflite_converter["optimisations"] = []
    with pytest.raises(UnknownOptionError, match="did you mean 'experimental_new_quantizer'"):
        model.tflite_converter["experimental_new_quantiser"] = True


@pytest.mark.slow
def test_the_declared_attributes_and_names_are_those_of_tensorflow():
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter(None)
    missing = [name for name in get_type_hints(ConverterAttributes) if not hasattr(converter, name)]
    assert not missing
    assert set(NAMES["optimizations"]) == set(tf.lite.Optimize.__members__)
    assert set(NAMES["supported_ops"]) == set(tf.lite.OpsSet.__members__)


# --------------------------------------------------------------------------------- representative data


def arrays(counts, **kwargs):
    """Return a dataset sorted by class; each sample's value is its own number."""
    labels = np.repeat(np.arange(len(counts)), counts)
    x = np.arange(len(labels), dtype=np.float32)[:, np.newaxis]
    return Dataset("validation", x, labels, **kwargs), labels


def numbers(samples):
    return [int(sample[0][0, 0]) for sample in samples]


def test_samples_are_drawn_evenly_from_the_classes_in_a_random_order():
    data, labels = arrays([500, 40, 3, 60])
    drawn = numbers(drawn_samples(data, 100, seed=1))
    counts = np.bincount(labels[drawn], minlength=4)
    assert counts.sum() == 100
    assert counts[2] == 3
    assert counts[[0, 1, 3]].min() >= 32
    assert len(set(drawn)) == 100
    assert np.abs(np.diff(labels[drawn])).astype(bool).mean() > 0.4, "not sorted by class"
    assert drawn == numbers(drawn_samples(data, 100, seed=1))
    assert drawn != numbers(drawn_samples(data, 100, seed=2))


def test_all_samples_are_taken_where_there_are_no_more():
    data, _ = arrays([5, 2])
    drawn = numbers(drawn_samples(data, 100, seed=1))
    assert sorted(drawn) == list(range(7))
    assert drawn != sorted(drawn)


@pytest.mark.parametrize("y", [None, np.eye(4)[np.arange(400) % 4], normal(400), normal(400, 6)])
def test_any_targets_will_do(y):
    data = Dataset("validation", normal(400, 3), y)
    samples = drawn_samples(data, 50, seed=0)
    assert [[part.shape for part in sample] for sample in samples] == [[(1, 3)]] * 50


def test_every_sample_of_a_class_has_the_same_chance():
    data, _ = arrays([60, 20])
    drawn = np.concatenate([numbers(drawn_samples(data, 20, seed=seed)) for seed in range(300)])
    shares = np.bincount(drawn, minlength=80) / 300
    assert shares[:60] == pytest.approx(1 / 6, abs=0.09)
    assert shares[60:] == pytest.approx(1 / 2, abs=0.12)


def test_several_inputs_stay_together():
    left = np.arange(90, dtype=np.float32)[:, np.newaxis]
    data = Dataset("validation", [left, 1000 + np.repeat(left, 2, axis=1)], np.arange(90) % 3)
    for first, second in drawn_samples(data, 30, seed=0):
        np.testing.assert_array_equal(second, 1000 + np.repeat(first, 2, axis=1))
    named = Dataset("validation", iter([({"b": left, "a": -left}, np.arange(90) % 3)]))
    for sample in drawn_samples(named, 30, seed=0):
        assert list(sample) == ["b", "a"]
        np.testing.assert_array_equal(sample["a"], -sample["b"])


@given(st.lists(st.integers(0, 4), max_size=60), st.integers(1, 20))
def test_no_class_gets_less_than_its_share(labels, limit):
    kept = balanced(((label, label) for label in labels), limit, np.random.default_rng(0))
    available = np.bincount(labels, minlength=5)
    drawn = np.bincount(kept, minlength=5)
    assert drawn.sum() == min(limit, len(labels))
    assert (drawn <= available).all()
    hungry = drawn[drawn < available]
    assert hungry.size == 0 or drawn.max() - hungry.min() <= 1


def test_a_script_gives_samples_of_its_own(model):
    settings = model.tflite_converter
    assert custom_samples(model) is None
    settings["representative_dataset_max_samples"] = 3
    given_samples = [normal(1, 4, seed=seed) for seed in range(5)]
    for own in (lambda: iter(given_samples), lambda: ([x] for x in given_samples), given_samples):
        settings["representative_dataset"] = own
        found = custom_samples(model)
        assert len(found) == 3
        np.testing.assert_array_equal(found[2][0], given_samples[2])
    settings["representative_dataset"] = (x for x in given_samples)
    assert len(custom_samples(model)) == 3, "a generator is not used up by being assigned"
    settings["representative_dataset"] = lambda: iter([{"a": [[1.0]]}])
    assert list(custom_samples(model)[0]) == ["a"]


def test_a_script_whose_samples_fail_is_told(model):
    model.tflite_converter["representative_dataset"] = lambda: 1 / 0
    with pytest.raises(ConversionError, match="representative dataset failed: ZeroDivisionError"):
        custom_samples(model)
    model.tflite_converter["representative_dataset"] = "everything"
    with pytest.raises(ConversionError, match=r"it takes 'generate', None, or a function"):
        custom_samples(model)


# ---------------------------------------------------------------------------------------- conversions


@pytest.fixture(scope="module")
def two_sided():
    """A network with a dictionary of inputs and two outputs, in an order that the converter does not keep."""
    keras = pytest.importorskip("keras")
    inputs = {"zeta": keras.Input((4,), name="zeta"), "alpha": keras.Input((3,), name="alpha")}
    joined = keras.layers.Concatenate()([inputs["zeta"], inputs["alpha"]])
    dense = keras.layers.Dense
    return keras.Model(inputs, [dense(5, name="wide")(joined), dense(2, name="narrow")(joined)])


def test_samples_that_do_not_fit_the_network_are_explained(two_sided):
    wide, narrow = normal(1, 4), normal(1, 3)
    for samples, said in (
        ([[narrow]], "has 1 arrays for a sample, the network takes 2: alpha, zeta"),
        ([[wide, narrow]], r"samples of shape \(1, 4\) for the input 'alpha' \(it takes one sample"),
        ([{"alpha": narrow}], "has the inputs alpha, the network has alpha, zeta"),
        ([{"alpha": narrow[0], "zeta": wide}], r"samples of shape \(3,\) for the input 'alpha'"),
    ):
        with pytest.raises(ConversionError, match=said):
            convert(two_sided, samples, INT8)


@pytest.mark.slow
def test_several_inputs_by_name_and_several_outputs_in_their_order(two_sided):
    zeta, alpha = normal(40, 4, seed=1), 30 * normal(40, 3, seed=2)
    samples = [{"zeta": zeta[i : i + 1], "alpha": alpha[i : i + 1]} for i in range(40)]
    tflite = convert(two_sided, samples, INT8)
    assert float_tensors(TfliteModel(tflite)) == []
    predicted = TflitePredictor(tflite).predict({"zeta": zeta, "alpha": alpha})
    expected = two_sided.predict_on_batch({"zeta": zeta, "alpha": alpha})
    assert [part.shape for part in predicted] == [(40, 5), (40, 2)]
    for ours, theirs in zip(predicted, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=0.03 * np.ptp(theirs))


@pytest.mark.slow
def test_loops_over_time_are_unrolled_wherever_they_are():
    import keras

    @keras.saving.register_keras_serializable("test_conversion")
    class Own(keras.layers.Layer):
        """A layer of a script's own, with a recurrent layer inside."""

        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.lstm = keras.layers.LSTM(4, return_sequences=True)

        def build(self, shape):
            self.lstm.build(shape)

        def call(self, x):
            return keras.ops.tanh(self.lstm(x)) * 2

    inputs = keras.Input((4, 3))
    hidden = keras.layers.Bidirectional(keras.layers.GRU(3))(Own()(inputs))
    network = keras.Model(inputs, keras.layers.Dense(2)(hidden))
    x = normal(20, 4, 3)
    expected = network.predict_on_batch(x)
    assert {type(layer).__name__ for layer in rolled_layers(network)} == {"LSTM", "GRU"}
    plain = convert(network, None, FLOAT)
    assert {tensor.type for tensor in TfliteModel(plain).tensors} == {"FLOAT32", "INT32"}
    np.testing.assert_allclose(TflitePredictor(plain).predict(x), expected, atol=1e-5)
    tflite = convert(network, [[x[i : i + 1]] for i in range(20)], INT8)
    assert not float_tensors(TfliteModel(tflite))
    assert not {"WHILE", "UNIDIRECTIONAL_SEQUENCE_LSTM"} & set(TfliteModel(tflite).opcodes)
    quantized = TflitePredictor(tflite).predict(x)
    assert np.abs(quantized - expected).max() < 0.25 * np.ptp(expected)
    assert len(rolled_layers(network)) == 3, "the network is as it was"


@pytest.mark.slow
def test_a_free_number_of_time_steps_cannot_be_unrolled():
    import keras

    inputs = keras.Input((None, 3))
    network = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.LSTM(3)(inputs)))
    with pytest.raises(ConversionError, match=r"Keras cannot export .*time dimension is undefined"):
        convert(network, [[normal(1, 5, 3)]], INT8)


@pytest.mark.slow
def test_a_subclass_of_model_is_converted_once_it_knows_its_input():
    import keras

    class Doubling(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(3)

        def call(self, x):
            return 2 * self.dense(x)

    network = Doubling()
    x = normal(20, 4)
    samples = [[x[i : i + 1]] for i in range(20)]
    with pytest.raises(ConversionError, match="does not say what its inputs are"):
        convert(network, samples, INT8)
    expected = network.predict_on_batch(x)
    tflite = convert(network, samples, INT8)
    np.testing.assert_allclose(TflitePredictor(tflite).predict(x), expected, atol=0.03 * np.ptp(expected))


@pytest.fixture(scope="module")
def norm():
    """A network with a layer that has no int8 kernel."""
    keras = pytest.importorskip("keras")
    inputs = keras.Input((6, 8))
    hidden = keras.layers.LayerNormalization(name="norm")(keras.layers.Dense(8, name="first")(inputs))
    return keras.Model(inputs, keras.layers.Dense(3, name="last")(keras.layers.Flatten()(hidden)))


@pytest.mark.slow
def test_layers_that_remain_float_are_named(norm):
    tflite = convert(norm, [[normal(1, 6, 8, seed=seed)] for seed in range(10)], INT8)
    assert any("/norm_1/" in name for name in float_tensors(TfliteModel(tflite)))


@pytest.mark.slow
def test_the_quantization_report_has_the_worst_layer_first(norm):
    x = normal(20, 6, 8)
    x[0] *= 100  # a range that all other samples suffer from
    layers = layer_errors(norm, [[x[i : i + 1]] for i in range(20)], INT8)
    ratios = [layer.rmse_per_scale for layer in layers]
    assert len(layers) >= 2
    assert ratios == sorted(ratios, reverse=True)
    assert "FULLY_CONNECTED" in {layer.op_name for layer in layers}
    for layer in layers:
        assert layer.range == pytest.approx(255 * layer.scale)
        assert layer.rmse_per_scale == pytest.approx(layer.mean_squared_error**0.5 / layer.scale)


FIELDS = (
    *("op_name", "tensor_idx", "num_elements", "stddev", "mean_error", "max_abs_error"),
    *("mean_squared_error", "scale", "zero_point", "tensor_name"),
)


def test_the_quantization_report_is_a_table():
    rows = [
        dict(
            zip(
                FIELDS,
                ("CONV_2D", index, 10, 0.1, 0.0, 0.2, mse, 0.5, -3, f"layer {index}"),
                strict=True,
            )
        )
        for index, mse in enumerate([0.01, 0.09, 0.04])
    ]
    lines = to_csv(worst_first(rows)).splitlines()
    assert lines[0].endswith("scale,zero_point,tensor_name,range,rmse/scale")
    assert [line.split(",")[9:] for line in lines[1:]] == [
        ["layer 1", "127.5", "0.6"],
        ["layer 2", "127.5", "0.4"],
        ["layer 0", "127.5", "0.2"],
    ]


@pytest.mark.slow
def test_activations_can_have_16_bits():
    import keras

    network = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3), keras.layers.Flatten(), keras.layers.Dense(3)]
    )
    options = ConversionOptions(
        supported_ops=("EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8",),
        inference_input_type="int16",
        inference_output_type="int16",
    )
    x = normal(30, 8, 8, 1)
    tflite = convert(network, [[x[i : i + 1]] for i in range(30)], options)
    assert {tensor.type for tensor in TfliteModel(tflite).tensors} == {"INT16", "INT8", "INT64", "INT32"}
    predicted, expected = TflitePredictor(tflite).predict(x), network.predict_on_batch(x)
    np.testing.assert_allclose(predicted, expected, atol=0.01 * np.ptp(expected))


@pytest.mark.slow
def test_a_run_writes_the_quantization_report_and_packs_it(yzlite, make_script):
    make_script("blobs", BLOBS.read_text())
    keys = ("generate_quantization_report=true", "generate_unquantized=false")
    settings = ("epochs=1", *(f"tflite_converter.{key}" for key in keys))
    options = [part for setting in settings for part in ("--set", setting)]
    done = yzlite("run", "blobs", "--stages", "fit,convert,archive", "--json", *options)
    assert done.code == 0, done.stderr
    table = Path(done.json["log_dir"], "quantization_report.csv").read_text()
    with zipfile.ZipFile(done.json["archive"]) as archive:
        assert archive.read("quantization_report.csv").decode() == table
    worst = done.json["stages"]["convert"]["quantization"][0]
    assert table.splitlines()[1].startswith(worst["operator"])
    assert f"The quantization costs {worst['operator']} most" in done.stderr
    held = TfliteModelParameters.load_from_tflite_file(done.json["tflite"])
    assert held["runtime_memory_size"] > 1000 if is_installed() else "runtime_memory_size" not in held
