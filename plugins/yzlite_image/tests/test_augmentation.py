from __future__ import annotations

import numpy as np
import pytest

from yzlite_core.batches import Sample, Transform
from yzlite_image.augmentation import Augmentation, Changes
from yzlite_image.geometry import Geometry
from yzlite_image.noise import NOISES

IMAGE = np.random.default_rng(3).integers(0, 256, (9, 12, 1)).astype(np.float32)
FULL = Augmentation(
    Geometry(rotation_range=30, horizontal_flip=True), (-20, 20), (0.5, 1.7), (0.5, 1.7), ("gauss", "s&p")
)


def draw(augmentation: Augmentation, seed: int = 0) -> Changes | None:
    return augmentation.draw(np.random.default_rng(seed), Sample(0, None, "image", IMAGE.shape))


def changed(image=IMAGE, **changes) -> np.ndarray:
    return Augmentation().apply(image, Changes(**changes))


def test_is_a_transform():
    assert isinstance(FULL, Transform)


def test_an_amount_stays_within_the_images_own_range():
    image = np.array([10, 100, 200], np.float32).reshape(1, 3, 1)
    assert changed(image, amount=30.0).ravel().tolist() == [40, 130, 200]
    assert changed(image, amount=-30.0).ravel().tolist() == [10, 70, 170]


def test_steps_come_in_their_order():
    flip = (1.0, 0.0, 0.0, -1.0, 0.0, 0.0)
    every = Changes(flip, 30.0, 1.5, 1.6, NOISES["gauss"], 7)
    image = IMAGE
    for step in (
        {"affine": flip},
        {"amount": 30.0},
        {"brightness": 1.5},
        {"contrast": 1.6},
        {"noise": NOISES["gauss"], "seed": 7},
    ):
        image = changed(image, **step)
    np.testing.assert_array_equal(FULL.apply(IMAGE, every), image)


def test_nothing_is_drawn_where_nothing_is_on():
    assert draw(Augmentation()) is None
    np.testing.assert_array_equal(changed(), IMAGE)


def test_draws_from_the_ranges():
    drawn = [draw(FULL, seed) for seed in range(400)]
    for name, low, high in (("amount", -20, 20), ("brightness", 0.5, 1.7), ("contrast", 0.5, 1.7)):
        values = [getattr(changes, name) for changes in drawn]
        margin = 0.05 * (high - low)
        assert low <= min(values) < low + margin
        assert high - margin < max(values) <= high
    kinds = [changes.noise for changes in drawn]
    assert 150 < kinds.count(NOISES["gauss"]) < 250
    assert set(kinds) == {NOISES["gauss"], NOISES["s&p"]}
    assert len({changes.seed for changes in drawn}) == 400


def test_one_range_does_not_change_what_another_draws():
    alone = draw(Augmentation(contrast=(0.5, 1.7)))
    together = draw(FULL)
    assert alone.contrast == together.contrast
    assert (alone.affine, alone.amount, alone.brightness) == (Changes().affine, 0.0, 1.0)


@pytest.mark.parametrize("image", [IMAGE, np.asfortranarray(IMAGE), IMAGE.astype(np.float64), IMAGE[:, ::-1]])
def test_takes_any_layout_and_leaves_it_as_it_is(image):
    before = image.copy()
    result = FULL.apply(image, draw(FULL))
    assert result.dtype == np.float32
    np.testing.assert_array_equal(image, before)
    np.testing.assert_array_equal(result, FULL.apply(before, draw(FULL)))
