"""What the core's own training tells Keras, and what it says when Keras refuses."""

from __future__ import annotations

import numpy as np
import pytest

from yzlite_core import DatasetMixin, TrainMixin, YZLiteModel
from yzlite_core.data.dataset import Dataset
from yzlite_core.errors import ModelError, TrainingError

pytestmark = pytest.mark.slow  # imports Keras

IDS = np.arange(12) % 3
DATA = Dataset("training", np.zeros((12, 2), "float32"), IDS, sample_weight=np.full(12, 2.0))


class Model(YZLiteModel, TrainMixin, DatasetMixin):
    pass


@pytest.fixture
def told(fake_run, tmp_path):
    """A function (settings) that trains with a network that refuses, and returns what `fit` was told."""

    def train(raised="no", more=(), **settings):
        import keras

        from yzlite_core.keras.arguments import fit_arguments
        from yzlite_core.keras.fitting import fit

        calls = []

        class Refusing(keras.Sequential):
            def fit(self, **arguments):
                calls.append(arguments)
                raise ValueError(raised)

        network = Refusing([keras.layers.InputLayer((2,)), keras.layers.Dense(3)])
        network.compile(loss="sparse_categorical_crossentropy")
        model = Model(tmp_path / "mine.py")
        model.classes = ["a", "b", "c"]
        for name, value in settings.items():
            setattr(model, name, value)
        with pytest.raises(TrainingError) as refused:
            fit(model, network, DATA, fit_arguments(model, DATA, more), fake_run(model))
        return calls[0], str(refused.value)

    return train


def test_train_kwargs_win(told):
    given, _ = told(epochs=5, train_kwargs={"epochs": 2, "verbose": 1})
    assert (given["epochs"], given["verbose"], given["initial_epoch"]) == (2, 1, 0)


def test_weights_of_classes_and_of_samples_become_one(told):
    given, _ = told(class_weights=[1, 10, 100])
    assert given["class_weight"] is None
    weights = np.concatenate([weight for _, _, weight in given["x"]])
    assert sorted(weights) == sorted(2.0 * 10.0**IDS)


def test_callbacks_stand_in_their_order(told):
    import keras

    own = keras.callbacks.TerminateOnNaN()
    given, _ = told(more=[own])
    names = [type(callback).__name__ for callback in given["callbacks"]]
    assert names == ["MonitorGuard", "TerminateOnNaN", "BestCheckpoint", "EpochLines", "StateKeeper"]
    assert given["callbacks"][1] is own


def test_what_keras_raises_is_explained(told):
    assert told("No loss to compute")[1].startswith("The network was compiled without a loss")
    assert told("one\n\ntwo")[1] == "Keras could not train the network: ValueError: one two"


def test_training_without_an_end_is_a_sentence(tmp_path, fake_run):
    from yzlite_core.keras.fitting import refuse_endless

    model = Model(tmp_path / "mine.py")
    model.epochs = -1
    with pytest.raises(ModelError, match=r"epochs is -1.*test_fitting\.py, line \d+.*early_stopping"):
        refuse_endless(model, [])
