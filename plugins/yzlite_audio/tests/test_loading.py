"""What is particular to sounds; which subset is which is tested in the core."""

from __future__ import annotations

import numpy as np
import pytest

from yzlite_core.data.batches import Batches
from yzlite_core.data.dataset import Sampling
from yzlite_core.errors import DatasetError

TRAINING = {"low": 8, "high": 8, "_unknown_": 8, "_silence_": 5}
HELD_OUT = {"low": 2, "high": 2, "_unknown_": 2, "_silence_": 1}


def test_training_brings_its_validation_along(make_model, shared_folder):
    training = make_model().load_subset("training")
    assert isinstance(training.x, Batches)
    assert training.class_counts == TRAINING
    assert training.validation.class_counts == HELD_OUT
    assert training.name == shared_folder.name
    assert training.files["low"][0] == "low/002.wav"
    assert training.files["_unknown_"][0].split("/")[0] in ("middle", "other")
    assert training.files["_silence_"] == []
    x, y = training.x[0]
    assert x.shape == (4, 24, 16, 1)
    assert y.shape == (4, 4)


def test_every_file_is_named_by_its_path(make_model, shared_folder):
    source = make_model().load_subset("evaluation").x.source
    assert source.name(0) == str(shared_folder / "low" / "000.wav")
    assert source.name(len(source) - 1) == f"sample {len(source) - 1}"


def test_evaluation_is_the_same_each_time_and_has_each_sample_once(make_model, make_generator):
    noisy = make_generator(bg_noise_dir="_noise_", bg_noise_range=(0.1, 0.3), loudness_range=(0.5, 2.0))
    first = make_model(datagen=noisy).load_subset("evaluation", seed=1).arrays()
    other = make_model(datagen=noisy).load_subset("evaluation", seed=2).arrays()
    for one, two in zip(first, other, strict=True):
        np.testing.assert_array_equal(one, two)
    assert len(first[0]) == sum(HELD_OUT.values())


def test_evaluation_can_be_augmented(make_model, make_generator):
    noisy = make_generator(bg_noise_dir="_noise_", bg_noise_range=(0.1, 0.3))
    model = make_model(datagen=noisy)
    augmented = model.load_subset("evaluation", sampling=Sampling(augment=True)).arrays()[0]
    assert not np.array_equal(augmented, model.load_subset("evaluation").arrays()[0])


def test_a_dataset_with_evaluation_data_of_its_own(make_model, make_generator, make_folder, shared_folder):
    other = make_folder("held_out", low=4, high=3, middle=3)
    for noise in (other / "_noise_").iterdir():
        noise.unlink()
    (other / "_noise_").rmdir()
    generator = make_generator(
        bg_noise_dir="_noise_", bg_noise_range=(0.1, 0.3), silence_class_percentage=1.0
    )
    model = make_model(
        dataset=lambda subset: other if subset == "evaluation" else shared_folder, datagen=generator
    )
    evaluation = model.load_subset("evaluation")
    assert evaluation.subset == "evaluation"
    assert evaluation.class_counts == {"low": 4, "high": 3, "_unknown_": 3, "_silence_": 3}
    augmented = model.load_subset("evaluation", sampling=Sampling(augment=True))
    assert len(augmented.x[0][0]) == 4  # with the noise of the training data


def test_the_fingerprint_is_that_of_the_files(make_model, make_folder):
    model = make_model(dataset=make_folder("a", low=5, high=5, middle=5))
    first = model.load_subset("training").fingerprint
    assert model.load_subset("training").fingerprint == first
    (model.dataset / "low" / "004.wav").write_bytes(b"other")
    assert model.load_subset("training").fingerprint != first


def test_the_limit_counts_for_each_class(make_model):
    counts = make_model().load_subset("training", limit=3).class_counts
    assert counts == {"low": 3, "high": 3, "_unknown_": 3, "_silence_": 2}


@pytest.mark.parametrize("value", [42, None, (np.zeros((2, 3)), np.zeros(2))])
def test_only_folders_are_datasets_of_sounds(make_model, value):
    with pytest.raises(DatasetError, match="which is no folder"):
        make_model(dataset=lambda: value).load_subset("training")
