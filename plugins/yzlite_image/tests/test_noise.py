from __future__ import annotations

import numpy as np
import pytest

from yzlite_image.augmentation import Augmentation, changes
from yzlite_image.noise import NOISES, normal_quantiles

SHAPE = (64, 64, 3)


def noisy(kind: str, value: float, seed: int = 0, shape=SHAPE) -> np.ndarray:
    image = np.full((1, *shape), value, np.float32)
    return Augmentation().apply_batch(image, changes(noise=NOISES[kind], seed=seed))[0]


@pytest.mark.parametrize(
    ("kind", "value", "std"),
    [("gauss", 120, 10), ("poisson", 100, 10), ("poisson", 16, 4), ("speckle", 100, 10), ("speckle", 40, 4)],
)
def test_mean_and_deviation(kind, value, std):
    difference = noisy(kind, value) - value
    assert abs(difference.mean()) < 0.05 * std
    assert difference.std() == pytest.approx(std, rel=0.03)


@pytest.mark.parametrize("kind", ["poisson", "speckle"])
def test_black_stays_black_where_noise_follows_the_light(kind):
    assert not noisy(kind, 0).any()


@pytest.mark.parametrize("kind", NOISES)
@pytest.mark.parametrize("value", [0, 255])
def test_values_stay_in_the_range(kind, value):
    image = noisy(kind, value)
    assert 0 <= image.min() <= image.max() <= 255


def test_salt_and_pepper_take_whole_pixels():
    image = noisy("s&p", 100)
    changed = (image != 100).any(axis=2)
    assert changed.mean() == pytest.approx(0.01, abs=0.001)
    assert set(image[changed].sum(axis=1).tolist()) == {0.0, 3 * 255.0}
    assert abs((image[changed] == 255).mean() - 0.5) < 0.1


@pytest.mark.parametrize("kind", NOISES)
def test_the_seed_decides(kind):
    np.testing.assert_array_equal(noisy(kind, 100, 1), noisy(kind, 100, 1))
    assert not np.array_equal(noisy(kind, 100, 1), noisy(kind, 100, 2))


def test_noise_is_normal_and_uncorrelated():
    numbers = ((noisy("gauss", 128, 5, (1000, 1000, 1)) - 128) / 10).ravel()
    for sigma, share in ((1, 0.6827), (2, 0.9545), (3, 0.9973)):
        assert (np.abs(numbers) < sigma).mean() == pytest.approx(share, abs=0.002)
    for lag in (1, 2, 3, 4, 128, 256, 1000):
        assert abs(np.corrcoef(numbers[lag:], numbers[:-lag])[0, 1]) < 0.005
    other = ((noisy("gauss", 128, 6, (1000, 1000, 1)) - 128) / 10).ravel()
    assert abs(np.corrcoef(numbers, other)[0, 1]) < 0.005


def test_the_quantiles_are_those_of_the_normal_distribution():
    quantiles = normal_quantiles()
    assert quantiles.dtype == np.float32
    np.testing.assert_allclose(quantiles, -quantiles[::-1], atol=1e-6)
    assert quantiles.std() == pytest.approx(1, abs=1e-3)
    assert 4.2 < quantiles.max() < 4.4
