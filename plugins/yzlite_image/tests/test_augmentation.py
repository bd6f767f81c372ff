from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from yzlite_core.data.batches import (
    ArraySource,
    Batches,
    BatchTransform,
    FunctionTransform,
    RandomNumbers,
    Sample,
    Samples,
)
from yzlite_image.augmentation import CHANGES, Augmentation, changes
from yzlite_image.geometry import IDENTITY, Geometry
from yzlite_image.noise import NOISES

IMAGE = np.random.default_rng(3).integers(0, 256, (9, 12, 1)).astype(np.float32)
FULL = Augmentation(
    Geometry(rotation_range=30, horizontal_flip=True), (-20, 20), (0.5, 1.7), (0.5, 1.7), ("gauss", "s&p")
)


def draw(augmentation: Augmentation, seed: int = 0, count: int = 1) -> np.ndarray:
    images = np.broadcast_to(IMAGE, (count, *IMAGE.shape))
    samples = Samples(lambda index, shape: Sample(index, None, "image", shape), range(count), images)
    return augmentation.draw_batch(RandomNumbers(seed, 0, range(count)), samples)


def changed(image=IMAGE, **fields) -> np.ndarray:
    return Augmentation().apply_batch(image[np.newaxis], changes(**fields))[0]


def test_takes_a_batch_at_once():
    assert isinstance(FULL, BatchTransform)


def test_an_amount_stays_within_the_images_own_range():
    image = np.array([10, 100, 200], np.float32).reshape(1, 3, 1)
    assert changed(image, amount=30.0).ravel().tolist() == [40, 130, 200]
    assert changed(image, amount=-30.0).ravel().tolist() == [10, 70, 170]


def test_steps_come_in_their_order():
    flip = (1.0, 0.0, 0.0, -1.0, 0.0, 0.0)
    steps = (
        {"affine": flip},
        {"amount": 30.0},
        {"brightness": 1.5},
        {"contrast": 1.6},
        {"noise": NOISES["gauss"], "seed": 7},
    )
    image = IMAGE
    for step in steps:
        image = changed(image, **step)
    every = {name: value for step in steps for name, value in step.items()}
    np.testing.assert_array_equal(changed(**every), image)


def test_nothing_is_drawn_where_nothing_is_on():
    assert draw(Augmentation())[list(CHANGES.names[:-1])] == changes()[list(CHANGES.names[:-1])]
    np.testing.assert_array_equal(changed(), IMAGE)


def test_draws_from_the_ranges():
    drawn = draw(FULL, count=400)
    for name, low, high in (("amount", -20, 20), ("brightness", 0.5, 1.7), ("contrast", 0.5, 1.7)):
        values = drawn[name]
        assert stats.kstest(values, stats.uniform(low, high - low).cdf).pvalue > 0.001
        margin = 0.05 * (high - low)
        assert low <= min(values) < low + margin
        assert high - margin < max(values) <= high
        assert np.mean(values) == pytest.approx((low + high) / 2, abs=margin)
    gauss, specks = (drawn["noise"] == NOISES[name] for name in ("gauss", "s&p"))
    assert 150 < gauss.sum() < 250
    assert np.all(gauss ^ specks)
    assert len(set(drawn["seed"].tolist())) == 400


def test_one_range_does_not_change_what_another_draws():
    (alone,) = draw(Augmentation(contrast=(0.5, 1.7)))
    (together,) = draw(FULL)
    assert alone["contrast"] == together["contrast"]
    assert (tuple(alone["affine"]), alone["amount"], alone["brightness"]) == (IDENTITY, 0.0, 1.0)


def test_a_sample_is_changed_alike_whoever_is_in_its_batch():
    images = np.random.default_rng(4).integers(0, 256, (40, 9, 12, 3)).astype(np.uint8)
    batches = Batches(ArraySource(images), transforms=FULL.parts, batch_size=16)
    together = np.concatenate(list(batches))
    np.testing.assert_array_equal(together, [batches.sample(index) for index in range(40)])
    np.testing.assert_array_equal(together[7], list(batches.steps(7))[-1].data)


def test_images_of_different_sizes_share_a_batch():
    class Cut(ArraySource):
        def load(self, index):
            return super().load(index)[: 5 + index]

    widths = FunctionTransform(lambda image: image.mean(axis=(0, 1)), 500)
    batches = Batches(Cut(np.stack([IMAGE] * 4)), transforms=[*FULL.parts, widths])
    np.testing.assert_array_equal(batches[0], [batches.sample(index) for index in range(4)])


@pytest.mark.parametrize("image", [IMAGE, np.asfortranarray(IMAGE), IMAGE.astype(np.float64), IMAGE[:, ::-1]])
def test_takes_any_layout_and_leaves_it_as_it_is(image):
    before = image.copy()
    (result,) = FULL.apply_batch(image[np.newaxis], draw(FULL))
    assert result.dtype == np.float32
    np.testing.assert_array_equal(image, before)
    np.testing.assert_array_equal(result, FULL.apply_batch(before[np.newaxis], draw(FULL))[0])
