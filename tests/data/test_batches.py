from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from yzlite_core.data.batches import (
    ArraySource,
    Batches,
    BatchTransform,
    CachedSource,
    FileSource,
    FunctionTransform,
    FusingTransform,
    RandomNumbers,
    worker_count,
)
from yzlite_core.data.listing import DirectoryListing
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


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_what_was_stopped_goes_on_with_the_same_rest(workers):
    def batches():
        return Batches(
            ArraySource(X), Y, batch_size=3, transforms=[AddNoise()], shuffle=True, workers=workers
        )

    whole, stopped, resumed = batches(), batches(), batches()
    expected = everything(whole)
    stopped.epoch = resumed.epoch = 1
    begun = [part.tobytes() for _, batch in zip(range(2), stopped, strict=False) for part in batch]
    rest = [part.tobytes() for batch in resumed.rest(2) for part in batch]
    assert begun + rest == expected[8:16]
    for made in (whole, stopped, resumed):
        made.shutdown()


class Scale:
    """A step that takes a batch at once, and joins with others of its kind."""

    def __init__(self, order, *factors):
        self.order, self.factors, self.calls = order, factors, []

    def draw_batch(self, numbers, samples):
        drawn = np.ones(len(samples))
        for factor in self.factors:
            drawn *= factor * numbers.uniform(1)[:, 0]
        return np.where(np.array(samples.indices) == 3, 1, drawn)

    def apply_batch(self, data, parameters):
        self.calls.append(len(data))
        return data * parameters[:, np.newaxis]

    def fused(self, following):
        return Scale(self.order, *self.factors, *following.factors) if isinstance(following, Scale) else None


def test_a_batch_at_once_is_the_same_as_one_sample_after_the_other():
    scale = Scale(5, 2.0)
    assert isinstance(scale, BatchTransform)
    assert not isinstance(AddNoise(), BatchTransform)
    batches = Batches(ArraySource(X.astype(np.float64)), batch_size=4, transforms=[scale], shuffle=True)
    made = np.concatenate(list(batches))
    assert scale.calls == [4, 4, 2]
    alone = [batches.sample(int(index)) for index in batches.order(0)]
    np.testing.assert_array_equal(made, alone)
    np.testing.assert_array_equal(made[batches.order(0) == 3][0], X[3])


@pytest.mark.parametrize("workers", [1, 2])
def test_a_batch_that_is_changed_in_place_is_not_overwritten(workers):
    class InPlace(Scale):
        def apply_batch(self, data, parameters):
            data += 1
            return data

    batches = Batches(ArraySource(X), batch_size=2, transforms=[InPlace(5, 2.0)], workers=workers)
    np.testing.assert_array_equal(np.concatenate(list(batches)), X + 1)
    batches.shutdown()


def test_samples_of_different_shapes_are_changed_one_by_one():
    class Ragged(ArraySource):
        def load(self, index):
            return np.ones(index + 1)

    scale, sums = Scale(5, 2.0), FunctionTransform(lambda data: data.sum(keepdims=True), 6)
    (made,) = Batches(Ragged(X[:3]), transforms=[scale, sums])
    assert made.shape == (3, 1)
    assert scale.calls == [1, 1, 1]


def test_neighbours_become_one_step_unless_something_comes_between():
    first, second = Scale(5, 2.0), Scale(7, 3.0)
    assert isinstance(first, FusingTransform)
    one = Batches(ArraySource(X.astype(np.float64)), transforms=[second, first])
    made = one[0]
    assert first.calls == second.calls == []
    between = one.with_transforms([FunctionTransform(lambda data: data + 1, 6)])
    assert not np.array_equal(made, between[0])
    assert (first.calls, second.calls) == ([10], [10])
    unchanged = one.with_transforms([FunctionTransform(lambda data: data, 6)])
    np.testing.assert_allclose(unchanged[0], made)


def test_seeds_epochs_and_samples_differ():
    one, two = (Batches(ArraySource(X * 0), transforms=[AddNoise()], seed=seed) for seed in (1, 2))
    assert not np.array_equal(one[0], two[0])
    first = one[0]
    assert not np.array_equal(first[0], first[1])
    one.epoch = 1
    assert not np.array_equal(first, one[0])
    one.epoch = 0
    assert np.array_equal(first, one[0])


