"""Rock, paper and scissors: 2,520 pictures to train with and 372 to evaluate with, 300 x 300 pixels.

Rendered hands of many people, published by Laurence Moroney under CC BY 2.0. 230 MB are downloaded on
first use. The hands of the evaluation set are not in the training set.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from yzlite_models.datasets.downloaded import Archive, downloaded_folder
from yzlite_models.datasets.subsets import subset_folder

NAME = "rock_paper_scissors_v1"
CLASSES = ("rock", "paper", "scissors")
INPUT_HEIGHT = 96  # to which a model of the original resizes them
INPUT_WIDTH = 96
INPUT_DEPTH = 1
INPUT_SHAPE = (INPUT_HEIGHT, INPUT_WIDTH, INPUT_DEPTH)
ARCHIVES = (
    Archive(
        url="https://storage.googleapis.com/download.tensorflow.org/data/rps.zip",
        sha256="c2403444395842ad04c53612bad54b574443eae17a0723117a2ff87b9d72194f",
        megabytes=201,
        folder="training",
        remove_root_dir=True,
    ),
    Archive(
        url="https://storage.googleapis.com/download.tensorflow.org/data/rps-test-set.zip",
        sha256="c27ab9fa43ce40b2e453de711365b477f4424586edf0388116674fd320f07503",
        megabytes=30,
        folder="evaluation",
        remove_root_dir=True,
    ),
)

_OTHER_NAME = {"scissors": "scissor", "scissor": "scissors"}  # both are in use


def load_data(subset: str | None = None) -> Path:
    """Return a folder of class folders, downloaded on first use.

    Args:
        subset: 'training', 'validation' or 'evaluation'; None means 'training', and 'validation' is a
            part of the training folder that the data generator holds out.

    Raises:
        DownloadError: It is not on this machine and cannot be downloaded.
    """
    return subset_folder(downloaded_folder(NAME, ARCHIVES), subset)


def list_valid_filenames_in_directory(
    base_directory: str,
    search_class: str,
    white_list_formats: Sequence[str] = ("png", "jpg", "jpeg"),
    split: tuple[float, float] | None = None,
    follow_links: bool = False,
    shuffle_index_directory: str | None = None,
) -> tuple[str, list[str]]:
    """List the pictures of a class, whose folder may be called `scissors` or `scissor`.

    They are sorted by name, which begins with the hand's number: the pictures of one hand, which
    resemble each other, stay together, and a split hardly ever cuts between them.

    Args:
        base_directory: The dataset's folder.
        search_class: The class: 'rock', 'paper', 'scissors' or 'scissor'.
        white_list_formats: Suffixes of the files that count.
        split: Share of the pictures, `(start, stop)` from 0 to 1; None for all.
        follow_links: Whether folders that are links are listed.
        shuffle_index_directory: Not needed: the order follows from the names.

    Returns:
        The class as it was asked for, and the pictures' paths relative to `base_directory`.
    """
    from yzlite_core.plugin.data import list_dataset_directory

    folder = search_class
    if not (Path(base_directory) / folder).is_dir():
        folder = _OTHER_NAME.get(folder, folder)
    listing = list_dataset_directory(
        base_directory, [folder], formats=white_list_formats, follow_links=follow_links, split=split
    )
    return search_class, [path for path in listing.files[folder] if path]
