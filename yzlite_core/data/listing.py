"""List the class folders of a dataset: which files, in which order, which share of them.

Nothing is ever written into the dataset, and nothing is kept between runs: the order follows from the
names and the seed alone, so files that were added or removed are seen by the next run, and the other
files stay where they were.
"""

from __future__ import annotations

import hashlib
import inspect
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from yzlite_core.errors import DatasetError, did_you_mean

T = TypeVar("T")

Split = tuple[float, float]
ListValidFilenames = Callable[..., tuple[str, Sequence[str]]]

_UNKNOWN_SEED = 42  # the unknown class is a draw, also where the other classes keep the order of the names


@dataclass(frozen=True)
class DirectoryListing:
    """The files of a dataset, or of a share of it, by class.

    Attributes:
        root: The dataset's folder.
        files: For each class, in the order of the classes, its files: POSIX paths relative to `root`.
            None is a sample without a file (of the empty class).
    """

    root: Path
    files: Mapping[str, tuple[str | None, ...]]

    @property
    def classes(self) -> tuple[str, ...]:
        """The class labels."""
        return tuple(self.files)

    @property
    def class_counts(self) -> dict[str, int]:
        """The number of samples of each class."""
        return {label: len(files) for label, files in self.files.items()}

    @cached_property
    def filenames(self) -> tuple[str | None, ...]:
        """The file of each sample, class by class, relative to `root`."""
        return tuple(chain(*self.files.values()))

    @property
    def paths(self) -> tuple[Path | None, ...]:
        """The path of each sample, class by class."""
        return tuple(None if file is None else self.root / file for file in self.filenames)

    @property
    def class_ids(self) -> np.ndarray:
        """The class id of each sample, int32 of shape (n,), in the order of `paths`."""
        counts = [len(files) for files in self.files.values()]
        return np.repeat(np.arange(len(counts), dtype=np.int32), counts)


@dataclass(frozen=True)
class _Lister:
    """How the files of one folder are found and chosen."""

    root: Path
    formats: tuple[str, ...] | None
    follow_links: bool
    split: Split | None
    shuffle_seed: int | None
    user_function: ListValidFilenames | None

    def files_of(self, folder: str) -> tuple[str, ...]:
        """Return the share of a folder's files, in the order in force."""
        if self.user_function is not None:
            return self._asked(self.user_function, folder)
        found = sorted(_walk(self.root, folder, self.formats, self.follow_links))
        if self.shuffle_seed is not None:
            found = shuffle_file_list_by_group(found, str, seed=self.shuffle_seed)
        return tuple(found if self.split is None else split_file_list(found, self.split))

    def has_files(self, folder: str) -> bool:
        """Tell whether a folder holds any file of a known format."""
        return any(_walk(self.root, folder, self.formats, self.follow_links))

    def _asked(self, function: ListValidFilenames, folder: str) -> tuple[str, ...]:
        offered: dict[str, Any] = {
            "base_directory": str(self.root),
            "search_class": folder,
            "white_list_formats": self.formats,
            "split": self.split,
            "follow_links": self.follow_links,
            "shuffle_index_directory": None,
        }
        asked = inspect.signature(function).parameters
        takes_all = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in asked.values())
        _, files = function(**{name: v for name, v in offered.items() if takes_all or name in asked})
        return tuple(Path(file).as_posix() for file in files)


def list_dataset_directory(
    directory: str | os.PathLike[str],
    classes: Sequence[str] | None,
    *,
    formats: Sequence[str] | None,
    follow_links: bool = True,
    split: Split | None = None,
    shuffle_seed: int | None = None,
    max_samples_per_class: int = -1,
    list_valid_filenames: ListValidFilenames | None = None,
    unknown_class_label: str | None = None,
    unknown_class_percentage: float = 1.0,
    empty_class_label: str | None = None,
    empty_class_percentage: float = 1.0,
) -> DirectoryListing:
    """List a folder that holds a folder of samples for each class.

    Files are searched in all depths; names that begin with a dot are passed over.

    Args:
        directory: The dataset's folder.
        classes: The class labels, in the order of their ids: the names of the folders, and the
            labels of the unknown and of the empty class where they are wanted. None for all folders.
        formats: Suffixes of the files that count, without the dot, in lower case; None for all files.
        follow_links: Whether folders that are links are listed.
        split: Share of each class's files, `(start, stop)` from 0 to 1; None for all. Shares that
            touch share no file and leave none out: (0, 0.1) for validation, (0.1, 1) for training.
        shuffle_seed: Shuffles each class's files before they are split; None keeps them sorted.
        max_samples_per_class: The most samples of each class, -1 for all.
        list_valid_filenames: Finds, orders and splits the files of one class in the place of this
            function. Called by keyword with those it names of `base_directory`, `search_class`,
            `white_list_formats`, `split`, `follow_links` and `shuffle_index_directory` (None); returns
            the class and its files, relative to the base directory.
        unknown_class_label: The label in `classes` of whatever is none of the others: drawn evenly
            from the folders that are no class (names beginning with `_` or a dot are left out).
        unknown_class_percentage: Its size, as a share of the smallest class of files; above 1 allowed.
        empty_class_label: The label in `classes` of samples without a file.
        empty_class_percentage: Its size, as a share of the smallest class of files.

    Raises:
        DatasetError: If a folder is missing or empty, or nothing is left for the unknown class.
    """
    root = Path(directory).expanduser()
    if not root.is_dir():
        raise DatasetError(f"There is no dataset folder {root}", hint=_what_is_there(root))
    known = None if formats is None else tuple(formats)
    lister = _Lister(root, known, follow_links, split, shuffle_seed, list_valid_filenames)
    limit = None if max_samples_per_class == -1 else max_samples_per_class
    folders = class_folders(root)
    classes = folders if classes is None else classes
    real = [label for label in classes if label not in (unknown_class_label, empty_class_label)]
    files: dict[str, tuple[str | None, ...]] = {
        label: _class_of_files(lister, label, folders)[:limit] for label in real
    }
    smallest = min(map(len, files.values()), default=0)
    if unknown_class_label is not None and unknown_class_label in classes:
        unused = [name for name in folders if name not in real and not name.startswith("_")]
        drawn = _draw_evenly(lister, unused)
        files[unknown_class_label] = drawn[: round(unknown_class_percentage * smallest)][:limit]
    if empty_class_label is not None and empty_class_label in classes:
        files[empty_class_label] = ((None,) * round(empty_class_percentage * smallest))[:limit]
    return DirectoryListing(root, {label: files[label] for label in classes})


