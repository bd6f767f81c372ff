"""Every kind of data trains a network: what `keras.Model.fit` is given for it."""

from __future__ import annotations

import numpy as np
import pytest

from yzlite_core import DatasetMixin, TrainMixin, YZLiteModel
from yzlite_core.data.loading import snapshot
from yzlite_core.errors import DatasetError, TrainingError
from yzlite_core.keras.arguments import ends_expected, fit_arguments, keras_arguments
from yzlite_core.keras.shape_check import refuse_misfits

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(0)
IDS = RNG.integers(0, 3, 40)
X = (np.eye(3)[IDS] + RNG.normal(scale=0.1, size=(40, 3))).astype("float32")
Y = np.eye(3, dtype="float32")[IDS]


class Model(YZLiteModel, TrainMixin, DatasetMixin):
    pass


def model_of(loaded, **settings):
    model = Model("my_model.py")
    model.classes = ["a", "b", "c"]
    model.dataset = lambda subset: loaded() if callable(loaded) else loaded
    model.batch_size = 16
    for name, value in settings.items():
        setattr(model, name, value)
    return model


def all_arguments(model, dataset, **more):
    """Everything that the core gives to `keras.Model.fit`."""
    return {**keras_arguments(dataset, fit_arguments(model, dataset, [])), **more}


def network(names=("x",), outputs=3, loss="categorical_crossentropy"):
    import keras

    inputs = [keras.Input((3,), name=name) for name in names]
    joined = keras.layers.Concatenate()(inputs) if len(inputs) > 1 else inputs[0]
    made = keras.Model(inputs, keras.layers.Dense(outputs, activation="softmax")(joined))
    made.compile(loss=loss, optimizer="sgd", weighted_metrics=["accuracy"], run_eagerly=True)
    return made


def batches():
    for start in range(0, 40, 16):
        yield X[start : start + 16], Y[start : start + 16]


def endless():
    while True:
        yield from batches()


def tf_data(x=X, y=Y):
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((x, y))


