"""What a model's `load_dataset` and `dataset` may give, and the `Dataset` that becomes of it."""

from __future__ import annotations

import types

import numpy as np
import pytest

from yzlite_core import Batches, DatasetMixin, TrainMixin, YZLiteDataset, YZLiteModel
from yzlite_core.data.batches import ArraySource
from yzlite_core.data.dataset import Dataset, Sampling
from yzlite_core.data.labels import limited
from yzlite_core.data.loading import snapshot
from yzlite_core.data.streams import Stream
from yzlite_core.errors import DatasetError, SettingValueError
from yzlite_core.keras.class_weights import class_weights
from yzlite_core.run.plugin import yzlite_dataset_summary

X = np.arange(40, dtype=np.float32).reshape(20, 2)
IDS = np.arange(20) % 4
Y = np.eye(4, dtype=np.float32)[IDS]
HELD_OUT = (X[:8] + 100, Y[:8])


class Model(YZLiteModel, TrainMixin, DatasetMixin):
    pass


def model_of(dataset=None, **settings) -> Model:
    model = Model("my_model.py")
    model.classes = ["a", "b", "c", "d"]
    model.dataset = dataset
    for name, value in settings.items():
        setattr(model, name, value)
    return model


def batches(x=X, y=Y, size=8):
    for start in range(0, len(x), size):
        yield x[start : start + size], y[start : start + size]


def same(data: Dataset, x, y) -> bool:
    got = data.arrays()
    return np.array_equal(got[0], x) and np.array_equal(got[1], y)


# ------------------------------------------------------------------------------------------ `dataset`


class Waves(YZLiteDataset):
    def __init__(self):
        self.calls: list = []

    def load_dataset(self, subset, test=False, **kwargs):
        self.calls.append((subset, test, sorted(kwargs)))
        return X, Y

    def unload_dataset(self):
        self.calls.append("unloaded")


def test_dataset_may_be_a_function_an_object_or_a_module():
    asked = []

    def function(subset, test, **kwargs):
        asked.append((subset, test, kwargs["model"].name))
        return X, Y

    module = types.ModuleType("waves")
    module.load_dataset = lambda subset, test: (X, Y)
    waves = Waves()
    for dataset in (function, waves, module):
        assert same(snapshot(model_of(dataset), "training", None, 8), X, Y)
    assert asked == [("training", False, "my_model")]
    assert waves.calls == [("training", False, ["model"])]


def test_dataset_may_be_a_registered_name(install_plugin):
    code = """
        from yzlite_core.contract.hookspecs import hookimpl
        YZLITE_CONTRACT = 1
        def load_dataset(subset): return [[1.0, 2.0]], [3]
        @hookimpl
        def yzlite_datasets(): return {"ones": "plugin_ones"}
    """
    install_plugin("ones", code)
    model = model_of("ones")
    model.load_dataset("training")
    assert (model.x, model.y) == ([[1.0, 2.0]], [3])


def test_overridden_load_dataset_calls_super_and_changes_what_was_loaded():
    class Mine(Model):
        def load_dataset(self, subset, test=False, **kwargs):
            super().load_dataset(subset, test, **kwargs)
            self.x = self.x + 1

    model = Mine("my_model.py")
    model.classes = ["a", "b", "c", "d"]
    model.dataset = lambda subset, test: (X, Y)
    assert same(snapshot(model, "training", None, 8), X + 1, Y)
    assert (model.x, model.y, model.loaded_subset) == (None, None, None)


def test_wishes_reach_a_loader_as_far_as_it_takes_them():
    told = []

    def by_class(subset, classes=None):
        told.append((subset, classes))
        return X, Y

    def by_keywords(subset, **wishes):
        told.append(sorted(wishes))
        return X, Y

    sampling = Sampling(("a", "b"), shuffle=True, steps=2)
    for loader in (by_class, by_keywords):
        assert snapshot(model_of(loader), "validation", None, 8, sampling).steps == 2
        assert snapshot(model_of(loader), "validation", None, 8).steps is None
    assert told == [
        ("validation", ("a", "b")),
        ("validation", None),
        ["classes", "model", "shuffle", "test"],
        ["model", "test"],
    ]


def test_wishes_reach_a_model_that_loads_itself():
    class Mine(Model):
        def load_dataset(self, subset, test=False, augment=False):
            self.x, self.y = X + augment, Y

    model = Mine("my_model.py")
    model.classes = ["a", "b", "c", "d"]
    for augment in (True, False):
        assert same(snapshot(model, "training", None, 8, Sampling(augment=augment)), X + augment, Y)


