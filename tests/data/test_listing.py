from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yzlite_core.data.listing import (
    DirectoryListing,
    list_dataset_directory,
    shuffle_file_list_by_group,
    split_file_list,
)
from yzlite_core.errors import DatasetError

FORMATS = ("png", "jpg")


def make(root: Path, **counts: int) -> Path:
    for label, count in counts.items():
        (root / label).mkdir(parents=True)
        for number in range(count):
            (root / label / f"{number:03d}.png").touch()
    return root


def listed(root: Path, classes=("a", "b"), **options) -> DirectoryListing:
    return list_dataset_directory(root, classes, formats=FORMATS, **options)


def test_lists_sorted_posix_paths_in_the_order_of_the_classes(tmp_path):
    make(tmp_path, a=2, b=3)
    listing = listed(tmp_path, ("b", "a"))
    assert listing.files == {"b": ("b/000.png", "b/001.png", "b/002.png"), "a": ("a/000.png", "a/001.png")}
    assert listing.classes == ("b", "a")
    assert listing.class_counts == {"b": 3, "a": 2}
    np.testing.assert_array_equal(listing.class_ids, [0, 0, 0, 1, 1])
    assert listing.paths[3] == tmp_path / "a" / "000.png"


def test_none_lists_all_folders_that_are_not_hidden(tmp_path):
    make(tmp_path, b=1, a=1)
    (tmp_path / ".index").mkdir()
    assert listed(tmp_path, None).classes == ("a", "b")


def test_finds_files_in_all_depths_by_suffix_and_passes_over_hidden_ones(tmp_path):
    make(tmp_path, a=1, b=1)
    deep = tmp_path / "a" / "more"
    deep.mkdir()
    for name in ("X.PNG", "y.jpg", "z.txt", ".hidden.png"):
        (deep / name).touch()
    (tmp_path / "a" / ".trash").mkdir()
    (tmp_path / "a" / ".trash" / "t.png").touch()
    assert listed(tmp_path).files["a"] == ("a/000.png", "a/more/X.PNG", "a/more/y.jpg")


def test_nothing_is_written_into_the_dataset_and_new_files_are_seen(tmp_path):
    make(tmp_path, a=2, b=2)
    before = sorted(tmp_path.rglob("*"))
    listed(tmp_path, shuffle_seed=1, split=(0, 0.5))
    assert sorted(tmp_path.rglob("*")) == before
    (tmp_path / "a" / "new.png").touch()
    (tmp_path / "b" / "000.png").unlink()
    assert listed(tmp_path).class_counts == {"a": 3, "b": 1}


@given(count=st.integers(0, 60), cuts=st.lists(st.floats(0, 1), max_size=4))
def test_touching_shares_partition_the_list(count, cuts):
    bounds = [0.0, *sorted(cuts), 1.0]
    files = [str(number) for number in range(count)]
    parts = [split_file_list(files, share) for share in pairwise(bounds)]
    assert [file for part in parts for file in part] == files


def test_a_middle_share_is_the_middle():
    assert split_file_list(list("abcdefghij"), (0.2, 0.5)) == ["c", "d", "e"]


@pytest.mark.parametrize("share", [(0.5, 0.2), (-0.1, 1), (0, 1.1)])
def test_no_share_at_all(share):
    with pytest.raises(DatasetError, match="no share"):
        split_file_list(["a"], share)


def test_validation_is_the_first_share_of_each_class(tmp_path):
    make(tmp_path, a=10, b=20)
    validation = listed(tmp_path, split=(0, 0.1))
    training = listed(tmp_path, split=(0.1, 1))
    assert validation.files == {"a": ("a/000.png",), "b": ("b/000.png", "b/001.png")}
    assert training.class_counts == {"a": 9, "b": 18}


def test_shuffling_once_depends_on_the_seed_alone(tmp_path):
    make(tmp_path, a=30, b=30)
    once, again, other = (listed(tmp_path, shuffle_seed=seed).files for seed in (1, 1, 2))
    assert once == again
    assert once["a"] != other["a"]
    assert once["a"] != listed(tmp_path).files["a"]
    assert sorted(once["a"]) == list(listed(tmp_path).files["a"])


def test_a_new_file_does_not_move_the_others(tmp_path):
    make(tmp_path, a=30, b=1)
    before = listed(tmp_path, shuffle_seed=7).files["a"]
    (tmp_path / "a" / "new.png").touch()
    after = listed(tmp_path, shuffle_seed=7).files["a"]
    assert tuple(file for file in after if file != "a/new.png") == before


def test_at_most_so_many_of_each_class(tmp_path):
    make(tmp_path, a=10, b=2)
    listing = listed(tmp_path, split=(0.1, 1), max_samples_per_class=3)
    assert listing.files == {"a": ("a/001.png", "a/002.png", "a/003.png"), "b": ("b/000.png", "b/001.png")}


def test_links_are_followed_only_if_asked_and_a_circle_ends(tmp_path):
    make(tmp_path / "data", a=1, b=1)
    make(tmp_path / "elsewhere", more=2)
    (tmp_path / "data" / "a" / "link").symlink_to(tmp_path / "elsewhere" / "more")
    (tmp_path / "data" / "a" / "up").symlink_to(tmp_path / "data" / "a")
    assert listed(tmp_path / "data").class_counts["a"] == 3
    assert listed(tmp_path / "data", follow_links=False).class_counts["a"] == 1


