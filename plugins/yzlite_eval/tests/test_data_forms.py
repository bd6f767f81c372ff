"""Data that is no single array, from training through conversion to the evaluation of the int8 model."""

from __future__ import annotations

import pytest

from yzlite_core.functions.perform import perform
from yzlite_core.run import Request

pytestmark = pytest.mark.slow

SCRIPT = """
# @yzlite_model
import keras
import numpy as np
import tensorflow as tf
from yzlite_core import DatasetMixin, EvaluateClassifierMixin, TrainMixin, YZLiteModel


class Levels(YZLiteModel, TrainMixin, DatasetMixin, EvaluateClassifierMixin):
    pass


def arrays(subset):
    rng = np.random.default_rng(["training", "validation", "evaluation"].index(subset))
    ids = rng.integers(0, 3, 90)
    x = (np.eye(3)[ids] + rng.normal(scale=0.2, size=(90, 3))).astype("float32")
    return x, np.eye(3, dtype="float32")[ids]


def load(subset, test):
    x, y = arrays(subset)
    left, right = x, -x
    FORM


my_model = Levels()
my_model.classes = ["low", "middle", "high"]
my_model.input_shape = (3,)
my_model.epochs = 8
my_model.dataset = load
my_model.class_weights = "balanced"
my_model.tflite_converter["generate_unquantized"] = False


def build(my_model):
    inputs = [keras.Input((3,), name=name) for name in INPUTS]
    joined = keras.layers.Concatenate()(inputs) if len(inputs) > 1 else inputs[0]
    network = keras.Model(inputs, keras.layers.Dense(3, "softmax")(joined))
    network.compile(loss=my_model.loss, optimizer=keras.optimizers.Adam(0.1), metrics=my_model.metrics)
    return network


my_model.build_model_function = build
"""

FORMS = {
    "tf.data": ("return tf.data.Dataset.from_tensor_slices((x, y)).shuffle(90, seed=1).batch(8)", ["x"]),
    "two inputs in order": ("return [left, right], y", ["left", "right"]),
    "two inputs by name": (
        "data = tf.data.Dataset.from_tensor_slices(({'right': right, 'left': left}, y))\n"
        "    return data.batch(8)",
        ["left", "right"],
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_form_goes_all_the_way(form, tmp_path, monkeypatch):
    monkeypatch.setenv("YZLITE_CACHE_DIR", str(tmp_path / "cache"))
    loader, inputs = FORMS[form]
    script = tmp_path / "levels.py"
    text = SCRIPT.replace("FORM", loader).replace("INPUTS", repr(inputs))
    script.write_text(text)
    request = Request(str(script), stages=("load", "fit", "convert", "evaluate"))
    stages = perform(request).checked().products.reports
    assert stages["convert"]["int8"]
    results = stages["evaluate"]
    assert results["subset"] == "evaluation"
    assert results["keras"]["samples"] == results["tflite"]["samples"] == 90
    assert results["keras"]["accuracy"] > 0.9
    assert abs(results["keras"]["accuracy"] - results["tflite"]["accuracy"]) < 0.05
