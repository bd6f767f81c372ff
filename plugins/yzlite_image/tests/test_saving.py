from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from yzlite_core.errors import DatasetError
from yzlite_image.decode import read_image_file
from yzlite_image.saving import SaveImages, write_image_file

read = partial(read_image_file, return_numpy=True)
RAMP = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4, 1)


def test_values_are_stretched(tmp_path):
    written = read(write_image_file(tmp_path / "image.png", RAMP))
    np.testing.assert_allclose(written, (RAMP + 1) * 127.5, atol=0.51)


def test_values_are_rounded_and_clipped(tmp_path):
    data = np.array([[-5, 1.4], [1.6, 300]], np.float32)
    path = write_image_file(tmp_path / "image.png", data, auto_scale=False)
    assert read(path).ravel().tolist() == [0, 1, 2, 255]


def test_a_uniform_image_is_not_stretched(tmp_path):
    path = write_image_file(tmp_path / "image.png", np.full((2, 2), 7))
    assert set(read(path).ravel()) == {7}


def test_integers_are_not_stretched(tmp_path):
    few = np.array([[60, 90], [100, 120]], np.uint8)
    assert read(write_image_file(tmp_path / "a.png", few)).ravel().tolist() == [60, 90, 100, 120]
    quantized = np.array([[-128, -1], [0, 127]], np.int8)
    path = write_image_file(tmp_path / "b.png", quantized)
    assert read(path).ravel().tolist() == [0, 127, 128, 255]
    large = write_image_file(tmp_path / "c.png", np.array([[-3, 300]]))
    assert read(large).ravel().tolist() == [0, 255]


def test_in_a_folder_the_content_is_the_name(tmp_path):
    first, again, other = (write_image_file(tmp_path, image) for image in (RAMP, RAMP, RAMP**3))
    assert first == again != other
    assert sorted(tmp_path.iterdir()) == sorted([first, other])


def test_a_batch_becomes_as_many_files(tmp_path):
    batch = np.stack([np.full((3, 4, 3), value, np.uint8) for value in (10, 20, 30)])
    first, second = write_image_file(tmp_path / "seen.png", batch, auto_scale=False, batch_size=2)
    assert (first.name, second.name) == ("seen_0.png", "seen_1.png")
    assert set(read(second).ravel()) == {20}
    assert len(set(write_image_file(tmp_path, batch, auto_scale=False, batch_size=3))) == 3
    assert write_image_file(tmp_path / "one.png", batch[0], batch_size=1).name == "one.png"
    for count in (0, 4):
        with pytest.raises(DatasetError, match=f"{count} images cannot be written of a batch of 3"):
            write_image_file(tmp_path, batch, batch_size=count)


@pytest.mark.parametrize("shape", [(4,), (2, 2, 2), (1, 2, 2, 3)])
def test_no_image(tmp_path, shape):
    with pytest.raises(DatasetError, match="no image of 1, 3 or 4 channels"):
        write_image_file(tmp_path / "image.png", np.zeros(shape))


def test_an_unknown_format_leaves_no_file(tmp_path):
    with pytest.raises(DatasetError, match=r"image\.xyz cannot be written"):
        write_image_file(tmp_path / "image.xyz", RAMP)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("data", "seen"), [(RAMP, (RAMP + 1) * 127.5), (RAMP * 50 + 60, RAMP * 50 + 60), (RAMP * 0, RAMP * 0)]
)
def test_a_dump_shows_values_of_any_range(tmp_path, data, seen):
    SaveImages(tmp_path).apply(data, "image.png")
    np.testing.assert_allclose(read(tmp_path / "image.png"), seen, atol=0.51)