def test_unload_dataset_tells_the_dataset():
    model = model_of(Waves())
    model.load_dataset("validation", test=True)
    assert model.loaded_subset == "validation"
    model.unload_dataset()
    assert model.dataset.calls == [("validation", True, ["model"]), "unloaded"]
    assert (model.x, model.loaded_subset) == (None, None)


@pytest.mark.parametrize(
    ("returned", "x", "y", "validation"),
    [
        (X, X, None, None),
        ((X,), X, None, None),
        ((X, Y), X, Y, None),
        ((X, None, HELD_OUT), X, None, HELD_OUT),
        ((X, Y, HELD_OUT), X, Y, HELD_OUT),
        (None, None, None, None),
    ],
)
def test_forms_that_a_loader_returns(returned, x, y, validation):
    model = model_of(lambda subset: returned)
    model.load_dataset("training")
    assert (model.x is x, model.y is y, model.validation_data is validation) == (True, True, True)


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (None, r"Model has no dataset.*my_model\.dataset"),
        (Waves, r"is the class Waves.*make an object of it: Waves\(\)"),
        (types.ModuleType("empty"), "is empty, which has no function load_dataset"),
        (lambda subset: "folder", r"returned a string.*test_loading.py, line \d+.*it may return x, \(x, y\)"),
        (lambda subset: (1, 2, 3, 4), "returned 4 values"),
        (lambda subset: None, r"load_dataset\('training'\) has set no x"),
        (lambda subset: 1 / 0, r"load_dataset\('training'\) failed.*ZeroDivisionError"),
        (lambda subset: (X, Y[:5]), "numbers of samples differ: x 20, y 5"),
        (lambda subset: ([X, X[:5]], Y), "inputs have different numbers of samples: 20, 5.*np.stack"),
        (lambda subset: (X, ["a"] * 20), r"labels are text.*classes\.index"),
        (lambda subset: (np.array([1, "a"], dtype=object), Y[:2]), "x: an array holds objects"),
        (lambda subset: X, "x comes without y, but the model has classes"),
        (lambda subset: (X[:0], Y[:0]), "x has no sample"),
        (lambda subset: (X, IDS + 1), "labels range from 1 to 4, but classes names 4.*line"),
        (lambda subset: (X, Y[:, :3]), "labels have 3 columns, but classes names 4.*line"),
        (lambda subset: (object(), Y), "x holds object, which is no data"),
        (lambda subset: (batches(), Y), "y is set, but x is a generator, which brings its own"),
        (lambda subset: batches(), "training data is a generator, but steps_per_epoch is not set"),
        (lambda subset: (X, Y, (1, 2, 3, 4)), "validation_data holds 4 values"),
    ],
)
def test_mistakes_are_named(dataset, message):
    with pytest.raises(DatasetError, match=message):
        snapshot(model_of(dataset), "training", None, 8)


def test_misspelt_class_weights_are_refused_where_they_are_set():
    with pytest.raises(SettingValueError, match=r"'balancd'.*did you mean 'balanced'.*line \d+"):
        model_of(class_weights="balancd")


# -------------------------------------------------------------------------------------------- subsets


def test_validation_split_is_the_last_part_of_every_input():
    names = {"left": X, "right": X * 2}
    for x in (X, [X, X * 2], names):
        model = model_of(lambda subset, x=x: (x, Y), validation_split=0.25, sample_weight=np.arange(20))
        training = snapshot(model, "training", None, 8)
        assert training.validation is not None
        assert np.array_equal(training.y, Y[:15])
        assert np.array_equal(training.validation.y, Y[15:])
        assert np.array_equal(training.validation.sample_weight, np.arange(15, 20))
        last = training.validation.x
        for part in last.values() if isinstance(last, dict) else last if isinstance(last, list) else [last]:
            assert len(part) == 5
    assert list(last) == ["left", "right"]
    assert np.array_equal(last["right"], X[15:] * 2)


def test_split_needs_arrays_and_leaves_samples():
    with pytest.raises(DatasetError, match=r"validation_split needs arrays in x.*test_loading.py, line"):
        snapshot(model_of(lambda subset: batches, validation_split=0.2), "training", None, 8)
    with pytest.raises(DatasetError, match="leaves no sample of 20"):
        snapshot(model_of(lambda subset: (X, Y), validation_split=0.99), "training", None, 8)


