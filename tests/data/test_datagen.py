"""What data generators have in common, shown with samples that are numbers in text files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from yzlite.core import YZLiteModel
from yzlite_core.data.batches import ArraySource, Batches, CachedSource, CustomBatches, FileSource
from yzlite_core.data.datagen import (
    DataGenerator,
    Standardizer,
    SubsetLoader,
    data_problems,
    encode_labels,
    folder_data,
    named_data,
)
from yzlite_core.data.datagen.mixin import DataGeneratorDatasetMixin
from yzlite_core.data.dataset import AS_USUAL, Dataset, Sampling
from yzlite_core.errors import DatasetError, ModelError, SettingValueError
from yzlite_core.model.archive import write_archive
from yzlite_core.model.settings import Setting


class Negate:
    order = 10

    def draw(self, rng, sample):
        return ()

    def apply(self, data, parameters):
        return -data


class NumberGenerator(DataGenerator):
    formats = ("txt",)

    def read(self, listing, reading):
        return FileSource(listing.paths, read_number)

    def transforms(self, augment, params):
        return [*super().transforms(augment, params), *([Negate()] if augment else ())]


class Model(DataGeneratorDatasetMixin):
    batch_size = Setting(int, default=4, doc="As in TrainMixin.")

    def load_subset(self, subset, limit=None, seed=42, sampling=AS_USUAL):
        return SubsetLoader(self, limit, seed, sampling).load(subset)


def read_number(path: Path) -> np.ndarray:
    return np.array([float(path.read_text())])


def write_numbers(root: Path, **counts: int) -> Path:
    for label, count in counts.items():
        (root / label).mkdir(parents=True)
        for number in range(count):
            (root / label / f"{number:02d}.txt").write_text(str(number + 1))
    return root


@pytest.fixture
def folder(tmp_path):
    return write_numbers(tmp_path / "numbers", a=10, b=10)


@pytest.fixture
def make_model(folder):
    def make(*, split: float = 0.2, **settings) -> Model:
        generator = settings.pop("datagen", None) or NumberGenerator(cores=1, validation_split=split)
        return Model(datagen=generator, **{"dataset": folder, "classes": ["a", "b"], **settings})

    return make


def values(dataset) -> list[float]:
    return sorted(dataset.arrays()[0].ravel().tolist())


# -------------------------------------------------------------------------------------- which subset is which


def test_the_first_share_is_for_validation_and_the_rest_for_training(make_model):
    training = make_model().load_subset("training")
    assert (training.subset, training.validation.subset) == ("training", "validation")
    assert training.class_counts == {"a": 8, "b": 8}
    assert training.files["a"][0] == "a/02.txt"
    assert training.validation.files == {"a": ["a/00.txt", "a/01.txt"], "b": ["b/00.txt", "b/01.txt"]}


def test_without_evaluation_data_the_validation_data_stands_in(make_model):
    evaluation = make_model().load_subset("evaluation")
    assert evaluation.subset == "validation"
    assert values(evaluation) == [1, 1, 2, 2]


def test_evaluation_data_of_its_own(make_model, folder, tmp_path):
    other = write_numbers(tmp_path / "other", a=3, b=1)
    load = {"training": folder, "validation": folder, "evaluation": other}.__getitem__
    model = make_model(dataset=lambda subset: load(subset))
    evaluation = model.load_subset("evaluation")
    assert (evaluation.subset, evaluation.class_counts) == ("evaluation", {"a": 3, "b": 1})
    assert model.load_subset("validation").class_counts == {"a": 2, "b": 2}


def test_evaluation_data_that_also_validates_is_called_validation(make_model, folder, tmp_path):
    other = write_numbers(tmp_path / "other", a=3, b=1)
    model = make_model(split=0.0, dataset=lambda subset: other if subset == "evaluation" else folder)
    training = model.load_subset("training")
    assert training.class_counts == {"a": 10, "b": 10}
    for held_out in (training.validation, model.load_subset("validation"), model.load_subset("evaluation")):
        assert (held_out.subset, held_out.class_counts) == ("validation", {"a": 3, "b": 1})


def test_one_folder_for_all_subsets_is_no_evaluation_data(make_model, folder):
    assert make_model(dataset=lambda subset: str(folder)).load_subset("evaluation").subset == "validation"


@pytest.fixture
def whole_model(make_model, tmp_path):
    """A model as a script of the original makes it, with a log directory of its own."""
    parts = make_model()

    class WholeModel(YZLiteModel, Model):
        pass

    model = WholeModel(tmp_path / "numbers_model.py")
    model.dataset, model.classes, model.datagen = parts.dataset, parts.classes, parts.datagen
    model.log_dir = tmp_path / "logs"
    return model


def test_the_context_says_what_is_loaded(whole_model):
    model = whole_model
    assert model.datagen_context is None
    model.load_dataset("training")
    context = model.datagen_context
    assert (context.train_datagen, context.validation_datagen) == (model.x, model.validation_data)
    assert context.evaluation_datagen is context.validation_datagen
    assert (context.train_class_counts, context.validation_class_counts) == (
        {"a": 8, "b": 8},
        {"a": 2, "b": 2},
    )
    assert str(context) == "training: a 8, b 8\nvalidation: a 2, b 2"
    context.shutdown()
    model.load_dataset("evaluation")
    context = model.datagen_context
    assert context.train_datagen is None
    assert context.evaluation_datagen is context.validation_datagen is model.x
    assert context.evaluation_class_counts == {"a": 2, "b": 2}
    assert str(context) == "evaluation: a 2, b 2"
    model.unload_dataset()
    assert model.datagen_context is None


def test_the_context_of_training_data_alone(whole_model):
    model = whole_model
    model.datagen = NumberGenerator(cores=1, validation_split=0.0)
    model.load_dataset("training")
    context = model.datagen_context
    assert context.validation_datagen is None
    assert context.evaluation_datagen is context.train_datagen


def test_a_creator_is_a_copy_of_the_generator_of_a_subset(whole_model):
    own = NumberGenerator(cores=1, batch_size=7, function_processes=2)
    own.function_steps((read_number, 1))  # it holds processes now, which cannot be copied
    whole_model.validation_datagen = own
    whole_model.datagen.freeze()
    creator = whole_model.get_datagen_creator("training")
    creator.batch_size = 3
    assert (creator.validation_split, whole_model.datagen.batch_size) == (0.2, None)
    for subset in ("validation", "evaluation"):
        assert whole_model.get_datagen_creator(subset).batch_size == 7
    assert not creator.debug
    whole_model.enable_test_mode()
    assert whole_model.get_datagen_creator("training").debug
    whole_model.validation_datagen = None
    assert whole_model.get_datagen_creator("validation").batch_size is None


def test_a_creator_without_a_generator(whole_model):
    whole_model.datagen = None
    with pytest.raises(DatasetError, match=r"WholeModel\.datagen is not set \(my_model\.datagen = "):
        whole_model.get_datagen_creator("training")


def test_the_folder_of_the_shuffled_order(whole_model, tmp_path):
    of_log_dir = tmp_path / "logs" / "dataset"
    for subset in ("training", "evaluation"):
        whole_model.load_dataset(subset)
        assert Path(whole_model.get_shuffle_index_dir()) == of_log_dir
    order = of_log_dir / "training" / "a.txt"
    order.parent.mkdir()
    order.write_text("a/01.txt")
    write_archive(Path(whole_model.archive_path), {"dataset/training/a.txt": order})
    of_archive = Path(whole_model.get_shuffle_index_dir())
    assert of_archive != of_log_dir
    assert (of_archive / "training" / "a.txt").read_text() == "a/01.txt"


def test_without_a_share_there_is_no_validation(make_model):
    model = make_model(split=0.0)
    assert model.load_subset("training").validation is None
    for subset in ("validation", "evaluation"):
        with pytest.raises(DatasetError, match=r"validation_split is 0 \(set it .* NumberGenerator\("):
            model.load_subset(subset)


def test_training_and_validation_are_augmented_and_evaluation_is_not(make_model):
    model = make_model()
    signs = [
        np.sign(model.load_subset(subset).x[0][0][0, 0])
        for subset in ("training", "validation", "evaluation")
    ]
    assert signs == [-1, -1, 1]
    model.datagen.validation_augmentation_enabled = False
    assert model.load_subset("validation").x[0][0][0, 0] > 0
    model.datagen.validation_augmentation_enabled = True
    model.validation_datagen = NumberGenerator(validation_augmentation_enabled=False)
    assert model.load_subset("validation").x[0][0][0, 0] > 0


def test_only_training_is_shuffled_in_each_epoch(make_model):
    model = make_model()
    assert model.load_subset("training").x.shuffle
    assert not model.load_subset("validation").x.shuffle
    model.shuffle = False
    assert not model.load_subset("training").x.shuffle


@pytest.mark.parametrize("subset", ["training", "validation", "evaluation"])
@pytest.mark.parametrize("wanted", [True, False])
def test_what_is_asked_for_is_done_whatever_is_usual(make_model, subset, wanted):
    data = make_model().load_subset(
        subset, sampling=Sampling(("b",), augment=wanted, shuffle=wanted, steps=1)
    )
    assert list(data.class_counts) == ["b"]
    assert data.x.shuffle is wanted
    assert (data.arrays()[0] < 0).all() == wanted
    assert len(list(data.batches())) == 1


def test_wishes_for_training_data_are_none_for_its_validation_data(make_model):
    sampling = Sampling(("b",), augment=False, shuffle=True, steps=1)
    training = make_model().load_subset("training", sampling=sampling)
    held_out = training.validation
    assert training.class_counts == {"b": 8}
    assert held_out.class_counts == {"b": 2}
    assert values(training)[0] > 0 > values(held_out)[0]
    assert (held_out.x.shuffle, held_out.steps) == (False, None)


def test_files_shuffled_once_are_split_alike_whatever_the_seed(make_model, folder):
    before = sorted(folder.rglob("*"))
    model = make_model()
    in_order = model.load_subset("training")
    model.shuffle_dataset_enabled = True
    first, other = (model.load_subset("training", seed=seed) for seed in (1, 2))
    assert first.shuffled
    assert first.files == other.files != in_order.files
    assert not in_order.shuffled
    assert not set(first.files["a"]) & set(first.validation.files["a"])
    assert sorted(folder.rglob("*")) == before


def test_limits_and_sizes(make_model):
    model = make_model(validation_batch_size=3)
    training = model.load_subset("training", limit=5)
    assert training.class_counts == {"a": 5, "b": 5}
    assert (training.x.batch_size, training.validation.x.batch_size) == (4, 3)
    model.datagen.max_samples_per_class = 2
    assert model.load_subset("training", limit=5).class_counts == {"a": 2, "b": 2}
    model.datagen.batch_size = -1
    assert len(model.load_subset("training").x) == 1


def test_an_empty_share_is_an_error(make_model, tmp_path):
    model = make_model(dataset=write_numbers(tmp_path / "few", a=1, b=1))
    with pytest.raises(DatasetError, match=r"There is no validation sample in few .*validation_split = 0\.2"):
        model.load_subset("validation")


def test_what_identifies_the_data(make_model, folder):
    model = make_model()
    first = model.load_subset("training")
    assert first.name == "numbers"
    assert not first.generated
    (folder / "a" / "05.txt").write_text("55")
    assert model.load_subset("training").fingerprint != first.fingerprint


def test_loading_by_hand(make_model):
    model = make_model()
    assert not model.loads_itself
    model.load_dataset("training", test=True)
    assert (model.loaded_subset, len(model.x.source), len(model.validation_data.source)) == ("training", 6, 4)
    model.load_dataset("training", classes=["b"], augment=False, shuffle=False)
    assert (model.class_counts["training"], model.x.shuffle) == ({"b": 8}, False)
    assert (model.x[0][0] > 0).all()
    model.load_dataset("evaluation")
    assert model.validation_data is model.x
    assert model.class_counts["validation"] == {"a": 2, "b": 2}
    assert make_model().summarize_dataset() == "training: a 8, b 8\nvalidation: a 2, b 2"


def test_a_dataset_of_no_kind_is_an_error():
    with pytest.raises(ModelError, match="says how no sample is read"):
        DataGeneratorDatasetMixin().load_subset("training")


# --------------------------------------------------------------------------- what `dataset` stands for


def test_functions_modules_and_objects_name_the_folder(make_model, folder):
    def numbers():
        return folder

    numbers.GENERATED = True
    lister = lambda search_class: (search_class, [f"{search_class}/03.txt"])  # noqa: E731
    module = SimpleNamespace(
        __name__="package.numbers", load_data=numbers, list_valid_filenames_in_directory=lister
    )
    found = make_model(dataset=numbers).load_subset("training")
    assert (found.name, found.generated) == ("numbers", True)
    listed = make_model(dataset=module).load_subset("training")
    assert (listed.name, listed.files) == ("numbers", {"a": ["a/03.txt"], "b": ["b/03.txt"]})
    assert (
        make_model(dataset=partial(lambda path: path, folder)).load_subset("training").class_counts["a"] == 8
    )


def test_a_relative_folder_is_beside_the_script_or_where_we_are(make_model, folder, monkeypatch):
    model = make_model(dataset="numbers")
    monkeypatch.chdir(folder.parent)
    assert folder_data(model, named_data(model)).training == folder
    monkeypatch.chdir("/")
    monkeypatch.setattr(Model, "home", folder.parent, raising=False)
    assert folder_data(model, named_data(model)).training == folder


@pytest.mark.parametrize("value", [42, None, ("a", "b")])
def test_something_else_is_refused(make_model, value):
    with pytest.raises(DatasetError, match=r"Model.dataset \(<lambda>\) gives a \w+, which is no folder"):
        make_model(dataset=lambda: value).load_subset("training")


def test_what_is_missing_is_said(make_model):
    with pytest.raises(DatasetError, match=r"Model\.dataset is not set"):
        make_model(dataset=None).load_subset("training")
    with pytest.raises(DatasetError, match=r"Model\.datagen is not set"):
        Model(dataset="x", classes=["a"]).load_subset("training")


@pytest.mark.parametrize(
    ("settings", "messages"),
    [
        ({}, []),
        ({"dataset": None}, ["my_model.dataset is not set"]),
        ({"dataset": lambda: 1 / 0, "split": 0.0}, []),
        (
            {"class_mode": "binary", "classes": ["a"]},
            ["class_mode 'binary' is for 2 classes, and there are 1"],
        ),
        (
            {"split": 0.0},
            ["There is no validation data: datagen.validation_split is 0, and a folder has no evaluation"],
        ),
        ({"dataset": "nowhere"}, ["There is no dataset folder"]),
        ({"classes": ["a", "c"]}, ["has no folder for the class 'c'"]),
    ],
)
def test_problems(make_model, settings, messages):
    found = list(data_problems(make_model(**settings), "NumberGenerator"))
    assert len(found) == len(messages)
    assert all(
        text in problem.message and problem.hint for text, problem in zip(messages, found, strict=True)
    )


def test_everything_that_is_missing_is_said_at_once():
    assert [problem.message for problem in data_problems(Model(), "NumberGenerator")] == [
        "my_model.classes is not set",
        "my_model.datagen is not set",
        "my_model.dataset is not set",
    ]


# ------------------------------------------------------------------------------------- settings and batches


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("cores", 0, "neither a number of cores"),
        ("cores", 1.5, "neither a number of cores"),
        ("batch_size", 0, "no number of samples"),
        ("validation_split", 1.0, "no share"),
        ("cache_mb", -1, "from 0 upwards"),
        ("dtype", "int7", "no data type"),
        ("preprocessing_function", lambda x, class_id, day: x, "asks for 'day'.*class_id, filename"),
    ],
)
def test_values_out_of_range_are_refused(name, value, message):
    with pytest.raises(SettingValueError, match=f"NumberGenerator.{name}.*{message}"):
        NumberGenerator(**{name: value})


def test_a_folder_is_read_as_the_generator_says(folder):
    counts: dict[str, int] = {}
    generator = NumberGenerator(cores=1, validation_split=0.2, validation_augmentation_enabled=False)
    training, validation = (
        generator.flow_from_directory(
            folder, class_mode="sparse", shuffle=False, subset=subset, class_counts=counts
        )
        for subset in ("training", "validation")
    )
    x, y = validation[0]
    assert (x.ravel().tolist(), y.tolist()) == ([1, 2, 1, 2], [0, 0, 1, 1])
    assert sorted(training[0][0].ravel().tolist()) == sorted([*range(-10, -2)] * 2)
    assert counts == {"a": 2, "b": 2}
    limited = generator.flow_from_directory(folder, ["b"], class_mode=None, max_samples_per_class=3)
    assert limited.filenames == ["b/00.txt", "b/01.txt", "b/02.txt"]


def test_a_generator_that_says_of_no_file_how_it_is_read(folder):
    class Mute(DataGenerator):
        formats = ("txt",)

    with pytest.raises(DatasetError, match=r"Mute does not say how a file is read \(let Mute override"):
        Mute().flow_from_directory(folder)


def test_a_generator_may_standardize_by_the_training_data(folder, make_model):
    class Centred(NumberGenerator):
        def finish(self, training=None, params=None):
            source = training()
            mean = np.mean([source.load(index) for index in range(len(source))])
            return lambda data: (data - mean).astype(np.float32)

    generator = Centred(cores=1, validation_split=0.2, validation_augmentation_enabled=False)
    validation = generator.flow_from_directory(folder, class_mode=None, subset="validation")
    assert sorted(validation[0].ravel().tolist()) == [-5.5, -5.5, -4.5, -4.5]
    assert values(make_model(datagen=generator).load_subset("validation")) == [-5.5, -5.5, -4.5, -4.5]


def test_what_firmware_is_told_of_a_generator():
    generator = NumberGenerator(rescale=2, samplewise_std_normalization=True)
    assert generator.model_parameters == {
        "samplewise_norm.rescale": 2.0,
        "samplewise_norm.mean_and_std": True,
    }
    assert NumberGenerator().model_parameters["samplewise_norm.rescale"] == 0.0
    assert generator.standardize(np.array([1, 3])).tolist() == pytest.approx([-1, 1], abs=1e-5)


def test_functions_become_transforms():
    generator = NumberGenerator(cores=1)
    steps = generator.function_steps((None, 1), (lambda x: 2 * x, 20), (lambda x: x + 1, 5))
    assert [step.order for step in steps] == [20, 5]
    generator.preprocessing_function = lambda x: 2 * x
    generator.noaug_preprocessing_function = lambda x: x + 1
    batches = generator.batches(ArraySource(np.ones((3, 2))))
    assert type(batches) is Batches
    assert batches[0].tolist() == [[4, 4]] * 3


def test_functions_run_in_processes_unless_somebody_debugs():
    for how, elsewhere in (({}, False), ({"function_processes": 2}, True)):
        (step,) = NumberGenerator(**how).function_steps((np.negative, 5))
        assert (step.function is not np.negative) == elsewhere
        (step,) = NumberGenerator(debug=True, **how).function_steps((np.negative, 5))
        assert step.function is np.negative
    with pytest.raises(DatasetError, match="<lambda> cannot be called in a process"):
        NumberGenerator(function_processes=1).function_steps((lambda x: x, 5))


def test_training_and_validation_share_their_processes():
    generator = NumberGenerator(function_processes=2)
    training, validation = (generator.function_steps((np.negative, 5))[0] for _ in range(2))
    assert training.shutdown == validation.shutdown
    generator.function_processes = 3
    assert generator.function_steps((np.negative, 5))[0].shutdown != training.shutdown


def test_what_happens_to_a_bad_file_is_an_option(tmp_path):
    (tmp_path / "good").write_bytes(b"12")
    source = FileSource(
        [tmp_path / "good", tmp_path / "gone"], lambda path: np.frombuffer(path.read_bytes(), np.uint8)
    )
    with pytest.raises(DatasetError, match="gone is gone"):
        NumberGenerator(cores=1).batches(source)[0]
    batches = NumberGenerator(cores=1, on_bad_file="skip").batches(source)
    assert batches[0].shape == (1, 2)
    assert Dataset("training", batches).skipped == batches.skipped
    assert list(batches.skipped) == [str(tmp_path / "gone")]
    with pytest.raises(SettingValueError, match="on_bad_file"):
        NumberGenerator(on_bad_file="ignore")


def test_the_users_own_batches():
    def make(index, names, class_ids, params):
        return index, (params.samples.sample(int(params.indices[0])), (names, class_ids, params.rng.random()))

    generator = NumberGenerator(cores=1, get_batch_function=make)
    batches = generator.batches(
        ArraySource(np.arange(4.0)[:, None]), augment=True, class_ids=np.array([0, 1, 0, 1]), batch_size=2
    )
    assert type(batches) is CustomBatches
    x, (names, class_ids, number) = batches[1]
    assert (x.tolist(), names, class_ids.tolist()) == ([-2], ["sample 2", "sample 3"], [0, 1])
    assert batches[1][1][2] == number != batches[0][1][2]


def test_a_failing_function_of_batches_is_named():
    def boom(index, names, class_ids, params):
        return index

    batches = CustomBatches(boom, ArraySource(np.zeros((2, 1))))
    with pytest.raises(DatasetError, match=r"boom failed on batch 0: TypeError.*returns"):
        batches[0]


class Counting(ArraySource):
    loads = 0

    def load(self, index):
        self.loads += 1
        return super().load(index)


@pytest.mark.parametrize(("room", "loads"), [(0, 6), (8, 4), (1000, 2)])
def test_samples_that_fit_are_decoded_once(room, loads):
    counting = Counting(np.arange(4.0).reshape(2, 2).astype(np.int32))
    source = CachedSource(counting, room, lambda data: data * np.float32(0.5))
    assert len(source) == 2
    for _ in range(3):
        assert [source.load(index).tolist() for index in (0, 1)] == [[0, 0.5], [1, 1.5]]
    assert counting.loads == loads
    assert source.name(1) == "sample 1"


# ------------------------------------------------------------------------- labels and standardization


def test_labels_in_every_mode():
    ids = np.array([0, 1, 1], np.int32)
    assert encode_labels(ids, 2, "categorical").tolist() == [[1, 0], [0, 1], [0, 1]]
    assert encode_labels(ids, 2, "binary").dtype == np.float32
    assert encode_labels(ids, 2, "sparse").tolist() == [0, 1, 1]
    assert encode_labels(ids, 2, "input") == "input"
    assert encode_labels(ids, 2, "none") is encode_labels(ids, 2, None) is None


@pytest.mark.parametrize(
    ("ids", "classes", "mode", "message"),
    [
        ([0], 3, "binary", "is for 2 classes"),
        ([0, 2], 2, "sparse", "go from 0 to 2"),
        ([0], 2, "x", "no class_mode"),
    ],
)
def test_labels_that_do_not_fit(ids, classes, mode, message):
    with pytest.raises(DatasetError, match=message):
        encode_labels(np.array(ids), classes, mode)


def test_standardization_in_its_order():
    data = np.array([[1.0, 2.0, 6.0], [0.0, 3.0, 3.0]], np.float32)
    np.testing.assert_allclose(Standardizer(rescale=2.0)(data.copy()), [[2, 4, 12], [0, 6, 6]])
    np.testing.assert_allclose(Standardizer(rescale=2.0, center=True)(data.copy()), [[-4, -2, 6], [-4, 2, 2]])
    standardized = Standardizer(std=True)(data.copy())
    np.testing.assert_allclose([standardized.mean(1), standardized.std(1)], [[0, 0], [1, 1]], atol=1e-5)
    np.testing.assert_allclose(Standardizer(center=True, further=np.abs)(data.copy()), [[2, 1, 3], [2, 1, 1]])
    assert Standardizer(dtype="int8")(np.array([[-300.0, 1.6, 300.0]])).tolist() == [[-128, 2, 127]]


def test_whole_numbers_pass_unchanged_and_do_not_overflow():
    data = np.array([[-128, 3, 127]], np.int8)
    assert Standardizer(dtype="int8")(data) is data
    np.testing.assert_allclose(Standardizer(center=True)(data), data - data.mean(), rtol=1e-6)
    assert Standardizer(std=True, dtype="float32")(np.zeros((1, 3), np.int8)).tolist() == [[0, 0, 0]]


@pytest.mark.parametrize("size", [7, 1000, 50_001])
def test_a_sample_is_standardized_alike_whatever_stands_beside_it(size):
    data = np.random.default_rng(1).normal(50, 20, (33, size)).astype(np.float32)
    alone = [Standardizer(std=True)(data[row : row + 1].copy())[0] for row in (0, 13, 32)]
    np.testing.assert_array_equal(Standardizer(std=True)(data)[[0, 13, 32]], alone)
