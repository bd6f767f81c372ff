"""Each change of an image, beside an implementation that shares no line with ours."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from scipy import ndimage

from yzlite_image.augmentation import Augmentation, changes
from yzlite_image.geometry import affine_map
from yzlite_image.kernels import FILL_MODES
from yzlite_image.noise import NOISES

CHANNELS = (1, 3, 4)
#: What SciPy calls the ways to fill what is beyond the edge.
SCIPY_MODES = {"nearest": "nearest", "reflect": "reflect", "wrap": "grid-wrap", "constant": "grid-constant"}
PARTS = {
    "rotation": {"rotation": 23.0},
    "shift": {"shift": (1.3, -2.4)},
    "shear": {"shear": 17.0},
    "zoom": {"zoom": (0.7, 1.2)},
    "flip": {"flip": (False, True)},
    "all": {"rotation": 131.0, "shift": (0.4, 3.7), "shear": -9.0, "zoom": (0.9, 1.3), "flip": (True, False)},
}


def image(channels: int, height: int = 23, width: int = 31) -> np.ndarray:
    """Soft shapes, as photographs have them, with every value from black to white."""
    noise = np.random.default_rng(channels).normal(size=(height, width, channels))
    soft = ndimage.gaussian_filter(noise, (1.5, 1.5, 0), mode="wrap")
    return np.rint(255 * (soft - soft.min()) / np.ptp(soft)).astype(np.float32)


def augmented(data: np.ndarray, augmentation: Augmentation | None = None, **drawn) -> np.ndarray:
    """Return the changed image, which has to be the same whether it is given in bytes or not."""
    augmentation = augmentation or Augmentation()
    made, of_bytes = (
        augmentation.apply_batch(data.astype(dtype)[np.newaxis], changes(**drawn))[0]
        for dtype in (np.float32, np.uint8)
    )
    np.testing.assert_array_equal(made, of_bytes)
    return made


def by_scipy(data: np.ndarray, affine, fill_mode: str, cval: float) -> np.ndarray:
    a, b, c, d, y, x = affine
    matrix = np.array([[a, b], [c, d]])
    middle = (np.array(data.shape[:2]) - 1) / 2
    offset = middle + np.array([y, x]) - matrix @ middle
    moved = [
        ndimage.affine_transform(
            data[:, :, k].astype(np.float64), matrix, offset, order=1, mode=SCIPY_MODES[fill_mode], cval=cval
        )
        for k in range(data.shape[2])
    ]
    return np.stack(moved, axis=2)


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS)
def test_geometry_agrees_with_scipy_to_a_tenth_of_a_level(channels, fill_mode, parts):
    data, affine = image(channels), affine_map(**parts)
    mine = augmented(data, Augmentation(fill_mode=fill_mode, cval=77.0), affine=affine)
    theirs = by_scipy(data, affine, fill_mode, 77.0)
    if fill_mode == "constant":  # between the last pixel and the constant SciPy blends, and we do not
        inside = by_scipy(np.ones_like(data), affine, fill_mode, 0.0) > 1 - 1e-9
        outside = by_scipy(np.ones_like(data), affine, fill_mode, 0.0) < 1e-9
        np.testing.assert_allclose(mine[inside], theirs[inside], atol=0.1)
        np.testing.assert_array_equal(mine[outside], 77.0)
        assert inside.mean() > 0.3
    else:
        np.testing.assert_allclose(mine, theirs, atol=0.1)


def pillow(data: np.ndarray) -> Image.Image:
    return Image.fromarray((data[:, :, 0] if data.shape[2] == 1 else data).astype(np.uint8))


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize(
    ("name", "enhancer"), [("brightness", ImageEnhance.Brightness), ("contrast", ImageEnhance.Contrast)]
)
@pytest.mark.parametrize("factor", [0.0, 0.5, 1.0, 1.7])
def test_brightness_and_contrast_agree_with_pillow_to_a_level(channels, name, enhancer, factor):
    data = image(channels)
    theirs = np.asarray(enhancer(pillow(data)).enhance(factor), np.float32).reshape(data.shape)
    mine = augmented(data, **{name: factor})
    np.testing.assert_allclose(mine, theirs, atol=1.5)  # Pillow rounds the mean and the values


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("amount", [-40.0, 25.0])
def test_channel_shift_is_an_addition_within_the_range(channels, amount):
    data = image(channels)
    expected = np.clip(data + amount, data.min(), data.max())
    if channels == 4:
        expected[:, :, 3] = data[:, :, 3]
    np.testing.assert_array_equal(augmented(data, amount=amount), expected)


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize(
    ("name", "deviation"),
    [("gauss", lambda v: 10.0), ("poisson", lambda v: np.sqrt(v)), ("speckle", lambda v: 0.1 * v)],
)
def test_noise_has_the_promised_spread(channels, name, deviation):
    level = 120.0
    data = np.full((96, 96, channels), level, np.float32)
    noisy = augmented(data, noise=NOISES[name], seed=5)[:, :, :3]
    assert noisy.mean() == pytest.approx(level, abs=0.5)
    assert noisy.std() == pytest.approx(deviation(level), rel=0.05)


@pytest.mark.parametrize("channels", CHANNELS)
def test_salt_and_pepper_turn_one_pixel_in_a_hundred(channels):
    data = np.full((100, 100, channels), 120.0, np.float32)
    colours = augmented(data, noise=NOISES["s&p"], seed=5)[:, :, :3]
    turned = (colours != 120.0).any(axis=2)
    assert 85 <= turned.sum() <= 100  # a pixel may be drawn twice
    assert 40 <= (colours[:, :, 0] == 255).sum() <= 50
    assert 40 <= (colours[:, :, 0] == 0).sum() <= 50


def test_how_opaque_a_pixel_is_moves_with_it_and_stays():
    data = image(4)
    values = {"amount": 30.0, "brightness": 0.4, "contrast": 1.6, "noise": NOISES["speckle"], "seed": 7}
    changed = augmented(data, affine=affine_map(flip=(False, True)), **values)
    np.testing.assert_array_equal(changed[:, :, 3], data[:, ::-1, 3])
