from __future__ import annotations

import os
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from yzlite_core.data.batches import Batches
from yzlite_core.data.dataset import Sampling
from yzlite_core.errors import DatasetError
from yzlite_image.generator import ParallelImageDataGenerator

CLASSES = ("circle", "square", "triangle")
ARRAYS = (
    np.random.default_rng(1).integers(0, 256, (40, 12, 16), np.uint8),
    np.arange(40) % 3,
    np.random.default_rng(2).integers(0, 256, (9, 12, 16), np.uint8),
    np.arange(9)[:, np.newaxis] % 3,
)


def generator(**settings) -> ParallelImageDataGenerator:
    return ParallelImageDataGenerator(**{"cores": 1, "validation_split": 0.2, **settings})


def load_subset(model, subset, **how):
    return model.load_subset(subset, **how)


def names(dataset) -> set[str]:
    return {dataset.x.source.name(index) for index in range(len(dataset.x.source))}


# ------------------------------------------------------------------------------------------------- a folder


def test_training_brings_its_validation_along(make_model, shared_folder):
    training = load_subset(make_model(), "training")
    assert training.subset == "training"
    assert isinstance(training.x, Batches)
    assert training.class_counts == dict.fromkeys(CLASSES, 8)
    assert training.name == shared_folder.name
    assert not training.generated
    assert not training.shuffled
    assert training.files["circle"][0] == "circle/002.png"
    assert training.validation.subset == "validation"
    assert training.validation.files["circle"] == ["circle/000.png", "circle/001.png"]
    assert not names(training) & names(training.validation)


def test_training_is_shuffled_and_the_rest_is_not(make_model):
    model = make_model()
    assert load_subset(model, "training").x.shuffle
    assert not load_subset(model, "validation").x.shuffle
    model.shuffle = False
    assert not load_subset(model, "training").x.shuffle


def test_evaluation_falls_back_to_validation_and_says_so(make_model):
    evaluation = load_subset(make_model(), "evaluation")
    assert evaluation.subset == "validation"
    assert evaluation.files == load_subset(make_model(), "validation").files
    x, y = evaluation.arrays()
    assert x.shape == (6, 12, 16, 1)
    assert y.tolist() == np.repeat(np.eye(3), 2, axis=0).tolist()


def test_without_a_share_there_is_no_validation(make_model):
    model = make_model(datagen=generator(validation_split=0.0))
    assert load_subset(model, "training").validation is None
    for subset in ("validation", "evaluation"):
        with pytest.raises(DatasetError, match="validation_split is 0"):
            load_subset(model, subset)


def test_only_training_data_is_augmented_in_evaluation(make_model):
    black = generator(brightness_range=(0, 0))
    model = make_model(datagen=black)
    assert not load_subset(model, "training").x[0][0].any()
    assert not load_subset(model, "validation").x[0][0].any()
    assert load_subset(model, "evaluation").x[0][0].any()
    black.validation_augmentation_enabled = False
    assert load_subset(model, "validation").x[0][0].any()


def test_the_limit_counts_for_each_class(make_model):
    model = make_model()
    assert load_subset(model, "training", limit=3).class_counts == dict.fromkeys(CLASSES, 3)
    model.datagen.max_samples_per_class = 2
    assert load_subset(model, "training", limit=3).class_counts == dict.fromkeys(CLASSES, 2)


def test_files_shuffled_once_are_split_alike_whatever_the_seed(make_model, shared_folder):
    before = sorted(shared_folder.rglob("*"))
    model = make_model()
    in_order = load_subset(model, "training")
    model.shuffle_dataset_enabled = True
    first, other = (load_subset(model, "training", seed=seed) for seed in (1, 2))
    assert first.shuffled
    assert first.files == other.files != in_order.files
    assert not in_order.shuffled
    assert not names(first) & names(first.validation)
    assert sorted(shared_folder.rglob("*")) == before


