"""Drawn hands as rock, paper and scissors: a small dataset that needs no download.

Grey pictures of 96 x 96 pixels, drawn by code in a few seconds: 750 a class to train with and 100 to
evaluate with. The people of the evaluation set never appear in the training set, and files are
numbered person by person, so that a contiguous validation split separates people too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from yzlite_core.errors import MissingPluginError
from yzlite_models.datasets.generated import generated_folder, random_stream
from yzlite_models.datasets.subsets import subset_folder

if TYPE_CHECKING:
    import numpy as np

GENERATED = True
NAME = "hello_image_v1"
CLASSES = ("rock", "paper", "scissors")
SIZE = 96
"""Width and height of a picture in pixels."""
PEOPLE = {"training": 150, "evaluation": 25}
"""Different people in each set."""
TAKES = {"training": 5, "evaluation": 4}
"""Pictures of each person in each shape."""

_VERSION = 2  # to be raised with every change that alters a picture


def load_data(subset: str | None = None) -> Path:
    """Return a folder of class folders, drawn on first use.

    Args:
        subset: 'training', 'validation' or 'evaluation'; None means 'training', and 'validation' is a
            part of the training folder that the data generator holds out.

    Returns:
        Folder with the folders `rock`, `paper` and `scissors` of PNG files.

    Raises:
        MissingPluginError: Pillow, which writes the pictures, is not installed.
    """
    return subset_folder(generated_folder(NAME, _VERSION, generate), subset)


def generate(folder: Path, people: Mapping[str, int] = PEOPLE) -> None:
    """Draw all pictures into an empty folder, of so many people in each set."""
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingPluginError(
            "The dataset 'hello_image' needs Pillow, which comes with the plugin 'yzlite-image'",
            hint="pip install yzlite-image",
        ) from error

    for subset, count in people.items():
        for shape in CLASSES:
            (folder / subset / shape).mkdir(parents=True)
            for number in range(count * TAKES[subset]):
                person, take = divmod(number, TAKES[subset])
                picture = Image.fromarray(draw(subset, shape, person, take))
                picture.save(folder / subset / shape / f"{number:04d}.png")


def draw(subset: str, shape: str, person: int, take: int) -> np.ndarray:
    """Draw one picture, which follows from the arguments alone.

    Args:
        subset: 'training' or 'evaluation'.
        shape: 'rock', 'paper' or 'scissors'.
        person: Number of the person within the subset.
        take: Number of the picture of this person in this shape.

    Returns:
        Grey values, shape (96, 96).
    """
    from yzlite_models.datasets.synthesis import hands, photo

    who = hands.someone(random_stream(subset, person))
    rng = random_stream(subset, person, CLASSES.index(shape), take)
    return photo.photograph(hands.pose(shape, who, rng), photo.some_view(shape, rng), SIZE, rng)
