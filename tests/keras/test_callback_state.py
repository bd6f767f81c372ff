"""What callbacks remember, and how they are given it back."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from yzlite_core.errors import TrainingError

pytestmark = pytest.mark.slow  # imports Keras


@pytest.fixture(scope="module")
def room():
    from yzlite_core.keras import callback_state

    return callback_state


class Plain:
    def __init__(self, count=0):
        self.count = count


class Keeping(Plain):
    def get_state(self):
        return {"count": self.count}

    def set_state(self, state):
        self.count = state["count"]


class Failing(Keeping):
    def get_state(self):
        raise ValueError("lost")

    def set_state(self, state):
        raise KeyError("count")


def test_two_of_a_kind_are_told_apart(room):
    memory = room.memories([Keeping(1), Plain(), Keeping(2)])
    assert memory == {"Keeping-1": {"count": 1}, "Keeping-2": {"count": 2}}
    one, other = Keeping(), Keeping()
    assert room.remind([one, other], memory) == []
    assert (one.count, other.count) == (1, 2)


def test_what_nothing_is_known_of_is_named(room):
    assert room.remind([Keeping(), Plain()], {}) == ["Keeping"]


def test_failure_names_the_callback(room):
    with pytest.raises(TrainingError, match=r"Failing\.get_state failed: ValueError: lost"):
        room.memories([Failing()])
    with pytest.raises(TrainingError, match=r"Failing\.set_state failed: KeyError"):
        room.remind([Failing()], {"Failing-1": {}})


def test_counters_of_keras_callbacks_come_back(room):
    import keras

    before, after = keras.callbacks.EarlyStopping(), keras.callbacks.EarlyStopping()
    before.wait, before.best = 3, 0.25
    memory = room.memories([before])
    assert memory["EarlyStopping-1"]["wait"] == 3
    after.on_train_begin()
    assert room.remind([after], memory) == []
    assert (after.wait, after.best) == (3, 0.25)


def test_csv_logger_gets_its_rows_back(room, tmp_path):
    import keras

    logger = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    logger.set_model(SimpleNamespace(stop_training=False))
    logger.on_train_begin()
    logger.on_epoch_end(0, {"loss": 0.5})
    memory = room.memories([logger])
    logger.on_train_end()
    again = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    again.set_model(logger.model)
    again.on_train_begin()
    room.remind([again], memory)
    again.on_epoch_end(1, {"loss": 0.25})
    again.on_train_end()
    assert (tmp_path / "log.csv").read_text().split() == [
        "epoch,loss,val_loss",
        "0,0.5,NA",
        "1,0.25,NA",
    ]


def test_appearance_is_for_those_that_say_nothing(room):
    import keras

    look = room.appearance(Plain(1))
    assert look == {"count": "1"}
    assert room.appearance(Plain(2)) != look
    assert room.appearance(Keeping()) is None
    assert room.appearance(keras.callbacks.EarlyStopping()) is None
    assert room.appearance(keras.callbacks.TerminateOnNaN()) is None