def test_the_fingerprint_tells_data_apart(make_model, make_folder):
    model = make_model(dataset=make_folder("a", circle=5, square=5, triangle=5))
    first = load_subset(model, "training").fingerprint
    assert load_subset(model, "training").fingerprint == first
    (model.dataset / "circle" / "004.png").write_bytes(b"other")
    assert load_subset(model, "training").fingerprint != first


def test_sizes_of_batches(make_model):
    model = make_model(batch_size=5)
    assert len(load_subset(model, "training").x[0][0]) == 5
    assert len(load_subset(model, "validation").x[0][0]) == 5
    model.validation_batch_size = 2
    assert len(load_subset(model, "validation").x[0][0]) == 2


def test_size_and_channels_follow_the_input_shape(make_model):
    assert load_subset(make_model(input_shape=(6, 8, 3)), "training").x[0][0].shape == (4, 6, 8, 3)
    model = make_model(input_shape=(6, 8, 3), target_size=(5, 5), color_mode="rgba")
    assert load_subset(model, "training").x[0][0].shape == (4, 5, 5, 4)
    assert (
        load_subset(make_model(interpolation=None, input_shape=(3, 3, 1)), "training").x[0][0].shape[1] == 12
    )


def test_the_validation_generator_reads_what_is_held_out(make_model):
    model = make_model(validation_datagen=generator(rescale=2.0, validation_split=0.9))
    held_out = load_subset(model, "validation")
    assert len(held_out.x.source) == 6
    np.testing.assert_array_equal(held_out.x[0][0], 2 * load_subset(make_model(), "validation").x[0][0])


def test_a_relative_folder_is_beside_the_script_or_where_we_are(
    make_model, make_folder, tmp_path, monkeypatch
):
    make_folder("beside", circle=5, square=5, triangle=5)
    monkeypatch.chdir(tmp_path)
    assert load_subset(make_model(dataset="beside"), "training").name == "beside"
    monkeypatch.chdir("/")
    model = make_model(dataset="beside")
    with pytest.raises(DatasetError, match=r"There is no dataset folder .*beside"):
        load_subset(model, "training")
    type(model).home = tmp_path
    try:
        assert load_subset(model, "training").class_counts["circle"] == 4
    finally:
        del type(model).home


def test_a_share_that_is_empty(make_model, make_folder):
    model = make_model(dataset=make_folder("few", circle=1, square=1, triangle=1))
    with pytest.raises(DatasetError, match="There is no validation sample in few"):
        load_subset(model, "validation")


# ---------------------------------------------------------------------------------- functions and modules


def test_a_function_names_the_folder(make_model, shared_folder):
    def shapes():
        return str(shared_folder)

    shapes.GENERATED = True
    training = load_subset(make_model(dataset=shapes), "training")
    assert (training.name, training.generated) == ("shapes", True)


def test_a_module_with_load_data_and_a_lister(make_model, shared_folder):
    def lister(base_directory, search_class, split):
        folder = os.path.join(base_directory, search_class)
        files = sorted(os.listdir(folder), reverse=True)
        start, stop = (round(share * len(files)) for share in split)
        return search_class, [f"{search_class}/{file}" for file in files[start:stop]]

    module = SimpleNamespace(
        __name__="package.shapes",
        load_data=lambda: shared_folder,
        list_valid_filenames_in_directory=lister,
    )
    validation = load_subset(make_model(dataset=module), "validation")
    assert validation.name == "shapes"
    assert validation.files["square"] == ["square/009.png", "square/008.png"]


def test_a_loader_that_takes_a_subset_has_evaluation_data(make_model, make_folder, shared_folder):
    other = make_folder("held_out", circle=2, square=3, triangle=4)

    def load(subset):
        return {"training": shared_folder, "evaluation": other}[subset]

    model = make_model(dataset=load)
    assert load_subset(model, "validation").class_counts == dict.fromkeys(CLASSES, 2)
    evaluation = load_subset(model, "evaluation")
    assert evaluation.subset == "evaluation"
    assert evaluation.class_counts == {"circle": 2, "square": 3, "triangle": 4}

    model = make_model(dataset=load, datagen=generator(validation_split=0.0))
    training = load_subset(model, "training")
    assert training.class_counts == dict.fromkeys(CLASSES, 10)
    assert training.validation.subset == "validation"
    assert training.validation.files == evaluation.files
    assert load_subset(model, "evaluation").subset == "validation"


