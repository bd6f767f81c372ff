from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from yzlite_core.errors import DatasetError
from yzlite_image.unique import UniqueImageDatabase, create_signature


def scene(seed: int, channels: int = 1) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(48, 64, channels))
    soft = ndimage.gaussian_filter(noise, (4, 4, 0))
    return (255 * (soft - soft.min()) / np.ptp(soft)).astype(np.uint8)


def test_the_same_scene_again_is_not_new():
    known = UniqueImageDatabase()
    assert known.add(scene(1))
    noisy = scene(1) + np.random.default_rng(9).normal(0, 6, (48, 64, 1))
    for again in (scene(1), noisy, scene(1) * 0.5 + 20, scene(1)[:, :, 0], scene(1).repeat(3, axis=2)):
        assert not known.add(again)
    assert len(known) == 1


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_other_scenes_are_new(channels):
    known = UniqueImageDatabase()
    assert all(known.add(scene(seed, channels)) for seed in range(20))


def test_the_oldest_is_forgotten():
    known = UniqueImageDatabase(maxlen=2)
    assert [known.add(scene(seed)) for seed in (1, 2, 3, 1)] == [True] * 4
    assert len(known) == 2


def test_threshold_and_quadrants_say_what_is_the_same():
    changed = scene(1).copy()
    changed[:8, :8] = 255 - changed[:8, :8]
    likeness = [
        float(first @ second)
        for first, second in (
            (create_signature(scene(1), quadrants), create_signature(changed, quadrants))
            for quadrants in (1, 6)
        )
    ]
    strict = UniqueImageDatabase(threshold=likeness[1] + 1e-6, quadrants=6)
    lax = UniqueImageDatabase(threshold=likeness[1] - 1e-6, quadrants=6)
    assert likeness[0] != likeness[1]
    assert [strict.add(scene(1)), strict.add(changed)] == [True, True]
    assert [lax.add(scene(1)), lax.add(changed)] == [True, False]


def test_is_where_the_original_has_it():
    from yzlite.core.preprocess.image import image_database

    assert image_database.UniqueImageDatabase is UniqueImageDatabase
    assert image_database.create_signature is create_signature


def test_images_without_structure_are_all_alike():
    known = UniqueImageDatabase()
    assert known.add(np.full((8, 8, 1), 3))
    assert not known.add(np.full((9, 7), 200))
    assert known.add(scene(1))


def test_what_is_no_image():
    with pytest.raises(DatasetError, match="is no image"):
        UniqueImageDatabase().add(np.zeros((2, 3, 4, 5)))