def class_folders(root: Path) -> list[str]:
    """Return the names of the folders in a dataset's folder, sorted, without hidden ones."""
    return sorted(entry.name for entry in root.iterdir() if entry.is_dir() and entry.name[0] != ".")


def split_file_list(paths: Sequence[T], split: Split) -> list[T]:
    """Return the share `(start, stop)` of a list, both from 0 to 1.

    Shares that touch, such as (0, 0.2), (0.2, 0.5) and (0.5, 1), share no file and leave none out.

    Raises:
        DatasetError: If the share is none.
    """
    start, stop = split
    if not 0 <= start <= stop <= 1:
        raise DatasetError(f"({start}, {stop}) is no share of a dataset", hint="0 <= start <= stop <= 1")
    first, last = (math.floor(share * len(paths) + 0.5) for share in split)
    return list(paths[first:last])


def shuffle_file_list_by_group(
    paths: Iterable[str], group_callback: Callable[[str], object], seed: int = 42
) -> list[str]:
    """Shuffle a list so that the files of a group, of one speaker for example, stay together.

    The place of a group follows from its name and the seed alone, so one that is added or removed
    does not move the others.

    Args:
        paths: The files.
        group_callback: Returns what identifies the group of a file.
        seed: Of the order.
    """

    def place(path: str) -> tuple[bytes, str]:
        return hashlib.sha256(f"{seed}/{group_callback(path)}".encode()).digest(), path

    return sorted(paths, key=place)


def _class_of_files(lister: _Lister, label: str, folders: Sequence[str]) -> tuple[str, ...]:
    if lister.user_function is None and not (lister.root / label).is_dir():
        raise DatasetError(
            f"{lister.root} has no folder for the class '{label}'",
            hint=did_you_mean(label, folders) or f"its folders: {', '.join(folders) or 'none'}",
        )
    files = lister.files_of(label)
    if not files and not lister.has_files(label):
        wanted = "" if lister.formats is None else f" of the formats {', '.join(lister.formats)}"
        raise DatasetError(
            f"{lister.root / label} holds no file{wanted}",
            hint="add samples, or remove the class from `classes`",
        )
    return files


def _draw_evenly(lister: _Lister, folders: Sequence[str]) -> tuple[str, ...]:
    """Return the files of several folders in turns: the first of each, then the second of each, ..."""
    if not folders:
        raise DatasetError(
            f"{lister.root} has no folder that is not a class already, for the unknown class",
            hint="add folders of other samples, or remove the unknown class from `classes`",
        )
    seed = _UNKNOWN_SEED if lister.shuffle_seed is None else lister.shuffle_seed
    shuffled = replace(lister, shuffle_seed=seed)
    turns = zip_longest(*map(shuffled.files_of, folders))
    return tuple(file for turn in turns for file in turn if file is not None)


def _walk(root: Path, folder: str, formats: Sequence[str] | None, follow_links: bool) -> Iterator[str]:
    suffixes = None if formats is None else {f".{name.lower().lstrip('.')}" for name in formats}
    entered = set()
    for where, folders, files in os.walk(root / folder, followlinks=follow_links):
        real = os.path.realpath(where)
        if real in entered:  # a link that leads back up
            folders.clear()
            continue
        entered.add(real)
        folders[:] = sorted(name for name in folders if name[0] != ".")
        for name in files:
            counts = suffixes is None or os.path.splitext(name)[1].lower() in suffixes
            if name[0] != "." and counts:
                yield Path(where, name).relative_to(root).as_posix()


def _what_is_there(missing: Path) -> str:
    parent = next(parent for parent in missing.absolute().parents if parent.is_dir())
    there = class_folders(parent)
    close = did_you_mean(missing.name, there) if parent == missing.absolute().parent else None
    return close or f"the folders in {parent}: {', '.join(there) or 'none'}"