def test_one_folder_for_all_subsets_is_no_evaluation_data(make_model, shared_folder):
    model = make_model(dataset=lambda subset: shared_folder)
    assert load_subset(model, "evaluation").subset == "validation"


@pytest.mark.parametrize("value", [42, ("a", "b", "c"), None, {"x": 1}])
def test_a_loader_that_returns_something_else(make_model, value):
    with pytest.raises(DatasetError, match="neither a folder nor arrays"):
        load_subset(make_model(dataset=lambda: value), "training")


# --------------------------------------------------------------------------------------------------- arrays


@pytest.mark.parametrize(
    "dataset", [ARRAYS, (ARRAYS[:2], ARRAYS[2:]), lambda: ARRAYS, partial(lambda m: ARRAYS, 1)]
)
def test_arrays(make_model, dataset):
    model = make_model(dataset=dataset)
    training, evaluation = load_subset(model, "training"), load_subset(model, "evaluation")
    assert training.class_counts == {"circle": 11, "square": 10, "triangle": 10}
    assert training.validation.class_counts == {"circle": 3, "square": 3, "triangle": 3}
    assert training.files is None
    assert evaluation.subset == "evaluation"
    x, y = evaluation.arrays()
    np.testing.assert_array_equal(x[..., 0], ARRAYS[2])
    np.testing.assert_array_equal(y, np.eye(3)[ARRAYS[3].ravel()])


def test_arrays_without_a_share_validate_with_the_evaluation_data(make_model):
    model = make_model(dataset=ARRAYS, datagen=generator(validation_split=0.0))
    training = load_subset(model, "training")
    assert sum(training.class_counts.values()) == 40
    assert training.validation.subset == "validation"
    evaluation = load_subset(model, "evaluation")
    assert evaluation.subset == "validation"
    assert sum(evaluation.class_counts.values()) == 9
    assert training.fingerprint != evaluation.fingerprint == training.validation.fingerprint


def test_arrays_with_a_limit(make_model):
    assert load_subset(make_model(dataset=ARRAYS), "training", limit=3).class_counts == dict.fromkeys(
        CLASSES, 3
    )


def test_targets_that_are_no_labels_are_kept(make_model):
    x = ARRAYS[0][:8]
    model = make_model(dataset=((x, x), (x, x)), class_mode="none")
    batch, targets = load_subset(model, "training").x[0]
    assert targets.shape == batch.shape[:3]


@pytest.mark.parametrize("broken", [(ARRAYS[0], ARRAYS[1][:-1]), (ARRAYS[0][0], ARRAYS[1][:12])])
def test_arrays_that_do_not_fit(make_model, broken):
    with pytest.raises(DatasetError, match="x and y of the shapes"):
        load_subset(make_model(dataset=(broken, ARRAYS[2:])), "training")


# ------------------------------------------------------------------------------------- other kinds of model


def test_an_auto_encoder_is_evaluated_with_its_own_classes(make_model):
    model = make_model(classes=("circle",), class_mode="input")
    assert load_subset(model, "training").class_counts == {"circle": 8}
    evaluation = load_subset(model, "evaluation", sampling=Sampling(("circle", "square")))
    assert evaluation.class_counts == {"circle": 2, "square": 2}
    assert evaluation.x.labels.tolist() == [0, 0, 1, 1]
    x, y = evaluation.x[0]
    np.testing.assert_array_equal(x, y)


def test_a_model_that_lacks_something(make_model):
    model = make_model(dataset=None)
    with pytest.raises(DatasetError, match=r"Model\.dataset is not set"):
        load_subset(model, "training")
    model.datagen = None
    with pytest.raises(DatasetError, match=r"Model\.datagen is not set"):
        load_subset(model, "training")
