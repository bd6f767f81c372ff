"""A feed tells by the number of the epoch alone what comes, also after an interruption."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # imports Keras

SAMPLES = np.arange(10, dtype="float32")


@pytest.fixture(scope="module")
def room():
    from yzlite_core.keras import data_adapters

    return data_adapters


def array_feed(**wishes):
    from yzlite_core.keras.data_adapters import feed_of

    return feed_of({"x": SAMPLES, "batch_size": 4, **wishes}, seed=3)


def steps_feed(kind=None, **wishes):
    import keras

    from yzlite_core.keras.data_adapters import feed_of

    class Steps(keras.utils.PyDataset):
        """Batches that tell their number; counts the epochs."""

        ended = 0

        def __len__(self):
            return 4

        def __getitem__(self, index):
            return np.array([index])

        def on_epoch_end(self):
            self.ended += 1

    return feed_of({"x": (kind or Steps)(), **wishes}, seed=3)


def tf_feed(**wishes):
    import tensorflow as tf

    from yzlite_core.keras.data_adapters import feed_of

    data = tf.data.Dataset.range(8).shuffle(8, seed=1).batch(2)
    if wishes:
        data = data.repeat()
    return feed_of({"x": data, **wishes}, seed=3)


def epoch_of(feed, number):
    """Return all numbers of an epoch as Keras would read them."""
    feed.at(number)
    if hasattr(feed.x, "__getitem__"):
        return [int(item) for index in range(len(feed.x)) for item in feed.x[index]]
    batches = feed.x.take(feed.arguments.get("steps_per_epoch") or -1)
    return [int(item) for batch in batches for item in np.ravel(batch)]


@pytest.mark.parametrize(
    "make",
    [
        array_feed,
        lambda: array_feed(shuffle=False),
        lambda: array_feed(steps_per_epoch=2),
        steps_feed,
        lambda: steps_feed(steps_per_epoch=3),
        tf_feed,
    ],
    ids=["arrays", "in order", "arrays in steps", "PyDataset", "PyDataset in steps", "tf.data"],
)
def test_resumed_feed_comes_to_the_same_place(make, room):
    whole, resumed = make(), make()
    whole.begin(0)
    epochs = [epoch_of(whole, number) for number in range(4)]
    resumed.begin(2)
    assert [epoch_of(resumed, number) for number in (2, 3)] == epochs[2:]


def test_order_of_arrays_is_another_in_each_epoch_and_for_each_seed(room):
    feed, other = array_feed(), room.feed_of({"x": SAMPLES, "batch_size": 4}, seed=4)
    epochs = [epoch_of(feed, number) for number in range(2)]
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(SAMPLES)
    assert epochs[0] != epochs[1]
    assert epoch_of(other, 0) != epochs[0]
    assert epoch_of(array_feed(shuffle=False), 1) == list(SAMPLES)


def test_fewer_steps_go_on_where_the_epoch_before_ended(room):
    feed = array_feed(shuffle=False, steps_per_epoch=2)
    assert [epoch_of(feed, number) for number in range(2)] == [[*range(8)], [8, 9, 0, 1, 2, 3]]


def test_keras_may_look_before_it_trains(room):
    feed = steps_feed(shuffle=False)
    assert [int(feed.x[index][0]) for index in (0, 3, 1)] == [0, 1, 1]
    feed.x.on_epoch_end()
    feed.begin(0)
    assert epoch_of(feed, 0) == [0, 1, 2, 3]
    assert feed._source.ended == 0


def test_dataset_with_a_memory_is_given_it_back(room):
    import keras

    class Remembering(keras.utils.PyDataset):
        place = 0

        def __len__(self):
            return 2

        def __getitem__(self, index):
            self.place += 1
            return np.array([self.place])

        def get_state(self):
            return self.place

        def set_state(self, state):
            self.place = state

    feed, again = steps_feed(Remembering), steps_feed(Remembering)
    feed.begin(0)
    assert epoch_of(feed, 0) == [1, 2]
    again.set_state(feed.get_state())
    assert epoch_of(again, 1) == [3, 4]
    assert array_feed().get_state() is None
    assert steps_feed().get_state() is None


def test_shuffled_tf_data_begins_with_its_first_element(room):
    feed = tf_feed(steps_per_epoch=2)
    feed.begin(3)
    assert feed.arguments["steps_per_epoch"] == 2
    assert feed._skipped == 6
    assert feed.example().shape == (1,)


def test_arguments_say_that_keras_has_nothing_to_shuffle(room):
    arguments = array_feed(steps_per_epoch=2, y=SAMPLES, sample_weight=SAMPLES).arguments
    assert arguments["shuffle"] is False
    assert [arguments[name] for name in ("y", "sample_weight", "batch_size", "steps_per_epoch")] == [None] * 4
    assert len(next(iter(arguments["x"]))) == 3


def test_what_nobody_knows_is_left_to_keras(room):
    generator = iter([])
    assert room.feed_of({"x": generator}, seed=3).arguments == {"x": generator}


def test_batches_are_told_the_epoch(room):
    from yzlite_core.data.batches import ArraySource, Batches

    batches = Batches(ArraySource(SAMPLES[:, None]), batch_size=4, seed=1)
    feed = room.feed_of({"x": batches}, seed=3)
    feed.begin(2)
    feed.at(5)
    assert isinstance(feed, room.BatchesFeed)
    assert batches.epoch == 5