def test_evaluation_uses_what_training_has_not_seen():
    """A loader that gives the same arrays for each subset is evaluated with the part that is held out."""
    model = model_of(lambda subset: (X, Y), validation_split=0.25)
    data = snapshot(model, "evaluation", None, 8)
    assert (data.subset, data.samples) == ("validation", 5)
    own = model_of(lambda subset: (X + (subset == "evaluation"), Y), validation_split=0.25)
    data = snapshot(own, "evaluation", None, 8)
    assert (data.subset, data.samples) == ("evaluation", 20)


@pytest.mark.parametrize(
    ("given", "answers"),
    [
        (("training",), ("training", "training", "training")),
        (("training", "validation"), ("training", "validation", "validation")),
        (("training", "evaluation"), ("training", "training", "evaluation")),
    ],
)
def test_next_best_subset_answers_and_says_so(given, answers):
    model = model_of(lambda subset: (X, Y) if subset in given else None)
    asked = ("training", "validation", "evaluation")
    assert tuple(snapshot(model, subset, None, 8).subset for subset in asked) == answers


def test_validation_data_answers_for_every_other_subset():
    model = model_of(lambda subset: (X, Y, HELD_OUT), validation_batch_size=3, validation_steps=2)
    training = snapshot(model, "training", None, 8)
    assert (training.validation.batch_size, training.validation.steps) == (3, 2)
    for subset in ("validation", "evaluation"):
        data = snapshot(model, subset, None, 8)
        assert data.subset == "validation"
        assert same(data, *HELD_OUT)


def test_script_may_give_the_data_itself():
    model = model_of(None, x=X, y=Y, validation_split=0.25)
    for _ in range(2):  # nothing is used up
        training = snapshot(model, "training", None, 8)
        assert (training.samples, training.validation.samples) == (15, 5)
        assert snapshot(model, "evaluation", None, 8).subset == "validation"
    model.unload_dataset()
    assert model.x is X


def test_load_dataset_may_leave_out_the_test_flag():
    class Mine(Model):
        def load_dataset(self, subset):
            self.x, self.y = X, Y

    model = Mine("my_model.py")
    model.classes = ["a", "b", "c", "d"]
    assert snapshot(model, "training", 3, 8).samples == 12


def test_class_mode_input_makes_the_input_the_target():
    data = snapshot(model_of(lambda subset: X, class_mode="input"), "training", None, 8)
    assert data.y is data.x


# --------------------------------------------------------------------------------------- kinds of data


def test_batches_of_every_kind_are_the_same():
    source = Batches(ArraySource(X), Y, batch_size=8)
    kinds = [
        (X, Y),
        (X.tolist(), Y.tolist()),
        batches,
        list(batches()) and (lambda: batches()),
        Stream(batches),
        source,
    ]
    for kind in kinds:
        data = snapshot(model_of(lambda subset, kind=kind: kind), "training", None, 8)
        for _ in range(2):  # each epoch anew
            assert same(data, X, Y)
            assert [len(x) for x, _ in data.batches()] == [8, 8, 4]


def test_generator_ends_an_epoch_after_the_steps():
    def endless():
        while True:
            yield from batches()

    model = model_of(lambda subset: endless(), steps_per_epoch=2, validation_steps=3)
    assert len(list(snapshot(model, "training", None, 8).batches())) == 2
    assert len(list(snapshot(model, "evaluation", None, 8).batches())) == 3


def test_several_inputs_by_order_and_by_name():
    data = Dataset("training", (X, X * 2), Y, batch_size=8)
    x, _ = next(data.batches())
    assert isinstance(x, list)
    assert np.array_equal(x[1], X[:8] * 2)
    named = Dataset("training", {"b": X, "a": X * 2}, Y, batch_size=8)
    x, _ = next(named.batches())
    assert list(x) == ["b", "a"]
    assert np.array_equal(named.arrays()[0]["a"], X * 2)
    stream = Dataset("training", lambda: (((x, x * 2), y) for x, y in batches()))
    assert np.array_equal(stream.arrays()[0][1], X * 2)


def test_describe_says_what_there_is():
    assert Dataset("training", X, Y, class_counts={"a": 1200}).describe() == "training: a 1,200"
    assert Dataset("training", [X, X[:, :1]]).describe() == "training: 20 samples of shape (2,) and (1,)"
    assert Dataset("training", batches).describe() == "training: Stream of unknown length"
    assert Dataset("training", batches, steps=3).describe() == "training: Stream of 3 batches"


