from __future__ import annotations

import numpy as np
import pytest

from yzlite_audio.features import FrontEnd, NetworkInput, Range, apply_frontend
from yzlite_audio.frontend import AudioFeatureGenerator, AudioFeatureGeneratorSettings
from yzlite_core.data.datagen import Standardizer
from yzlite_core.errors import DatasetError

SETTINGS = AudioFeatureGeneratorSettings(sample_length_ms=200)
CLIP = (0.3 * np.sin(np.arange(3200) / 5)).astype(np.float32)


def test_float_and_16_bits_give_the_same_spectrogram():
    made = apply_frontend(CLIP, SETTINGS, np.int8)
    assert made.shape == SETTINGS.spectrogram_shape
    assert made.dtype == np.int8
    np.testing.assert_array_equal(made, apply_frontend((CLIP * 32768).astype(np.int16), SETTINGS, np.int8))


def test_full_scale_is_clipped_and_does_not_overflow():
    high = apply_frontend(np.full(3200, 1.0, np.float32), SETTINGS)
    np.testing.assert_array_equal(high, apply_frontend(np.full(3200, 32767, np.int16), SETTINGS))
    np.testing.assert_array_equal(high, apply_frontend(np.full(3200, 7.5, np.float32), SETTINGS))


def test_the_front_end_is_a_step_that_draws_nothing():
    step = FrontEnd(AudioFeatureGenerator(SETTINGS), "uint16")
    np.testing.assert_array_equal(step.apply(CLIP, ()), apply_frontend(CLIP, SETTINGS, np.uint16))


@pytest.mark.parametrize(("shape", "made"), [((2, 3), (2, 3)), ((2, 3, 1), (2, 3, 1))])
def test_a_channel_is_added_where_it_is_missing(shape, made):
    assert NetworkInput(Standardizer(), shape)(np.zeros((4, 2, 3))).shape == (4, *made)


def test_another_shape_is_refused():
    with pytest.raises(DatasetError, match=r"shape \(3, 2\), but the network's input has \(2, 3, 1\)"):
        NetworkInput(Standardizer(), (2, 3, 1))(np.zeros((4, 3, 2)))


def test_a_range_is_stretched_to():
    samples = np.array([[2, 3, 6], [2, 2, 2]], np.float32)
    np.testing.assert_allclose(Range(-1, 1)(samples), [[-1, -0.5, 1], [-1, -1, -1]])
