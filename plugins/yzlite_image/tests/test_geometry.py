from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from yzlite_image.augmentation import Augmentation, changes
from yzlite_image.geometry import Geometry, affine_map, drawn_shift
from yzlite_image.kernels import FILL_MODES, _place

IMAGE = np.random.default_rng(3).uniform(0, 255, (11, 14, 2)).astype(np.float32)


def moved(image=IMAGE, fill_mode="nearest", cval=0.0, **parts) -> np.ndarray:
    augmentation = Augmentation(fill_mode=fill_mode, cval=cval)
    return augmentation.apply_batch(image[np.newaxis], changes(affine=affine_map(**parts)))[0]


def draw(geometry: Geometry, seed: int = 0, count: int = 1) -> np.ndarray:
    return geometry.maps(np.random.default_rng(seed).random((count, 10)), np.full((count, 2), (11, 14)))


@pytest.mark.parametrize(
    ("flip", "expected"),
    [((False, True), IMAGE[:, ::-1]), ((True, False), IMAGE[::-1]), ((True, True), IMAGE[::-1, ::-1])],
)
def test_flips_are_exact(flip, expected):
    np.testing.assert_array_equal(moved(flip=flip), expected)


def test_quarter_turns_are_exact_on_a_square():
    square = IMAGE[:, :11]
    np.testing.assert_allclose(moved(square, rotation=90), np.rot90(square), atol=1e-3)
    np.testing.assert_allclose(moved(square, rotation=180), square[::-1, ::-1], atol=1e-3)


def test_whole_shifts_are_exact():
    result = moved(shift=(2.0, -3.0))
    np.testing.assert_array_equal(result[:-2, 3:], IMAGE[2:, :-3])


def test_parts_are_composed_as_keras_does():
    t, s = math.radians(20), math.radians(10)
    rotation = np.array([[math.cos(t), -math.sin(t), 0], [math.sin(t), math.cos(t), 0], [0, 0, 1]])
    shift = np.array([[1, 0, 2], [0, 1, 3], [0, 0, 1]])
    shear = np.array([[1, -math.sin(s), 0], [0, math.cos(s), 0], [0, 0, 1]])
    zoom = np.diag([0.8, 1.3, 1])
    expected = rotation @ shift @ shear @ zoom  # of columns and rows
    a, b, c, d, y, x = affine_map(rotation=20, shift=(3, 2), shear=10, zoom=(1.3, 0.8))
    np.testing.assert_allclose([[d, c, x], [b, a, y]], expected[:2], atol=1e-12)


@pytest.mark.parametrize(
    ("fill_mode", "expected"),
    [
        ("nearest", [1, 1, 1, 1, 1, 1, 2, 3, 4, 4, 4, 4, 4]),
        ("reflect", [4, 4, 3, 2, 1, 1, 2, 3, 4, 4, 3, 2, 1]),
        ("wrap", [4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]),
        ("constant", [9, 9, 9, 9, 9, 1, 2, 3, 4, 9, 9, 9, 9]),
    ],
)
def test_what_is_beyond_the_edge(fill_mode, expected):
    row = np.array([1, 2, 3, 4], np.float32).reshape(1, 4, 1)
    seen = [moved(row, fill_mode, 9.0, shift=(0.0, float(k)))[0, 0, 0] for k in range(-5, 8)]
    assert seen == expected


@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize(
    "p", [-1e-17, -1e-9, 3.0, np.nextafter(3, 4), np.nextafter(4, 0), 4.0, -4.0, 1e9, -1e9]
)
def test_no_coordinate_leads_out_of_the_image(fill_mode, p):
    assert -1 <= _place(p, 4, FILL_MODES.index(fill_mode)) < 4


def test_between_the_last_and_the_first_pixel_of_a_wrapped_image():
    row = np.array([1, 2, 3, 5], np.float32).reshape(1, 4, 1)
    assert moved(row, "wrap", shift=(0.0, 3.5))[0, 0, 0] == 3.0


def test_the_given_image_stays_as_it_is():
    before = IMAGE.copy()
    moved(rotation=10)
    np.testing.assert_array_equal(IMAGE, before)


