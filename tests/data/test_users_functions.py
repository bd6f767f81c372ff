"""How users' functions are called, and what they are told."""

from __future__ import annotations

import pickle
from functools import partial

import numpy as np
import pytest

from yzlite_core.data.batches import ArraySource, Batches, CustomBatches, FunctionTransform
from yzlite_core.data.batches.functions import OFFERED, call_of
from yzlite_core.data.datagen import DataGenerator, ParallelProcessParams
from yzlite_core.data.listing import DirectoryListing

X = np.arange(12, dtype=np.float32).reshape(6, 2)


def of_sample(x):
    return x


def of_params(params, x, class_id, batch_index=None):
    return x


class Callable:
    def __call__(self, params, sample):
        return sample


@pytest.mark.parametrize(
    ("function", "takes_params", "asked"),
    [
        (of_sample, False, ()),
        (of_params, True, ("class_id", "batch_index")),
        (Callable(), True, ()),
        (partial(of_params, "given"), False, ("class_id", "batch_index")),
        (lambda x, filename, *, batch_filenames: x, False, ("filename", "batch_filenames")),
        (lambda x, scale=2, **others: x, False, ()),
        (lambda *both: both[0], False, ()),
        (np.negative, False, ()),
        (max, False, ()),
    ],
)
def test_how_a_function_wants_to_be_called(function, takes_params, asked):
    assert call_of(function) == (takes_params, asked)


@pytest.mark.parametrize("function", [lambda x, class_id, day: x, lambda p, x, day: x, lambda x, *, day: x])
def test_a_function_that_asks_for_what_is_not_there(function):
    with pytest.raises(ValueError, match=rf"<lambda> asks for 'day', .* only {', '.join(OFFERED)} to be had"):
        call_of(function)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_function_may_ask_for_all_that_there_is(tmp_path, workers):
    heard = {}

    def note(params, x, class_id, filename, batch_index, batch_class_ids, batch_filenames):
        heard[filename] = (params, class_id, batch_index, batch_class_ids, batch_filenames)
        return x

    listing = DirectoryListing(tmp_path, {"a": ("a/1", "a/2", None), "b": ("b/1", "b/2", "b/3")})
    batches = Batches(
        ArraySource(X),
        transforms=[FunctionTransform(note, 1, params="told")],
        listing=listing,
        batch_size=4,
        workers=workers,
    )
    list(batches)
    batches.shutdown()
    files = ["a/1", "a/2", None, "b/1", "b/2", "b/3"]
    first, second = (([0, 0, 0, 1], files[:4]), ([1, 1], files[4:]))
    assert heard == {
        file: ("told", int(number > 2), number % 4, *(second if number > 3 else first))
        for number, file in enumerate(files)
    }


def test_random_numbers_of_a_function_are_its_samples_own():
    def made(workers, elsewhere=False):
        def shake(x, rng):
            return x + (pickle.loads(pickle.dumps(rng)) if elsewhere else rng).random()

        steps = [FunctionTransform(shake, order) for order in (1, 2)]
        batches = Batches(ArraySource(np.zeros((6, 2))), transforms=steps, batch_size=2, workers=workers)
        found = np.concatenate(list(batches))[:, 0]
        batches.shutdown()
        return found

    np.testing.assert_array_equal(made(1), made(2))
    np.testing.assert_array_equal(made(1), made(1, elsewhere=True))
    assert len(set(made(1))) == 6


def test_without_a_folder_samples_have_other_names():
    heard = []
    note = FunctionTransform(lambda x, filename: heard.append(filename) or x, 1)
    Batches(ArraySource(X[:2]), transforms=[note])[0]
    assert heard == ["sample 0", "sample 1"]


def test_a_function_of_batches_that_returns_samples_alone():
    def make(index, names, class_ids, params):
        return index, X[params.indices] * 2

    np.testing.assert_array_equal(CustomBatches(make, ArraySource(X), batch_size=4)[1], X[4:] * 2)


def test_a_function_of_batches_is_told_the_same(tmp_path):
    told = ParallelProcessParams(DataGenerator(), "validation", reading={"sample_shape": (2,)})
    shapes = []

    def make(index, names, class_ids, params):
        shapes.append((params.subset, params.batch_shape, params.validation_split))
        return index, X[params.indices]

    list(CustomBatches(make, ArraySource(X), batch_size=4, params=told))
    assert shapes == [("validation", (4, 2), 0.0), ("validation", (2, 2), 0.0)]


# ---------------------------------------------------------------------------------------------- params


@pytest.fixture
def params() -> ParallelProcessParams:
    generator = DataGenerator(validation_split=0.2, dtype="int8", preprocessing_function=lambda x: x)
    generator.function_processes = 2
    generator.function_steps((np.negative, 1))  # it has processes now
    reading = {"target_size": (8, 9)}
    return ParallelProcessParams(generator, "training", "sparse", ("cat", "dog"), "animals", reading)


def test_what_a_function_is_told(params):
    assert params.class_indices == {"cat": 0, "dog": 1}
    assert (params.n_classes, params.class_mode, params.directory) == (2, "sparse", "animals")
    assert params.dtype == np.int8
    assert np.zeros(2).astype(params.dtype).dtype == np.int8
    assert params.split == (0.2, 1.0)
    assert params.target_size == (8, 9)
    assert params.validation_split == 0.2
    assert params.image_data_generator is params.audio_data_generator is params.data_generator
    with pytest.raises(AttributeError, match="neither params nor DataGenerator has 'colour'"):
        _ = params.colour


@pytest.mark.parametrize("subset", [None, "evaluation"])
def test_all_of_each_class_where_nothing_is_split_off(subset):
    assert ParallelProcessParams(DataGenerator(validation_split=0.2), subset).split is None
    assert ParallelProcessParams(DataGenerator(), "training").split is None


def test_what_is_sent_to_a_process(params):
    sent = pickle.loads(pickle.dumps(params.for_processes()))
    assert (sent.subset, sent.class_indices, sent.target_size) == ("training", {"cat": 0, "dog": 1}, (8, 9))
    assert sent.data_generator.validation_split == 0.2
    assert sent.preprocessing_function is None
    assert params.preprocessing_function is not None
