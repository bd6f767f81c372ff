from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from yzlite_core.batches import ArraySource, Batches, FileSource, FunctionTransform, worker_count
from yzlite_core.errors import DatasetError


class AddNoise:
    order = 10

    def draw(self, rng, sample):
        return rng.normal(size=sample.shape)

    def apply(self, data, parameters):
        return data + parameters


class Double:
    order = 5

    def draw(self, rng, sample):
        return 2

    def apply(self, data, parameters):
        return data * parameters


X = np.arange(40, dtype="float32").reshape(10, 4)
Y = np.arange(10)


def everything(batches, epochs=3):
    found = []
    for epoch in range(epochs):
        batches.epoch = epoch
        found += [part.tobytes() for batch in batches for part in batch]
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_same_bytes_for_any_number_of_workers(seed):
    made = []
    for workers in (1, 2, 4):
        batches = Batches(
            ArraySource(X), Y, batch_size=3, transforms=[AddNoise()], shuffle=True, seed=seed, workers=workers
        )
        made.append(everything(batches))
        batches.shutdown()
    assert made[0] == made[1] == made[2]


def test_seeds_epochs_and_samples_differ():
    one, two = (Batches(ArraySource(X * 0), transforms=[AddNoise()], seed=seed) for seed in (1, 2))
    assert not np.array_equal(one[0], two[0])
    first = one[0]
    assert not np.array_equal(first[0], first[1])
    one.epoch = 1
    assert not np.array_equal(first, one[0])
    one.epoch = 0
    assert np.array_equal(first, one[0])


def test_every_sample_once_in_an_epoch():
    batches = Batches(ArraySource(X), Y, batch_size=4, shuffle=True)
    assert len(batches) == 3
    labels = [label for _, y in batches for label in y]
    assert sorted(labels) == list(Y)
    assert labels != list(Y)
    for x, y in batches:
        assert np.array_equal(x, X[y])
    with pytest.raises(IndexError):
        batches[3]


def test_whole_set_as_one_batch_and_types():
    (x,) = list(Batches(ArraySource(X), batch_size=-1, dtype=np.float64))
    assert x.shape == (10, 4)
    assert x.dtype == np.float64


def test_targets_may_be_the_input():
    x, y = Batches(ArraySource(X), "input", batch_size=2)[0]
    assert np.array_equal(x, y)


def test_transforms_are_applied_in_their_order():
    batches = Batches(
        ArraySource(np.ones((1, 2))), transforms=[FunctionTransform(lambda x: x + 1, 9), Double()]
    )
    assert np.array_equal(batches[0], [[3, 3]])
    more = batches.with_transforms([FunctionTransform(lambda x: x - 1, 1)])
    assert np.array_equal(more[0], [[1, 1]])
    assert np.array_equal(batches[0], [[3, 3]])


def test_function_gets_the_arguments_that_it_names():
    heard = []

    def note(data, class_id, filename):
        heard.append((class_id, filename))
        return data

    Batches(ArraySource(X[:2]), transforms=[FunctionTransform(note, 1)], labels=np.array([4, 5]))[0]
    assert heard == [(4, "sample 0"), (5, "sample 1")]


@pytest.mark.parametrize("workers", [1, 2])
def test_failing_step_names_the_sample_and_does_not_hang(workers):
    def boom(data):
        raise ValueError("no")

    batches = Batches(ArraySource(X), transforms=[FunctionTransform(boom, 1)], workers=workers)
    with pytest.raises(DatasetError, match="boom failed on sample 0: ValueError: no"):
        list(batches)
    assert isinstance(batches.failure, DatasetError)
    batches.shutdown()


@pytest.mark.parametrize("workers", [1, 2])
def test_undecodable_file_is_named(workers, tmp_path):
    def decode(path: Path | None) -> np.ndarray:
        assert path is not None
        return np.frombuffer(path.read_bytes(), np.uint8).reshape(2, 2)

    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_bytes(b"1234")
    bad.write_bytes(b"123")
    with pytest.raises(DatasetError, match="bad cannot be decoded: cannot reshape"):
        list(Batches(FileSource([good, bad], decode), workers=workers))
    with pytest.raises(DatasetError, match="gone is gone since the dataset was listed"):
        list(Batches(FileSource([good, tmp_path / "gone"], decode), workers=workers))


def test_samples_of_different_shapes_are_named():
    class Ragged(ArraySource):
        def load(self, index):
            return np.zeros(index + 1)

    with pytest.raises(DatasetError, match=r"sample 1 has the shape \(2,\), but sample 0 has \(1,\)"):
        Batches(Ragged(X))[0]


def test_empty_source_is_refused():
    with pytest.raises(DatasetError, match="no samples"):
        Batches(ArraySource(X[:0]))


def test_workers_run_at_the_same_time():
    together = threading.Barrier(2, timeout=10)

    def meet(data):
        together.wait()
        return data

    batches = Batches(
        ArraySource(X[:4]), batch_size=1, transforms=[FunctionTransform(meet, 1)], workers=2, max_pending=4
    )
    assert len(list(batches)) == 4
    batches.shutdown()


def test_no_thread_is_left_behind():
    before = threading.active_count()
    batches = Batches(ArraySource(X), batch_size=1, workers=4)
    batches[0]
    assert threading.active_count() > before
    batches.shutdown()
    assert threading.active_count() == before


def test_global_generators_are_not_touched():
    before = np.random.get_state()[1].tobytes()  # noqa: NPY002 # the global one is meant
    list(Batches(ArraySource(X), transforms=[AddNoise()], shuffle=True))
    assert np.random.get_state()[1].tobytes() == before  # noqa: NPY002 # see above


def test_slow_consumer_and_jumps(tmp_path):
    batches = Batches(ArraySource(X), Y, batch_size=2, workers=2, max_pending=2)
    seen = []
    for index in (0, 3, 1, 4):
        time.sleep(0.01)
        seen += list(batches[index][1])
    assert seen == [0, 1, 6, 7, 2, 3, 8, 9]
    batches.shutdown()


def test_random_order_makes_no_batch_in_vain():
    made = []
    step = FunctionTransform(lambda data, filename: made.append(filename) or data, 1)
    batches = Batches(ArraySource(X), batch_size=1, transforms=[step], workers=2)
    for index in (7, 2, 9, 4):
        batches[index]
    batches.shutdown()
    assert sorted(made) == ["sample 2", "sample 4", "sample 7", "sample 9"]


def test_worker_count(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(range(8)), raising=False)
    assert [worker_count(cores) for cores in (3, 0.25, 1.0, -1, 99, 0)] == [3, 2, 8, 8, 8, 1]


@pytest.mark.slow
def test_keras_takes_batches_as_they_are():
    import keras

    labels = keras.utils.to_categorical(Y % 2, 2)
    keras.utils.set_random_seed(1)
    network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
    network.compile(loss="categorical_crossentropy", optimizer="adam")
    batches = Batches(ArraySource(X), labels, batch_size=3, shuffle=True, workers=2)
    history = network.fit(
        batches, validation_data=batches, class_weight={0: 1.0, 1: 2.0}, epochs=2, verbose=0
    )
    assert len(history.history["val_loss"]) == 2
    assert isinstance(batches, Batches)
    batches.shutdown()