# -------------------------------------------------------------------------------------- special classes


def special(root: Path, **options) -> DirectoryListing:
    return listed(
        root,
        ("a", "_unknown_", "b", "_silence_"),
        unknown_class_label="_unknown_",
        empty_class_label="_silence_",
        **options,
    )


def test_unknown_and_empty_classes_are_sized_by_the_smallest_class(tmp_path):
    make(tmp_path, a=10, b=4, c=20, d=20, _noise_=20)
    listing = special(tmp_path, unknown_class_percentage=1.5, empty_class_percentage=0.5)
    assert listing.class_counts == {"a": 10, "_unknown_": 6, "b": 4, "_silence_": 2}
    assert listing.files["_silence_"] == (None, None)
    assert listing.paths[-1] is None
    assert np.bincount(listing.class_ids).tolist() == [10, 6, 4, 2]


def test_the_unknown_class_is_drawn_evenly_from_the_other_folders(tmp_path):
    make(tmp_path, a=10, b=10, c=30, d=30, _noise_=30)
    (tmp_path / "empty").mkdir()
    drawn = special(tmp_path).files["_unknown_"]
    folders = [file.partition("/")[0] for file in drawn]
    assert folders.count("c") == folders.count("d") == 5
    assert list(drawn) != sorted(drawn)
    assert special(tmp_path).files["_unknown_"] == drawn


def test_unknown_samples_for_training_and_validation_are_disjoint(tmp_path):
    make(tmp_path, a=20, b=20, c=20, d=20)
    shares = [special(tmp_path, split=share).files["_unknown_"] for share in ((0, 0.2), (0.2, 1))]
    assert not set(shares[0]) & set(shares[1])
    assert [len(share) for share in shares] == [4, 16]


def test_special_classes_respect_the_limit(tmp_path):
    make(tmp_path, a=10, b=10, c=20)
    counts = special(tmp_path, unknown_class_percentage=3.0, max_samples_per_class=3).class_counts
    assert counts == {"a": 3, "_unknown_": 3, "b": 3, "_silence_": 3}


def test_an_unknown_class_needs_other_folders(tmp_path):
    make(tmp_path, a=1, b=1)
    with pytest.raises(DatasetError, match="no folder that is not a class already"):
        special(tmp_path)


# ----------------------------------------------------------------------------------- the user's function


def test_the_users_function_lists_and_splits(tmp_path):
    make(tmp_path, a=4, b=4)
    calls = []

    def lister(
        base_directory, search_class, white_list_formats, split, follow_links, shuffle_index_directory
    ):
        calls.append((base_directory, search_class, white_list_formats, split, follow_links))
        assert shuffle_index_directory is None
        return search_class, [os.path.join(search_class, name) for name in ("003.png", "001.png")]

    listing = listed(tmp_path, split=(0, 0.5), list_valid_filenames=lister)
    assert listing.files["a"] == ("a/003.png", "a/001.png")
    assert calls[0] == (str(tmp_path), "a", FORMATS, (0, 0.5), True)


def test_the_users_function_may_name_only_what_it_needs(tmp_path):
    make(tmp_path, a=4, b=4)
    listing = listed(
        tmp_path, list_valid_filenames=lambda search_class: (search_class, [f"{search_class}/000.png"])
    )
    assert listing.class_counts == {"a": 1, "b": 1}


def test_groups_stay_together():
    files = [f"{speaker}_{number}.wav" for speaker in "abcdefgh" for number in range(3)]
    shuffled = shuffle_file_list_by_group(reversed(files), lambda path: path[0], seed=3)
    speakers = [file[0] for file in shuffled]
    assert [speakers[i : i + 3] for i in range(0, 24, 3)] == [[s] * 3 for s in dict.fromkeys(speakers)]
    assert speakers != sorted(speakers)
    assert sorted(shuffled) == files
    assert shuffled != shuffle_file_list_by_group(files, lambda path: path[0], seed=4)


# ---------------------------------------------------------------------------------------------- failures


def test_a_missing_folder_names_the_path_and_what_is_there(tmp_path):
    make(tmp_path, rockets=1)
    with pytest.raises(DatasetError) as caught:
        listed(tmp_path / "rocket")
    assert str(tmp_path / "rocket") in caught.value.message
    assert caught.value.hint == "did you mean 'rockets'?"
    with pytest.raises(DatasetError, match=r"the folders in .*: rockets"):
        listed(tmp_path / "no" / "where")


def test_a_missing_class_names_the_nearest_folder(tmp_path):
    make(tmp_path, scissors=1, rock=1)
    with pytest.raises(
        DatasetError, match=r"no folder for the class 'scisors' \(did you mean 'scissors'\?\)"
    ):
        listed(tmp_path, ("rock", "scisors"))
    with pytest.raises(DatasetError, match="its folders: rock, scissors"):
        listed(tmp_path, ("xyz",))


def test_an_empty_class_names_its_path(tmp_path):
    make(tmp_path, a=1, b=0)
    (tmp_path / "b" / "readme.txt").touch()
    with pytest.raises(DatasetError, match="holds no file of the formats png, jpg") as caught:
        listed(tmp_path)
    assert str(tmp_path / "b") in caught.value.message
