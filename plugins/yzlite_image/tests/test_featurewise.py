from __future__ import annotations

import numpy as np
import pytest

from yzlite_core.data.batches import ArraySource, Batches
from yzlite_core.errors import DatasetError
from yzlite_image.featurewise import measure

MANY = np.random.default_rng(4).normal(100, 30, (40, 3, 4, 2)).astype(np.float32)


def batches(x: np.ndarray) -> Batches:
    return Batches(ArraySource(x), batch_size=7)


def test_statistics_of_each_channel():
    found = measure(batches(MANY), std=True)
    np.testing.assert_allclose(found.mean, MANY.mean((0, 1, 2)), rtol=1e-5)
    np.testing.assert_allclose(found.std, MANY.std((0, 1, 2)), rtol=1e-4)
    standardized = found(MANY)
    np.testing.assert_allclose(standardized.mean((0, 1, 2)), 0, atol=1e-4)
    np.testing.assert_allclose(standardized.std((0, 1, 2)), 1, atol=1e-4)


def test_centring_alone_divides_by_nothing():
    assert measure(batches(MANY)).std is None


def test_whitening_takes_the_correlations_out():
    mixed = MANY @ np.array([[1, 0.9], [0.9, 1]], np.float32)
    found = measure(batches(mixed), std=True, zca_epsilon=1e-6)
    white = found(mixed).reshape(len(mixed), -1)
    np.testing.assert_allclose(white.T @ white / len(white), np.eye(24), atol=1e-2)


def test_whitening_of_large_images_is_refused():
    large = np.zeros((2, 80, 80, 1), np.float32)
    with pytest.raises(DatasetError, match=r"6,400 x 6,400 .* too large"):
        measure(batches(large), zca_epsilon=1e-6)
