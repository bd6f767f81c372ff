from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import tensorflow
from PIL import Image

from yzlite_core.data.batches import FileSource
from yzlite_core.errors import DatasetError, UnreadableSampleError
from yzlite_image.decode import FORMATS, INTERPOLATIONS, image_decoder, read_image_file
from yzlite_image.saving import write_image_file

read = partial(read_image_file, return_numpy=True)
RGB = np.random.default_rng(3).integers(0, 256, (9, 12, 3), np.uint8)
GREY = RGB[:, :, :1]


@pytest.mark.parametrize("suffix", ["png", "bmp", "ppm", "tif", "tiff"])
@pytest.mark.parametrize("pixels", [RGB, GREY])
def test_lossless_formats_come_back_exactly(tmp_path, suffix, pixels):
    path = write_image_file(tmp_path / f"image.{suffix}", pixels, auto_scale=False)
    np.testing.assert_array_equal(read(path), pixels)


@pytest.mark.parametrize("suffix", ["jpg", "jpeg"])
def test_jpeg(tmp_path, suffix):
    path = write_image_file(
        tmp_path / f"image.{suffix}", np.full((16, 16, 3), 99, np.uint8), auto_scale=False
    )
    np.testing.assert_allclose(read(path), 99, atol=2)


def test_npy_keeps_type_and_range(tmp_path):
    data = np.random.default_rng(0).normal(0, 1000, (5, 7)).astype(np.float32)
    np.save(tmp_path / "image.npy", data)
    np.testing.assert_array_equal(read(tmp_path / "image.npy"), data[:, :, np.newaxis])


@pytest.mark.parametrize(
    ("mode", "color_mode", "channels"),
    [
        ("L", "rgb", 3),
        ("L", "rgba", 4),
        ("RGB", "grayscale", 1),
        ("RGBA", "rgb", 3),
        ("P", "rgb", 3),
        ("P", "auto", 3),
        ("1", "auto", 1),
        ("LA", "auto", 1),
        ("RGBA", "auto", 4),
        ("CMYK", "auto", 3),
    ],
)
def test_color_modes(tmp_path, mode, color_mode, channels):
    path = tmp_path / ("image.tif" if mode == "CMYK" else "image.png")
    Image.fromarray(RGB).convert(mode).save(path)
    pixels = image_decoder(color_mode)(path)
    assert pixels.shape == (9, 12, channels)
    assert pixels.dtype == np.uint8


def test_a_transparent_palette_is_no_warning(tmp_path):
    Image.fromarray(RGB).convert("P").save(tmp_path / "image.png", transparency=bytes([0, 255]))
    assert image_decoder("rgb")(tmp_path / "image.png").shape == (9, 12, 3)


def test_grayscale_weighs_the_channels(tmp_path):
    path = write_image_file(tmp_path / "image.png", RGB, auto_scale=False)
    expected = RGB @ [0.299, 0.587, 0.114]
    np.testing.assert_allclose(image_decoder("grayscale")(path)[:, :, 0], expected, atol=1)


def test_sixteen_bits_become_eight(tmp_path):
    Image.fromarray(np.array([[0, 256, 32768, 65535]], np.uint16)).save(tmp_path / "image.png")
    assert image_decoder("grayscale")(tmp_path / "image.png").ravel().tolist() == [0, 1, 128, 255]


@pytest.mark.parametrize("interpolation", [name for name in INTERPOLATIONS if name != "none"])
def test_resizes_as_pillow_does(tmp_path, interpolation):
    path = write_image_file(tmp_path / "image.png", RGB, auto_scale=False)
    expected = Image.fromarray(RGB).resize((5, 6), Image.Resampling[interpolation.upper()])
    np.testing.assert_array_equal(image_decoder("rgb", (6, 5), interpolation)(path), np.asarray(expected))


@pytest.mark.parametrize("interpolation", ["none", None])
def test_no_interpolation_leaves_the_size(tmp_path, interpolation):
    path = write_image_file(tmp_path / "image.png", RGB, auto_scale=False)
    assert image_decoder("rgb", (6, 5), interpolation)(path).shape == RGB.shape


def test_arrays_are_resized_without_rounding(tmp_path):
    data = np.linspace(-1, 1, 2 * 8 * 2, dtype=np.float64).reshape(8, 2, 2)
    np.save(tmp_path / "image.npy", data)
    resized = image_decoder("auto", (4, 2), "box")(tmp_path / "image.npy")
    np.testing.assert_allclose(resized, (data[::2] + data[1::2]) / 2, atol=1e-6)


@pytest.mark.parametrize(
    ("shape", "color_mode"),
    [((4, 4, 2), "rgb"), ((4,), "auto"), ((2, 4, 4, 1), "auto"), ((0, 4, 3), "rgb")],
)
def test_arrays_of_a_wrong_shape(tmp_path, shape, color_mode):
    np.save(tmp_path / "image.npy", np.zeros(shape))
    source = FileSource([tmp_path / "image.npy"], image_decoder(color_mode))
    with pytest.raises(UnreadableSampleError, match=r"image\.npy cannot be decoded: its shape is \("):
        source.load(0)


@pytest.mark.parametrize("values", [[[np.nan]], [[np.inf]], [["a"]], [[1j]]])
def test_arrays_without_numbers(tmp_path, values):
    np.save(tmp_path / "image.npy", np.array(values))
    with pytest.raises(DatasetError, match=r"image\.npy cannot be decoded: .*no finite numbers"):
        read(tmp_path / "image.npy")


def spoiled(folder: Path, kind: str, suffix: str) -> Path:
    path = folder / f"bad.{suffix}"
    if kind == "truncated":
        noise = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
        if suffix == "npy":
            np.save(path, noise)
        else:
            Image.fromarray(noise).save(path)
        path.write_bytes(path.read_bytes()[:-900])
    else:
        path.write_bytes(b"" if kind == "empty" else b"this is not an image")
    return path


@pytest.mark.parametrize("kind", ["truncated", "empty", "text"])
@pytest.mark.parametrize("suffix", sorted(set(FORMATS) - {"jpeg", "tiff"}))
def test_a_spoiled_file_is_named(tmp_path, kind, suffix):
    path = spoiled(tmp_path, kind, suffix)
    with pytest.raises(DatasetError) as caught:
        FileSource([path], image_decoder("grayscale", (8, 8))).load(0)
    assert f"{path} cannot be decoded" in caught.value.message
    assert caught.value.hint == "replace or remove the file"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r"There is no image file .*gone\.png"):
        read(tmp_path / "gone.png")
    with pytest.raises(UnreadableSampleError, match=r"gone\.png is gone since the dataset was listed"):
        FileSource([tmp_path / "gone.png"], image_decoder()).load(0)


def test_a_tensor_unless_an_array_is_asked_for(tmp_path):
    path = write_image_file(tmp_path / "image.png", RGB, auto_scale=False)
    tensor = read_image_file(path)
    assert tensor.dtype == "uint8"
    np.testing.assert_array_equal(tensor.numpy(), RGB)
    assert isinstance(read_image_file(path, return_numpy=True), np.ndarray)
    np.testing.assert_array_equal(read(tensorflow.constant(str(path))), tensor)
