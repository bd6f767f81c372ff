"""The changes of one image by Keras' names, and generators that override how they are made."""

from __future__ import annotations

import numpy as np
import pytest

from yzlite_core.errors import DatasetError
from yzlite_image.generator import ParallelImageDataGenerator
from yzlite_image.keras_transform import CHANGE_NAMES

X = np.random.default_rng(1).integers(0, 256, (6, 12, 16, 3)).astype(np.uint8)
BY_KERAS = {
    "rotated": {"theta": 25.0},
    "moved": {"tx": 2.0, "ty": -3.0},
    "sheared": {"shear": 11.0},
    "zoomed": {"zx": 0.8, "zy": 1.3},
    "all of it": {
        "theta": -40.0,
        "tx": 1.5,
        "ty": 2.5,
        "shear": -8.0,
        "zx": 1.2,
        "zy": 0.9,
        "flip_vertical": True,
    },
    "flipped": {"flip_horizontal": True, "flip_vertical": True},
    "lighter": {"channel_shift_intensity": 20.0},
    "nothing": {"theta": 0, "zx": 1, "zy": 1, "brightness": None, "channel_shift_intensity": None},
}


@pytest.mark.filterwarnings("ignore:.*scipy.ndimage:DeprecationWarning")  # Keras' old code uses old names
@pytest.mark.parametrize("transform", BY_KERAS.values(), ids=BY_KERAS)
def test_an_image_is_changed_as_keras_changes_it(transform):
    legacy = pytest.importorskip("keras.src.legacy.preprocessing.image")
    image = X[0, :, :12].astype(np.float32)  # a square, because Keras takes the height for the width
    mine = ParallelImageDataGenerator().apply_transform(image, transform)
    theirs = legacy.ImageDataGenerator().apply_transform(image.copy(), dict(transform))
    np.testing.assert_allclose(mine, theirs, atol=0.1)


def test_what_is_drawn_has_the_names_of_keras():
    generator = ParallelImageDataGenerator(rotation_range=35, zoom_range=0.2, noise=["gauss", "s&p"])
    drawn = generator.get_random_transform((12, 16, 3), seed=5)
    assert set(drawn) == set(CHANGE_NAMES)
    assert drawn == generator.get_random_transform((12, 16, 3), seed=5)
    assert drawn != generator.get_random_transform((12, 16, 3), seed=6)
    assert generator.get_random_transform((12, 16, 3)) != generator.get_random_transform((12, 16, 3))
    assert -35 <= drawn["theta"] <= 35
    assert drawn["noise"] in ("gauss", "s&p")
    assert ParallelImageDataGenerator().get_random_transform((12, 16, 3), 5) == {
        **CHANGE_NAMES,
        "noise_seed": drawn["noise_seed"],
    }


def test_an_image_and_its_mask_move_alike():
    generator = ParallelImageDataGenerator(rotation_range=90, width_shift_range=0.3, horizontal_flip=True)
    drawn = generator.get_random_transform(X[0].shape, seed=3)
    image = generator.apply_transform(X[0], drawn)
    mask = generator.apply_transform(X[0, :, :, :1], drawn)
    np.testing.assert_array_equal(image[:, :, :1], mask)
    assert not np.array_equal(mask, X[0, :, :, :1])


@pytest.mark.parametrize(
    ("transform", "message"),
    [
        ({"thetta": 3}, "no change of images 'thetta'.*theta"),
        ({"noise": "snow"}, "no noise 'snow'.*gauss"),
    ],
)
def test_unknown_changes_are_named(transform, message):
    with pytest.raises(DatasetError, match=message):
        ParallelImageDataGenerator().apply_transform(X[0], transform)


class OnlyToTheRight(ParallelImageDataGenerator):
    def get_random_transform(self, img_shape, seed=None):
        return {"tx": -abs(super().get_random_transform(img_shape, seed)["tx"])}


class Inverted(ParallelImageDataGenerator):
    def standardize(self, x):
        return 255 - super().standardize(x)


class Failing(ParallelImageDataGenerator):
    def apply_transform(self, x, transform_parameters):
        raise RuntimeError("no luck")


def made(generator: ParallelImageDataGenerator, images: np.ndarray = X) -> np.ndarray:
    batches = generator.flow(images, batch_size=2, shuffle=False, seed=2)
    try:
        return np.concatenate(list(batches))
    finally:
        batches.shutdown()


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_batches_are_made_by_the_method_that_is_overridden(workers):
    ramp = np.tile(np.arange(16, dtype=np.float32)[:, np.newaxis], (8, 12, 1, 1))
    moved = made(OnlyToTheRight(cores=workers, width_shift_range=5), ramp)
    assert (moved <= ramp).all()
    assert (moved < ramp).any(axis=(1, 2, 3)).sum() > 4
    np.testing.assert_array_equal(moved, made(OnlyToTheRight(debug=True, width_shift_range=5), ramp))
    off = OnlyToTheRight(width_shift_range=5, random_transforms_enabled=False)
    np.testing.assert_array_equal(made(off, ramp), ramp)


def test_batches_are_standardized_by_the_method_that_is_overridden():
    np.testing.assert_array_equal(made(Inverted(cores=2)), 255 - X.astype(np.float32))


def test_an_overriding_method_sees_the_statistics_of_the_training_data():
    plain, inverted = (
        kind(cores=1, featurewise_center=True) for kind in (ParallelImageDataGenerator, Inverted)
    )
    np.testing.assert_array_equal(made(inverted), 255 - made(plain))
    assert abs(made(plain).mean()) < 1


def test_a_failing_method_is_named_with_the_image(shared_folder):
    batches = Failing(cores=2).flow_from_directory(shared_folder, target_size=(12, 16), classes=["circle"])
    with pytest.raises(DatasetError, match=r"random_transform failed on .*circle.*no luck"):
        list(batches)
    batches.shutdown()