@pytest.mark.parametrize("kind", [(X, Y), batches, lambda: batches(size=3), Batches(ArraySource(X), Y)])
def test_dry_run_takes_a_few_samples_of_each_class(kind):
    data = snapshot(model_of(lambda subset: kind), "training", 3, 8)
    assert data.arrays()[1].sum(axis=0).tolist() == [3, 3, 3, 3]


# ---------------------------------------------------------------------------------------- class weights


COUNTS = {"training": {"d": 4, "c": 3, "b": 2, "a": 1}}  # not in the order of the classes
UNEVEN = np.repeat(np.arange(4), [1, 2, 3, 4])
BALANCED = {0: 2.5, 1: 1.25, 2: 10 / 12, 3: 0.625}


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        (None, None),
        ("none", None),
        ("balanced", BALANCED),
        ("balance", BALANCED),
        ([1, 2, 3, 4], {0: 1.0, 1: 2.0, 2: 3.0, 3: 4.0}),
        ((1, 2, 3, 4), {0: 1.0, 1: 2.0, 2: 3.0, 3: 4.0}),
        ({0: 2, 3: 0.5}, {0: 2.0, 3: 0.5}),
        ({"b": 2, "d": 0.5}, {1: 2.0, 3: 0.5}),
    ],
)
@pytest.mark.parametrize("counted", [True, False])
def test_class_weights(weights, expected, counted):
    x = X[:10]
    if counted:
        model = model_of(lambda subset: lambda: batches(x, Y[:10]), class_counts=COUNTS)
    else:
        model = model_of(lambda subset: (x, UNEVEN))
    model.class_weights = weights
    assert class_weights(model, snapshot(model, "training", None, 8)) == pytest.approx(expected)


def test_balanced_weights_count_the_labels_of_a_stream():
    model = model_of(lambda subset: lambda: batches(X[:10], UNEVEN), class_weights="balanced")
    assert class_weights(model, snapshot(model, "training", None, 8)) == pytest.approx(BALANCED)


def test_class_weights_that_do_not_fit_name_the_line():
    from yzlite_core.errors import ModelError

    data = snapshot(model_of(lambda subset: (X, Y)), "training", None, 8)
    with pytest.raises(ModelError, match=r"2 weights for 4 classes \(test_loading.py, line \d+\)"):
        class_weights(model_of(class_weights=[1, 2]), data)
    with pytest.raises(ModelError, match=r"the class 'e' \(test_loading.py, line \d+\)"):
        class_weights(model_of(class_weights={"e": 2}), data)


# -------------------------------------------------------------------------------------------- summaries


def test_summaries_of_class_counts():
    assert YZLiteDataset.summarize_class_counts({"a": 1, "b": 2000}) == "a 1, b 2,000"
    nested = {"training": {"a": 1}, "validation": {}, "evaluation": {"a": 2}}
    assert YZLiteDataset.summarize_class_counts(nested) == "training: a 1\nevaluation: a 2"
    model = model_of(Waves(), class_counts={"training": {"a": 1}})
    assert model.summarize_dataset() == "training: a 1"

    class Telling(Waves):
        def summarize_dataset(self):
            return "Waves of all sizes"

    assert model_of(Telling()).summarize_dataset() == "Waves of all sizes"


def test_what_is_said_of_loaded_data():
    loaded = [snapshot(model_of(lambda subset: (X, Y)), "training", None, 8)]
    ours = loaded[0].describe()

    class Telling(Waves):
        def summarize_dataset(self):
            return "Waves of all sizes"

    class Silent(Model):
        def summarize_dataset(self):
            return ""

    counted = model_of(class_counts={"training": {"a": 1}})
    assert yzlite_dataset_summary(counted, loaded) == ours
    assert yzlite_dataset_summary(counted, []) == "training: a 1"
    assert yzlite_dataset_summary(model_of(Telling()), loaded) == "Waves of all sizes"
    assert yzlite_dataset_summary(Silent("my_model.py"), loaded * 2) == f"{ours}\n{ours}"
    assert yzlite_dataset_summary(YZLiteModel("my_model.py"), loaded) == ours


def test_data_without_a_batch():
    with pytest.raises(DatasetError, match=r"yields no batch .*drop_remainder"):
        limited(Stream(list), None, None, 3, 2, 4)
