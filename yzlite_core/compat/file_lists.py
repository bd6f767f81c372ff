"""Lists of a dataset's files with the arguments and answers that scripts of the original expect."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from yzlite_core.data import listing

__all__ = ["list_dataset_directory", "list_valid_filenames_in_directory"]

_INDEX_SEED, _ORDER_SEED = 42, 43  # of files that are shuffled once, and of the list that is returned


def list_dataset_directory(
    directory: str | os.PathLike[str],
    classes: Sequence[str],
    unknown_class_percentage: float = 1.0,
    unknown_class_label: str | None = None,
    empty_class_percentage: float = 1.0,
    empty_class_label: str | None = None,
    class_counts: dict[str, int] | None = None,
    shuffle: bool = False,
    seed: int | None = None,
    split: listing.Split | None = None,
    max_samples_per_class: int = -1,
    white_list_formats: Sequence[str] | None = None,
    follow_links: bool = False,
    shuffle_index_directory: str | os.PathLike[str] | None = None,
    return_absolute_paths: bool = False,
    list_valid_filenames_in_directory_function: listing.ListValidFilenames | None = None,
    process_samples_function: Callable[..., dict[str, list[str | None]] | None] | None = None,
) -> tuple[list[str | None], list[int]]:
    """List a folder that holds a folder of samples for each class.

    Args:
        directory: The dataset's folder.
        classes: The class labels, in the order of their ids.
        unknown_class_percentage: Size of the unknown class as a share of the smallest class.
        unknown_class_label: The label in `classes` of what is drawn from all other folders.
        empty_class_percentage: Size of the empty class as a share of the smallest class.
        empty_class_label: The label in `classes` of samples without a file; their path is None.
        class_counts: Is filled with the number of samples of each class.
        shuffle: Whether the returned list is shuffled.
        seed: Of that; None for 43.
        split: Share of each class's files, `(start, stop)` from 0 to 1; None for all.
        max_samples_per_class: The most samples of each class, -1 for all.
        white_list_formats: Suffixes of the files that count; None for all files.
        follow_links: Whether folders that are links are listed.
        shuffle_index_directory: If given, files are shuffled once before they are split. The order follows
            from their names, so nothing is written there.
        return_absolute_paths: Whether the paths are absolute; they are relative to `directory` otherwise.
        list_valid_filenames_in_directory_function: See `yzlite_core.data.listing.list_dataset_directory`.
        process_samples_function: Called by keyword with `directory`, `sample_paths` (a list for each class),
            `split`, `follow_links`, `white_list_formats` and `shuffle_index_directory` before anything is
            shuffled; it changes the dictionary that it is given, or returns another one.

    Returns:
        The paths, and the class id of each.

    Raises:
        DatasetError: If a folder is missing or empty.
    """
    found = listing.list_dataset_directory(
        directory,
        classes,
        formats=white_list_formats,
        follow_links=follow_links,
        split=split,
        shuffle_seed=None if shuffle_index_directory is None else _INDEX_SEED,
        max_samples_per_class=max_samples_per_class,
        list_valid_filenames=list_valid_filenames_in_directory_function,
        unknown_class_label=unknown_class_label,
        unknown_class_percentage=unknown_class_percentage,
        empty_class_label=empty_class_label,
        empty_class_percentage=empty_class_percentage,
    )
    files = {label: list(listed) for label, listed in found.files.items()}
    if process_samples_function is not None:
        made = process_samples_function(
            directory=str(directory),
            sample_paths=files,
            split=split,
            follow_links=follow_links,
            white_list_formats=white_list_formats,
            shuffle_index_directory=shuffle_index_directory,
        )
        files = files if made is None else made
    if class_counts is not None:
        class_counts.update({label: len(listed) for label, listed in files.items()})
    pairs = [(file, number) for number, label in enumerate(classes) for file in files[label]]
    if shuffle:
        order = np.random.default_rng(_ORDER_SEED if seed is None else seed).permutation(len(pairs))
        pairs = [pairs[index] for index in order]
    root = found.root.absolute()
    paths = [str(root / file) if return_absolute_paths and file is not None else file for file, _ in pairs]
    return paths, [number for _, number in pairs]


def list_valid_filenames_in_directory(
    base_directory: str | os.PathLike[str],
    search_class: str,
    white_list_formats: Sequence[str] | None = None,
    split: listing.Split | None = None,
    follow_links: bool = False,
    shuffle_index_directory: str | os.PathLike[str] | None = None,
    **_: Any,
) -> tuple[str, list[str]]:
    """List the files of one class.

    Args:
        base_directory: The dataset's folder.
        search_class: The class, and its folder.
        white_list_formats: Suffixes of the files that count; None for all files.
        split: Share of the files, `(start, stop)` from 0 to 1; None for all.
        follow_links: Whether folders that are links are listed.
        shuffle_index_directory: If given, the files are shuffled once before they are split; nothing is
            written there.

    Returns:
        The class, and its files relative to the base directory.

    Raises:
        DatasetError: If the folder is missing or empty.
    """
    paths, _ids = list_dataset_directory(
        Path(base_directory),
        [search_class],
        split=split,
        white_list_formats=white_list_formats,
        follow_links=follow_links,
        shuffle_index_directory=shuffle_index_directory,
    )
    return search_class, [path for path in paths if path is not None]
