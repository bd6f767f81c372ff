"""Whoever trains elsewhere trains the same thing: all that a script asks for stands in `arguments`."""

from __future__ import annotations

import pytest

from yzlite_core.functions.perform import perform
from yzlite_core.run.request import Request

pytestmark = pytest.mark.slow

ELSEWHERE = """
from yzlite_core.contract.hookspecs import HOOK_CONTRACT, hookimpl
from yzlite_core.contract.values import History

YZLITE_CONTRACT = HOOK_CONTRACT


@hookimpl
def yzlite_fit(keras_model, dataset, arguments):
    held_out = dataset.validation
    told = keras_model.fit(
        dataset.x, dataset.y, validation_data=(held_out.x, held_out.y), verbose=0, **arguments
    )
    return History(told.history)
"""

SCRIPT = """
# @yzlite_model
import keras
import numpy as np

from yzlite.core import DatasetMixin, TrainMixin, YZLiteModel


class Small(YZLiteModel, TrainMixin, DatasetMixin):
    def load_dataset(self, subset, **kwargs):
        self.y = np.arange(192) % 3
        self.x = np.random.default_rng(0).normal(size=(192, 8)).astype("float32")
        self.validation_split = 0.25


class Noting(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.told = dict(self.params)
        self.batches = []

    def on_train_batch_end(self, batch, logs=None):
        self.batches.append(batch)


def build(my_model):
    network = keras.Sequential([keras.layers.InputLayer((8,)), keras.layers.Dense(3, activation="softmax")])
    network.compile(loss="sparse_categorical_crossentropy", optimizer="sgd")
    return network


def longer(fit_kwargs, **kwargs):
    fit_kwargs["epochs"] += 1
    fit_kwargs["callbacks"].append(Noting())


my_model = Small()
my_model.classes = ["a", "b", "c"]
my_model.input_shape = (8,)
my_model.epochs = 7
my_model.batch_size = 16
my_model.build_model_function = build
my_model.add_event_handler("BEFORE_TRAIN", longer)
"""

WANTED = """
my_model.train_kwargs = {"epochs": 2, "steps_per_epoch": 3}
my_model.class_weights = [1, 10, 100]
"""


@pytest.fixture
def told(monkeypatch):
    """What `keras.Model.fit` is called with, a dictionary a call."""
    import keras

    calls = []
    fit = keras.Model.fit

    def noted(self, *args, **kwargs):
        calls.append(kwargs)
        return fit(self, *args, **kwargs)

    monkeypatch.setattr(keras.Model, "fit", noted)
    return calls


@pytest.fixture
def history_of(make_script, install_plugin, yzlite_cache):
    """A function that trains a script, elsewhere, and returns the history."""
    install_plugin("elsewhere", ELSEWHERE)

    def trained(lines):
        script = make_script("small", SCRIPT + lines)
        results = perform(Request(str(script), stages=("fit",), seed=1)).checked()
        return results.products.reports["fit"]["history"]

    return trained


def test_arguments_alone_say_what_script_settings_and_handler_ask_for(history_of, told):
    history = history_of(WANTED)
    (given,) = told
    assert given["epochs"] == 3
    assert given["steps_per_epoch"] == 3
    assert given["class_weight"] == {0: 1.0, 1: 10.0, 2: 100.0}
    of_handler = given["callbacks"][-1]
    assert (of_handler.told["epochs"], of_handler.told["steps"]) == (3, 3)
    assert of_handler.batches == [0, 1, 2] * 3
    assert len(history["loss"]) == len(history["val_loss"]) == 3


def test_class_weights_reach_the_loss(history_of):
    history = history_of("my_model.class_weights = [0, 0, 0]\nmy_model.epochs = 1")
    assert history["loss"] == [0.0, 0.0]
    assert history["val_loss"][0] > 0