def test_random_numbers_are_uniform_and_of_a_sample_alone():
    numbers = RandomNumbers(7, 3, range(2000))
    first, second = numbers.uniform(10), numbers.uniform(3)
    drawn = np.hstack([first, second])
    assert drawn.min() >= 0
    assert drawn.max() < 1
    assert len(np.unique(drawn)) == drawn.size
    for share in (0.1, 0.5, 0.9):
        np.testing.assert_allclose((drawn < share).mean(axis=0), share, atol=0.03)
    correlations = np.corrcoef(drawn.T) - np.eye(13)
    assert np.abs(correlations).max() < 0.1
    assert abs(np.corrcoef(drawn[1:].ravel(), drawn[:-1].ravel())[0, 1]) < 0.02
    alone = RandomNumbers(7, 3, [1234])
    np.testing.assert_array_equal(alone.uniform(13)[0], drawn[1234])
    assert alone.generators[0].random() == numbers.generators[1234].random()
    for seed, epoch in ((8, 3), (7, 4)):
        assert not np.isin(RandomNumbers(seed, epoch, range(2000)).uniform(13), drawn).any()


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


def test_weights_come_with_their_samples():
    weights = np.arange(10, dtype="float32")
    batches = Batches(ArraySource(X), weights * 2, sample_weight=weights, batch_size=4, shuffle=True)
    for x, y, w in batches:
        np.testing.assert_array_equal(x, X[w.astype(int)])
        np.testing.assert_array_equal(y, w * 2)


def test_next_goes_on_from_epoch_to_epoch_without_an_end():
    batches, other = (Batches(ArraySource(X), batch_size=4, shuffle=True) for _ in range(2))
    expected = []
    for _ in range(2):
        expected += list(other)
        other.on_epoch_end()
    found = [next(batches) for _ in range(5)]
    batches.reset()
    found.append(batches.next())
    for number, x in zip([0, 1, 2, 3, 4, 3], found, strict=True):
        np.testing.assert_array_equal(x, expected[number])


def test_what_keras_iterators_tell_of_a_folder(tmp_path):
    listing = DirectoryListing(tmp_path, {"a": ("a/1.txt", "a/2.txt"), "_silence_": (None,)})
    batches = Batches(FileSource(listing.paths, str), listing=listing)
    assert batches.class_indices == {"a": 0, "_silence_": 1}
    assert batches.classes.tolist() == [0, 0, 1]
    assert (batches.n, batches.samples, batches.num_classes) == (3, 3, 2)
    assert batches.filenames == ["a/1.txt", "a/2.txt", None]
    assert batches.filepaths == [str(tmp_path / "a/1.txt"), str(tmp_path / "a/2.txt"), None]


def test_arrays_are_in_no_folder():
    batches = Batches(ArraySource(X))
    assert batches.samples == 10
    assert batches.classes is None
    for name in ("class_indices", "num_classes", "filenames", "filepaths"):
        assert not hasattr(batches, name)


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


@pytest.mark.parametrize("workers", [1, 2])
def test_what_cannot_be_read_can_be_skipped_and_is_counted(workers, tmp_path):
    paths = [tmp_path / f"{number}.bin" for number in range(6)]
    for number, path in enumerate(paths):
        path.write_bytes(bytes([number] * (3 if number == 2 else 4)))
    paths[5].unlink()
    source = FileSource(paths, lambda path: np.frombuffer(path.read_bytes(), np.uint8).reshape(2, 2))
    batches = Batches(source, np.arange(6), batch_size=2, workers=workers, on_bad_sample="skip")
    for _ in range(2):
        made = list(batches)
        assert [y.tolist() for _, y in made] == [[0, 1], [3], [4]]
        assert [x[:, 0, 0].tolist() for x, _ in made] == [[0, 1], [3], [4]]
    assert list(batches.skipped) == [str(paths[2]), str(paths[5])]
    assert "cannot be decoded" in batches.skipped[str(paths[2])]
    assert "is gone" in batches.skipped[str(paths[5])]
    assert batches.delivered(0).tolist() == [0, 1, 3, 4]
    paths[3].unlink()
    with pytest.raises(DatasetError, match=r"No sample of a batch can be read: .*2\.bin"):
        list(batches)
    batches.shutdown()


def test_samples_are_kept_in_a_file_that_is_gone_with_them(tmp_path):
    samples = np.random.default_rng(1).integers(0, 255, (40, 1 << 20), np.uint8)
    folder = tmp_path / "cache"
    source = CachedSource(ArraySource(samples), 36 << 20, np.copy, folder)
    assert list(folder.iterdir()) == []  # it has no name, so nobody has to remove it
    for index in (*range(40), 0, 17, 39):
        np.testing.assert_array_equal(source.load(index), samples[index])
    samples[:] = 0
    assert [source.load(index).any() for index in (0, 35, 36, 39)] == [True, True, False, False]


def test_no_room_on_the_disk_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatasetError, match=r"cannot be kept in .*file") as caught:
        CachedSource(ArraySource(X), 1 << 20, np.copy, tmp_path / "file")
    assert "cache_dir" in caught.value.hint


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


def test_no_thread_is_left_behind(batch_threads):
    batches = Batches(ArraySource(X), batch_size=1, workers=4)
    batches[0]
    assert batch_threads()
    batches.shutdown()
    assert not batch_threads()


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
