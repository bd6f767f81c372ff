from __future__ import annotations

import numpy as np
import pytest

from yzlite.core.preprocess.utils import (
    list_dataset_directory,
    list_valid_filenames_in_directory,
    normalize,
    split_file_list,
)
from yzlite_core.errors import DatasetError

CLASSES = ["cat", "dog", "_unknown_", "_silence_"]


@pytest.fixture
def folder(tmp_path):
    for label, count in {"cat": 10, "dog": 6, "hen": 5, "fox": 5}.items():
        (tmp_path / label).mkdir()
        for number in range(count):
            (tmp_path / label / f"{number}.wav").touch()
    (tmp_path / "cat" / "notes.txt").touch()
    return tmp_path


def test_paths_and_class_ids(folder):
    counts = {}
    paths, ids = list_dataset_directory(
        folder,
        CLASSES,
        unknown_class_label="_unknown_",
        empty_class_label="_silence_",
        empty_class_percentage=0.5,
        white_list_formats=("wav",),
        class_counts=counts,
    )
    assert counts == {"cat": 10, "dog": 6, "_unknown_": 6, "_silence_": 3}
    assert ids == [0] * 10 + [1] * 6 + [2] * 6 + [3] * 3
    assert paths[:2] == ["cat/0.wav", "cat/1.wav"]
    assert {path.partition("/")[0] for path in paths[16:22]} == {"hen", "fox"}
    assert paths[22:] == [None] * 3


def test_every_file_counts_without_a_list_of_formats(folder):
    assert "cat/notes.txt" in list_dataset_directory(folder, ["cat"])[0]


def test_shuffled_lists_hold_the_same(folder):
    in_order = list_dataset_directory(folder, ["cat", "dog"])
    shuffled, again, other = (
        list_dataset_directory(folder, ["cat", "dog"], shuffle=True, seed=seed) for seed in (None, 43, 1)
    )
    assert shuffled == again != other
    assert sorted(zip(*shuffled, strict=True)) == sorted(zip(*in_order, strict=True))


def test_middle_shares_leave_nothing_out(folder):
    shares = [
        list_dataset_directory(folder, ["cat"], split=split, shuffle_index_directory=folder / "index")[0]
        for split in ((0, 0.3), (0.3, 0.6), (0.6, 1))
    ]
    assert [len(share) for share in shares] == [3, 4, 4]
    assert sorted(path for share in shares for path in share) == sorted(
        list_dataset_directory(folder, ["cat"])[0]
    )
    assert not (folder / "index").exists()
    assert split_file_list(list(range(10)), (0.2, 0.5)) == [2, 3, 4]


def test_absolute_paths(folder):
    assert list_dataset_directory(folder, ["dog"], return_absolute_paths=True)[0][0] == str(
        folder / "dog" / "0.wav"
    )


def test_samples_are_processed_in_place_or_replaced(folder):
    def in_place(sample_paths, **_):
        del sample_paths["cat"][1:]

    def another(sample_paths, **_):
        return {"cat": ["x"], "dog": []}

    given = {"directory": folder, "classes": ["cat", "dog"]}
    assert len(list_dataset_directory(**given, process_samples_function=in_place)[0]) == 7
    assert list_dataset_directory(**given, process_samples_function=another) == (["x"], [0])


def test_one_class(folder):
    label, files = list_valid_filenames_in_directory(folder, "dog", ("wav",), split=(0.5, 1))
    assert (label, files) == ("dog", ["dog/3.wav", "dog/4.wav", "dog/5.wav"])
    with pytest.raises(DatasetError, match="no folder for the class 'cow'"):
        list_valid_filenames_in_directory(folder, "cow")


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, [0, 10, 20]),
        ({"rescale": 0.5}, [0, 5, 10]),
        ({"samplewise_center": True}, [-10, 0, 10]),
        ({"samplewise_std_normalization": True}, [0, 1.2247, 2.4495]),
        ({"samplewise_center": True, "samplewise_std_normalization": True}, [-1.2247, 0, 1.2247]),
        ({"samplewise_normalize_range": (-1, 1)}, [-1, 0, 1]),
        ({"samplewise_normalize_range": (0, 1), "rescale": 3.0}, [0, 0.5, 1]),
    ],
)
def test_a_sample_is_normalized_by_hand(how, expected):
    sample = np.array([[0], [10], [20]], np.int16)
    made = normalize(sample, **how)
    assert made.dtype == np.float32
    np.testing.assert_allclose(made.ravel(), expected, atol=1e-3)
    assert sample.ravel().tolist() == [0, 10, 20]


def test_normalized_integers_are_rounded_and_clipped():
    sample = np.array([0.6, 200.0])
    made = normalize(sample, dtype=np.int8)
    assert (made.dtype, made.tolist()) == (np.int8, [1, 127])
    assert normalize(np.full(3, 7.0), samplewise_normalize_range=(-1, 1)).tolist() == [-1, -1, -1]
