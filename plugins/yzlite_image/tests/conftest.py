"""A small dataset of images, a model without TensorFlow, and a cache for compiled kernels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from yzlite_core.model.settings import Setting
from yzlite_image.generator import ParallelImageDataGenerator
from yzlite_image.mixin import ImageDatasetMixin

pytest_plugins = ["yzlite_core.testing.fixtures"]

CLASSES = ("circle", "square", "triangle")


class Model(ImageDatasetMixin):
    batch_size = Setting(int, default=4, doc="As in TrainMixin.")


@pytest.fixture(scope="session", autouse=True)
def kernel_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep compiled kernels out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YZLITE_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset that tests only read: 10 grayscale PNGs of 12 x 16 pixels in each of three classes."""
    return write_dataset(tmp_path_factory.mktemp("shapes"), dict.fromkeys(CLASSES, 10))


@pytest.fixture
def make_model(shared_folder: Path):
    """A function that makes a model of the shared folder, of which settings can be replaced."""

    def make(**settings) -> Model:
        generator = settings.pop("datagen", None) or ParallelImageDataGenerator(cores=1, validation_split=0.2)
        defaults = {"dataset": shared_folder, "classes": CLASSES, "input_shape": (12, 16, 1)}
        return Model(datagen=generator, **{**defaults, **settings})

    return make


@pytest.fixture
def make_folder(tmp_path: Path):
    """A function that writes a dataset with so many images in each class and returns its folder."""

    def make(name: str, **counts: int) -> Path:
        return write_dataset(tmp_path / name, counts)

    return make


def write_dataset(root: Path, counts: dict[str, int]) -> Path:
    rng = np.random.default_rng(0)
    for label, count in counts.items():
        (root / label).mkdir(parents=True)
        for number in range(count):
            pixels = rng.integers(0, 256, (12, 16), np.uint8)
            Image.fromarray(pixels).save(root / label / f"{number:03d}.png")
    return root
