"""Each argument of the generator does what it promises; a new one without a row here fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from PIL import Image

from yzlite_core.model.settings import declarations
from yzlite_image.generator import ParallelImageDataGenerator

CLASSES = ("circle", "square", "triangle")
BLACK = {"brightness_range": (0.0, 0.0)}


@dataclass
class Made:
    """What a generator made with an argument, beside what it makes without."""

    x: np.ndarray
    plain: np.ndarray
    opened: int = 0
    sizes: list[int] = field(default_factory=list)
    threads: int = 0
    files: list[str] = field(default_factory=list)


def mirrored(axis: int) -> Callable[[Made], bool]:
    def check(made: Made) -> bool:
        other = np.flip(made.plain, axis)
        kinds = {
            "same" if np.array_equal(x, a) else "mirrored" if np.array_equal(x, b) else "neither"
            for x, a, b in zip(made.x, made.plain, other, strict=True)
        }
        return kinds == {"same", "mirrored"}

    return check


def moved(axis: int, by: int) -> Callable[[Made], bool]:
    def check(made: Made) -> bool:
        x, plain = np.moveaxis(made.x, axis, 0), np.moveaxis(made.plain, axis, 0)
        there = np.all(x[:-by] == plain[by:], axis=(0, 2, 3))
        back = np.all(x[by:] == plain[:-by], axis=(0, 2, 3))
        return bool(np.all(there ^ back) and there.any() and back.any())

    return check


def differs(made: Made) -> bool:
    """Pixels are taken from elsewhere, so none is brighter or darker than all that there were."""
    inside = made.plain.min() <= made.x.min() <= made.x.max() <= made.plain.max()
    return bool(inside and not np.array_equal(made.x, made.plain))


def equals(expected: Callable[[np.ndarray], np.ndarray]) -> Callable[[Made], bool]:
    return lambda made: np.allclose(made.x, expected(made.plain), atol=1e-3)


def same(made: Made) -> bool:
    return made.x.dtype == np.float32 and np.array_equal(made.x, made.plain)


def salted(made: Made) -> bool:
    turned = made.x != made.plain
    return bool(0 < turned.mean() <= 0.011 and set(made.x[turned].tolist()) <= {0.0, 255.0})


def replaced(index: int, names: list[str], class_ids: Any, params: Any) -> tuple[int, tuple[Any, Any]]:
    return index, (np.full((len(names), 2), 5.0, np.float32), class_ids)


#: What is set for an argument, and what holds then.
ROWS: dict[str, tuple[dict[str, Any], Callable[[Made], bool]]] = {
    "cores": ({"cores": 2}, lambda made: made.threads == 2 and same(made)),
    "debug": ({"cores": 2, "debug": True}, lambda made: made.threads == 0 and same(made)),
    "max_batches_pending": ({"cores": 2, "max_batches_pending": 1}, same),  # and below
    "batch_size": ({"batch_size": 7}, lambda made: made.sizes == [7, 7, 7, 7, 2]),
    "max_samples_per_class": ({"max_samples_per_class": 2}, lambda made: len(made.x) == 6),
    "validation_split": ({"validation_split": 0.2}, lambda made: len(made.x) == 24),
    "validation_augmentation_enabled": (
        {"validation_augmentation_enabled": False, "validation_split": 0.5, **BLACK},
        lambda made: not made.x.any(),  # of the training data; below of the validation data
    ),
    "cache_mb": ({"cache_mb": 0}, lambda made: made.opened == 60 and same(made)),
    "cache_dir": ({"cache_dir": "cache"}, lambda made: made.opened == 30 and same(made)),
    "on_bad_file": ({"on_bad_file": "skip"}, same),  # and below
    "dtype": ({"dtype": "uint8"}, lambda made: made.x.dtype == np.uint8),
    "data_format": ({"data_format": "channels_last"}, same),
    "disable_gpu_in_subprocesses": ({"disable_gpu_in_subprocesses": False}, same),
    "noaug_preprocessing_function": (
        {"noaug_preprocessing_function": lambda x: x + 1, **BLACK},
        lambda made: not made.x.any(),
    ),
    "preprocessing_function": (
        {"preprocessing_function": lambda x: x + 1, **BLACK},
        lambda made: np.all(made.x == 1),
    ),
    "function_processes": (
        {"function_processes": 2, "preprocessing_function": np.negative},
        equals(lambda plain: -plain),  # and `tests/test_processes.py` of the core
    ),
    "get_batch_function": ({"get_batch_function": replaced}, lambda made: np.all(made.x == 5)),
    "random_transforms_enabled": ({"random_transforms_enabled": False, **BLACK}, same),
    "rotation_range": ({"rotation_range": 40}, differs),
    "shear_range": ({"shear_range": 20}, differs),
    "zoom_range": (
        {"zoom_range": (0.5, 0.5)},
        lambda made: differs(made) and np.abs(np.diff(made.x, axis=2)).mean() < 60,  # enlarged, so softer
    ),
    "width_shift_range": ({"width_shift_range": (3,)}, moved(2, 3)),
    "height_shift_range": ({"height_shift_range": (2,)}, moved(1, 2)),
    "horizontal_flip": ({"horizontal_flip": True}, mirrored(2)),
    "vertical_flip": ({"vertical_flip": True}, mirrored(1)),
    "fill_mode": (
        {"fill_mode": "wrap", "width_shift_range": (8,)},  # half of the width, to either side the same
        equals(lambda plain: np.roll(plain, 8, axis=2)),
    ),
    "cval": (
        {"cval": 99, "fill_mode": "constant", "width_shift_range": (16,)},
        equals(lambda plain: np.full_like(plain, 99)),
    ),
    "channel_shift_range": (
        {"channel_shift_range": 40},
        lambda made: differs(made) and 30 < np.abs(made.x - made.plain).max() <= 40.001,
    ),
    "brightness_range": ({"brightness_range": (0.5, 0.5)}, equals(lambda plain: plain / 2)),
    "contrast_range": (
        {"contrast_range": (0.0, 0.0)},
        equals(lambda plain: np.broadcast_to(plain.mean((1, 2, 3), keepdims=True), plain.shape)),
    ),
    "noise": ({"noise": ["s&p"]}, salted),
    "rescale": ({"rescale": 1 / 255}, equals(lambda plain: plain / 255)),
    "samplewise_center": (
        {"samplewise_center": True},
        equals(lambda plain: plain - plain.mean((1, 2, 3), keepdims=True)),
    ),
    "samplewise_std_normalization": (
        {"samplewise_std_normalization": True},
        lambda made: np.allclose(made.x.std((1, 2, 3)), 1, atol=1e-3) and abs(made.x.mean()) < 1e-3,
    ),
    "featurewise_center": ({"featurewise_center": True}, equals(lambda plain: plain - plain.mean())),
    "featurewise_std_normalization": (
        {"featurewise_std_normalization": True},
        equals(lambda plain: (plain - plain.mean()) / plain.std()),
    ),
    "zca_whitening": (
        {"zca_whitening": True, "zca_epsilon": 1.0},
        lambda made: abs(made.x.mean()) < 0.1 and np.abs(made.x).max() < 10,
    ),
    "zca_epsilon": ({"zca_whitening": True, "zca_epsilon": 1e12}, lambda made: np.abs(made.x).max() < 0.01),
    "save_to_dir": ({"save_to_dir": "saved"}, lambda made: same(made) and len(made.files) == 30),
    "save_prefix": (
        {"save_to_dir": "saved", "save_prefix": "cam"},
        lambda made: {name.split("_")[0] for name in made.files} == {"cam"},
    ),
    "save_format": (
        {"save_to_dir": "saved", "save_format": "bmp"},
        lambda made: {name.rpartition(".")[2] for name in made.files} == {"bmp"},
    ),
}


def flow(folder, settings: dict[str, Any], **how: Any) -> Any:
    options = {"target_size": (12, 16), "color_mode": "grayscale", "classes": CLASSES, "batch_size": 6}
    generator = ParallelImageDataGenerator(**{"cores": 1, **settings})
    return generator.flow_from_directory(folder, **{**options, "shuffle": False, **how})


def test_each_argument_has_a_row():
    assert set(ROWS) == set(declarations(ParallelImageDataGenerator))


@pytest.mark.parametrize("name", ROWS)
def test_argument(name, shared_folder, tmp_path, monkeypatch, batch_threads):
    settings, holds = ROWS[name]
    settings = {
        key: tmp_path / value if key in ("save_to_dir", "cache_dir") else value
        for key, value in settings.items()
    }
    plain = np.concatenate([x for x, _ in flow(shared_folder, {})])
    opened, open_image = [], Image.open
    monkeypatch.setattr(Image, "open", lambda path: opened.append(path) or open_image(path))
    batches = flow(shared_folder, settings, subset="training" if "validation_split" in settings else None)
    measured = len(opened)  # featurewise statistics read the files once
    list(batches)
    made = [x for x, _ in batches]
    threads = len(batch_threads())
    batches.shutdown()
    files = sorted(path.name for path in (tmp_path / "saved").glob("*"))
    sizes = [len(x) for x in made]
    assert holds(Made(np.concatenate(made), plain, len(opened) - measured, sizes, threads, files))


def test_validation_data_is_left_alone_if_that_is_asked_for(shared_folder):
    settings = {"validation_split": 0.5, "validation_augmentation_enabled": False}
    changed, plain = (
        np.concatenate([x for x, _ in flow(shared_folder, {**settings, **more}, subset="validation")])
        for more in (BLACK, {})
    )
    np.testing.assert_array_equal(changed, plain)


@pytest.mark.parametrize("pending", [1, 3])
def test_no_more_batches_are_made_ahead_than_asked_for(shared_folder, pending):
    made, enough = [], threading.Event()

    def count(image):
        made.append(1)
        if len(made) == 6 * (1 + pending):
            enough.set()
        return image

    batches = flow(
        shared_folder, {"cores": 2, "max_batches_pending": pending, "preprocessing_function": count}
    )
    batches[0]
    assert enough.wait(10)
    batches.shutdown()
    assert len(made) == 6 * (1 + pending)


@pytest.mark.parametrize("cores", [1, 2])
def test_bad_files_are_skipped_if_that_is_asked_for(make_folder, cores):
    folder = make_folder("data", circle=6, square=6, triangle=6)
    batches = flow(folder, {"cores": cores, "on_bad_file": "skip", "cache_mb": 0})
    (folder / "circle" / "000.png").unlink()
    (folder / "square" / "001.png").write_text("no picture")
    whole = (folder / "triangle" / "002.png").read_bytes()
    (folder / "triangle" / "002.png").write_bytes(whole[: len(whole) // 2])
    assert sum(len(x) for x, _ in batches) == 15
    assert [name.rpartition("/")[2] for name in batches.skipped] == ["000.png", "001.png", "002.png"]
    assert "is gone" in next(iter(batches.skipped.values()))
    batches.shutdown()