def test_draws_within_the_ranges():
    geometry = Geometry(rotation_range=30, shear_range=0, zoom_range=(0.5, 2.0), vertical_flip=True)
    for a, b, c, d, y, x in draw(geometry, count=200):
        rows, columns = math.hypot(a, c), math.hypot(b, d)
        assert 0.5 <= rows <= 2.0
        assert 0.5 <= columns <= 2.0
        assert abs(math.degrees(math.atan2(b, d))) <= 30
        assert (y, x) == (0, 0)


def test_half_of_the_images_are_flipped():
    geometry = Geometry(horizontal_flip=True)
    assert 150 < (draw(geometry, count=400)[:, 3] == -1).sum() < 250


def test_one_range_does_not_change_what_another_draws():
    (alone,) = draw(Geometry(rotation_range=30), 5)
    (together,) = draw(Geometry(rotation_range=30, width_shift_range=3), 5)
    np.testing.assert_array_equal(alone[:4], together[:4])
    assert (alone[4:] != together[4:]).any()


def parts_of(maps: np.ndarray) -> dict[str, np.ndarray]:
    """Return what maps without flips are made of, of which only one part is on in each test."""
    a, b, c, d, y, x = maps.T
    return {
        "rotation": np.degrees(np.arctan2(b, d)),
        "shear": np.degrees(np.arctan2(-c, a) - np.arctan2(b, d)),
        "zoom of rows": np.hypot(a, c),
        "zoom of columns": np.hypot(b, d),
        "shift of rows": y,
        "shift of columns": x,
    }


@pytest.mark.parametrize(
    ("settings", "part", "low", "high"),
    [
        ({"rotation_range": 35.0}, "rotation", -35, 35),
        ({"shear_range": 20.0}, "shear", -20, 20),
        ({"zoom_range": (0.8, 1.3)}, "zoom of rows", 0.8, 1.3),
        ({"zoom_range": (0.8, 1.3)}, "zoom of columns", 0.8, 1.3),
        ({"height_shift_range": 0.5}, "shift of rows", -5.5, 5.5),  # of 11 rows
        ({"width_shift_range": 4.5}, "shift of columns", -4.5, 4.5),
    ],
)
def test_values_of_a_range_are_equally_likely(settings, part, low, high):
    drawn = parts_of(draw(Geometry(**settings), seed=2, count=4000))[part]
    assert low <= drawn.min() <= drawn.max() <= high
    assert stats.kstest(drawn, stats.uniform(low, high - low).cdf).pvalue > 0.001


def test_zooms_of_the_axes_and_flips_are_drawn_apart():
    parts = parts_of(draw(Geometry(zoom_range=(0.8, 1.3)), count=4000))
    assert abs(np.corrcoef(parts["zoom of rows"], parts["zoom of columns"])[0, 1]) < 0.05
    maps = draw(Geometry(horizontal_flip=True, vertical_flip=True), count=4000)
    mirrored, upset = maps[:, 3] < 0, maps[:, 0] < 0
    for both in (mirrored & upset, mirrored & ~upset, ~mirrored & upset, ~mirrored & ~upset):
        assert both.mean() == pytest.approx(0.25, abs=0.03)


def test_shifts_by_whole_pixels_and_from_a_list_are_equally_likely():
    for shift, values in ((3, 7), ((2.0, 5.0), 4)):
        drawn = parts_of(draw(Geometry(height_shift_range=shift), count=7000))["shift of rows"]
        _, counts = np.unique(drawn, return_counts=True)
        assert len(counts) == values
        assert stats.chisquare(counts).pvalue > 0.001


@pytest.mark.parametrize(
    ("shift", "drawn"),
    [
        (3, {-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0}),
        ((2.0, 5.0), {-5.0, -2.0, 2.0, 5.0}),
        ((0.1, 0.5), {-50.0, -10.0, 10.0, 50.0}),
    ],
)
def test_shifts_in_whole_pixels_and_from_a_list(shift, drawn):
    u, sign = np.random.default_rng(1).random((2, 500))
    assert set(drawn_shift(shift, 100, u, sign).tolist()) == drawn


@pytest.mark.parametrize(("shift", "largest"), [(0.2, 20.0), (7.5, 7.5)])
def test_shifts_by_a_share_of_the_side_or_in_pixels(shift, largest):
    drawn = drawn_shift(shift, 100, np.array([0.0, 0.75]), np.zeros(2))
    assert drawn.tolist() == [-largest, largest / 2]