def py_dataset():
    import keras

    class Own(keras.utils.PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return list(batches())[index]

    return Own()


FORMS = {
    "arrays": ((X, Y), {}, ("x",)),
    "lists of numbers": ((X.tolist(), Y.tolist()), {}, ("x",)),
    "two inputs": (([X, X], Y), {}, ("left", "right")),
    "two inputs by name": (({"right": X, "left": X}, Y), {}, ("left", "right")),
    "generator function": (lambda: batches, {}, ("x",)),
    "generator": (lambda: endless(), {"steps_per_epoch": 2, "validation_steps": 1}, ("x",)),
    "generator of lists": (lambda: lambda: map(list, batches()), {}, ("x",)),
    "two inputs of a generator": (lambda: lambda: (((x, x), y) for x, y in batches()), {}, ("left", "right")),
    "named inputs of a generator": (
        lambda: lambda: (({"right": x, "left": x}, y) for x, y in batches()), {}, ("left", "right"),
    ),
    "tf.data": (lambda: tf_data().batch(16), {}, ("x",)),
    "endless tf.data": (lambda: tf_data().batch(16).repeat(), {"steps_per_epoch": 4}, ("x",)),
    "tf.data shorter than its steps": (lambda: tf_data().batch(16), {"steps_per_epoch": 5}, ("x",)),
    "filtered tf.data": (lambda: tf_data().filter(lambda x, y: True).batch(16), {}, ("x",)),
    "two inputs of tf.data": (lambda: tf_data((X, X)).batch(16), {}, ("left", "right")),
    "named inputs of tf.data": (lambda: tf_data({"right": X, "left": X}).batch(16), {}, ("left", "right")),
    "PyDataset": (py_dataset, {}, ("x",)),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_trains_with_class_weights(form):
    loaded, settings, names = FORMS[form]
    model = model_of(loaded, **settings)
    model.class_weights = [1, 2, 3] if "steps_per_epoch" in settings else "balanced"
    dataset = snapshot(model, "training", None, 16)
    keras_model = network(names)
    refuse_misfits(model, keras_model, dataset)
    with ends_expected(dataset):
        history = keras_model.fit(**all_arguments(model, dataset, epochs=2, verbose=0))
    assert len(history.history["loss"]) == 2


def test_arguments_are_those_of_fit():
    held_out = (X[:8], Y[:8], np.ones(8))
    model = model_of(
        (X, Y, held_out), shuffle=False, steps_per_epoch=2, validation_steps=1, validation_batch_size=4,
        validation_freq=2, sample_weight=np.arange(40),
    )  # fmt: skip
    arguments = all_arguments(model, snapshot(model, "training", None, 16))
    assert np.array_equal(arguments.pop("x"), X)
    assert np.array_equal(arguments.pop("y"), Y)
    assert np.array_equal(arguments.pop("sample_weight"), np.arange(40))
    assert all(map(np.array_equal, arguments.pop("validation_data"), held_out))
    assert arguments == {
        "class_weight": None, "steps_per_epoch": 2, "shuffle": False, "batch_size": 16, "validation_steps": 1,
        "validation_freq": 2, "validation_batch_size": 4, "epochs": 100, "callbacks": [],
    }  # fmt: skip


def test_sample_weights_and_class_weights_multiply():
    model = model_of((X, IDS), sample_weight=np.full(40, 2.0), class_weights=[1, 10, 100])
    arguments = all_arguments(model, snapshot(model, "training", None, 16))
    assert arguments["class_weight"] is None
    assert np.array_equal(arguments["sample_weight"], 2.0 * 10.0**IDS)


def test_generator_that_ends_too_early_says_so():
    model = model_of(lambda: batches(), steps_per_epoch=2)
    dataset = snapshot(model, "training", None, 16)
    with pytest.raises(Exception, match="ended in the middle"):
        network().fit(**all_arguments(model, dataset, epochs=3, verbose=0))
    assert isinstance(dataset.x.failure, DatasetError)


def test_endless_data_needs_steps():
    with pytest.raises(DatasetError, match="endless _RepeatDataset, but steps_per_epoch is not set"):
        snapshot(model_of(lambda: tf_data().batch(16).repeat()), "training", None, 16)


def test_dry_run_of_tf_data_stays_tf_data_and_small():
    data = snapshot(model_of(lambda: tf_data().batch(16).repeat(), steps_per_epoch=100), "training", 3, 16)
    assert hasattr(data.x, "element_spec")
    assert data.steps is None
    assert data.arrays()[1].sum(axis=0).tolist() == [3, 3, 3]


@pytest.mark.parametrize(
    ("loaded", "made", "message"),
    [
        ((X[:, :2], Y), {}, r"takes samples of the shape \(3,\), but the data has \(2,\).*input_shape"),
        ((np.stack([X, X], 1), Y), {}, r"but the data has \(2, 3\)"),
        (([X, X], Y), {}, r"has 1 inputs, but the data has 2.*np.stack"),
        (({"x": X}, Y), {"names": ("x", "z")}, "has no input 'z', only 'x'"),
        (lambda: tf_data(), {}, r"sample by sample, not in batches.*line \d+.*\.batch\("),
        ((X, IDS), {}, "takes one-hot rows, but the labels are class ids.*sparse_categorical"),
        (
            (X, Y),
            {"loss": "sparse_categorical_crossentropy"},
            "takes class ids, but the labels are rows",
        ),
        ((X, Y), {"outputs": 5}, r"has 5 outputs, but the labels have 3 columns \(test_fit_arg.*n_classes"),
        (lambda: tf_data().batch(16), {"outputs": 5}, "has 5 outputs, but the labels have 3 columns"),
    ],
)
def test_what_does_not_fit_the_network_is_named(loaded, made, message):
    model = model_of(loaded)
    with pytest.raises(TrainingError, match=message):
        refuse_misfits(model, network(**made), snapshot(model, "training", None, 16))
