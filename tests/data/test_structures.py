"""Samples in memory, in whatever structure a network takes them, and what Keras is fed of it."""

from __future__ import annotations

import numpy as np
import pytest

from yzlite_core.data.structures import count, is_in_memory, joined, leaves, listed, mapped, taken, tupled
from yzlite_core.errors import DatasetError

A, B = np.arange(5), np.arange(10).reshape(5, 2)
STRUCTURES = [A, [A, B], {"a": A, "b": B}, {"both": [A, B], "a": A}, [[A], {"b": B}]]


@pytest.mark.parametrize("arrays", STRUCTURES)
def test_structure_stays_what_it_is(arrays):
    def form(structure):
        return mapped(lambda leaf: leaf.ndim, structure)

    assert form(taken(arrays, slice(1, 3))) == form(joined([arrays, arrays])) == form(arrays)
    assert form(listed(tupled(arrays))) == form(arrays)
    assert (count(arrays), count(taken(arrays, A > 1)), count(joined([arrays, arrays]))) == (5, 3, 10)
    assert all(leaf is A or leaf is B for leaf in leaves(arrays))
    assert is_in_memory(arrays)


def test_tensorflow_gets_tuples():
    assert tupled({"both": [1, 2], "one": 3}) == {"both": (1, 2), "one": 3}


def test_inputs_of_different_lengths_are_refused():
    with pytest.raises(DatasetError, match="different numbers of samples: 5, 4"):
        count([A, B[:4]])


@pytest.mark.parametrize("arrays", STRUCTURES)
def test_keras_is_fed_the_structure_of_the_data(arrays):
    import tensorflow as tf

    from yzlite_core.keras.data_adapters import feed_of

    feed = feed_of({"x": arrays, "y": A, "batch_size": 2, "shuffle": False}, seed=1)
    x, y = next(iter(feed.x))
    np.testing.assert_array_equal(y, A[:2])
    tf.nest.assert_same_structure(x, tupled(arrays), check_types=True)
    for fed, given in zip(tf.nest.flatten(x), tf.nest.flatten(tupled(arrays)), strict=True):
        np.testing.assert_array_equal(fed, given[:2])
    tf.nest.assert_same_structure(feed.example(), tupled(arrays), check_types=True)


def test_an_example_of_a_tf_dataset_has_its_structure():
    import tensorflow as tf

    from yzlite_core.keras.data_adapters import feed_of

    data = tf.data.Dataset.from_tensor_slices((({"b": B}, A), A)).batch(2)
    by_name, by_place = feed_of({"x": data}, seed=1).example()
    assert (by_name["b"].shape, by_place.shape) == ((1, 2), (1,))
