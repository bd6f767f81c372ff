"""The spectrograms, against two other implementations of the same front end, where they are installed."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path

import numpy as np
import pytest

from yzlite_audio.frontend import AudioFeatureGenerator, AudioFeatureGeneratorSettings, tables

pytestmark = pytest.mark.slow

EXPECTED = dict(np.load(Path(__file__).with_name("expected.npz")))
SETTINGS = json.loads(str(EXPECTED["settings"]))


@pytest.fixture(scope="module")
def microfrontend():
    """The operator of the TensorFlow wheel, as a function of a clip and settings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tf = pytest.importorskip("tensorflow")
        module = pytest.importorskip(
            "tensorflow.lite.experimental.microfrontend.python.ops.audio_microfrontend_op"
        )

    def compute(clip, s):
        learns = s.noise_reduction_enable
        features = module.audio_microfrontend(
            tf.constant(clip),
            sample_rate=s.sample_rate_hz,
            window_size=s.window_size_ms,
            window_step=s.window_step_ms,
            num_channels=s.filterbank_n_channels,
            upper_band_limit=s.filterbank_upper_band_limit,
            lower_band_limit=s.filterbank_lower_band_limit,
            smoothing_bits=s.noise_reduction_smoothing_bits,
            even_smoothing=s.noise_reduction_even_smoothing if learns else 0.0,
            odd_smoothing=s.noise_reduction_odd_smoothing if learns else 0.0,
            min_signal_remaining=s.noise_reduction_min_signal_remaining if learns else 1.0,
            enable_pcan=s.pcan_enable,
            pcan_strength=s.pcan_strength,
            pcan_offset=s.pcan_offset,
            gain_bits=s.pcan_gain_bits,
            enable_log=s.log_scale_enable,
            scale_shift=s.log_scale_shift,
        )
        return features.numpy()

    return compute


def window_with_a_64_bit_cosine(size):
    step = float(np.float32(2 * math.pi / size))
    cosines = np.cos(step * (np.arange(size) + 0.5))
    return np.floor((0.5 - 0.5 * cosines).astype(np.float32) * 4096.0 + 0.5).astype(np.int16)


def test_only_one_coefficient_tells_the_windows_apart():
    np.testing.assert_array_equal(tables.hann_window(400), window_with_a_64_bit_cosine(400))
    assert np.flatnonzero(tables.hann_window(480) - window_with_a_64_bit_cosine(480)).tolist() == [17]


# The operator refuses filters that end at half of the sample rate.
@pytest.mark.parametrize("case", sorted(set(SETTINGS) - {"up_to_half_the_rate", "rate_22050"}))
def test_tensorflow(case, microfrontend, make_clip, monkeypatch):
    monkeypatch.setattr(tables, "hann_window", window_with_a_64_bit_cosine)
    settings = AudioFeatureGeneratorSettings(SETTINGS[case], dc_notch_filter_enable=False)
    clip = make_clip(settings.sample_rate_hz)
    np.testing.assert_array_equal(
        AudioFeatureGenerator(settings).process_sample(clip, np.uint16), microfrontend(clip, settings)
    )


def test_pymicro_features(make_clip):
    module = pytest.importorskip("pymicro_features")
    front_end = module.MicroFrontend()
    remaining, rows = make_clip(16000).tobytes(), []
    while len(remaining) >= 320:
        output = front_end.process_samples(remaining[:320])
        remaining = remaining[2 * output.samples_read :]
        if output.features:
            rows.append(output.features)
    np.testing.assert_array_equal(np.rint(np.array(rows) * 25.6), EXPECTED["micro_wake_word"])
