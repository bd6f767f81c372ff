"""The settings of the front end: as attributes, as parameters, and what they refuse."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest

from yzlite_audio.frontend import AudioFeatureGeneratorSettings
from yzlite_core.errors import (
    FrozenSettingError,
    ModelError,
    SettingTypeError,
    SettingValueError,
    UnknownOptionError,
    UnknownSettingError,
)

DEFAULTS = {
    "fe.sample_rate_hz": 16000,
    "fe.sample_length_ms": 1000,
    "fe.window_size_ms": 25,
    "fe.window_step_ms": 10,
    "fe.filterbank_n_channels": 32,
    "fe.filterbank_upper_band_limit": 7500.0,
    "fe.filterbank_lower_band_limit": 125.0,
    "fe.noise_reduction_enable": False,
    "fe.noise_reduction_smoothing_bits": 10,
    "fe.noise_reduction_even_smoothing": 0.025,
    "fe.noise_reduction_odd_smoothing": 0.06,
    "fe.noise_reduction_min_signal_remaining": 0.05,
    "fe.pcan_enable": False,
    "fe.pcan_strength": 0.95,
    "fe.pcan_offset": 80.0,
    "fe.pcan_gain_bits": 21,
    "fe.log_scale_enable": True,
    "fe.log_scale_shift": 6,
    "fe.activity_detection_enable": False,
    "fe.activity_detection_alpha_a": 0.5,
    "fe.activity_detection_alpha_b": 0.8,
    "fe.activity_detection_arm_threshold": 0.75,
    "fe.activity_detection_trip_threshold": 0.8,
    "fe.dc_notch_filter_enable": False,
    "fe.dc_notch_filter_coefficient": 0.95,
    "fe.quantize_dynamic_scale_enable": False,
    "fe.quantize_dynamic_scale_range_db": 40.0,
    "fe.fft_length": 512,
}


def as_the_tflite_keeps_them(parameters):
    return {k: float(np.float32(v)) if isinstance(v, float) else v for k, v in parameters.items()}


def test_the_defaults_are_the_28_parameters():
    settings = AudioFeatureGeneratorSettings()
    assert len(settings) == 28
    assert dict(settings) == DEFAULTS
    assert {key: type(value) for key, value in settings.items()} == {k: type(v) for k, v in DEFAULTS.items()}


def test_it_is_a_mapping():
    settings = AudioFeatureGeneratorSettings()
    assert settings == DEFAULTS
    assert settings == AudioFeatureGeneratorSettings()
    settings["fe.sample_rate_hz"] = 8000
    assert settings.sample_rate_hz == settings["fe.sample_rate_hz"] == 8000
    assert settings != DEFAULTS
    parameters = {"name": "model"}
    parameters.update(settings)
    assert parameters == {"name": "model", **settings}
    assert settings.get("fe.nothing") is None
    assert "fe.window_size_ms" in settings
    assert "window_size_ms" not in settings


def test_names_with_and_without_the_prefix_are_accepted():
    expected = AudioFeatureGeneratorSettings()
    expected.window_size_ms = 30
    expected.pcan_gain_bits = 20
    assert AudioFeatureGeneratorSettings(window_size_ms=30, pcan_gain_bits=20) == expected
    assert AudioFeatureGeneratorSettings({"fe.window_size_ms": 30}, pcan_gain_bits=20) == expected
    assert AudioFeatureGeneratorSettings(**{"fe.window_size_ms": 30, "fe.pcan_gain_bits": 20}) == expected
    updated = AudioFeatureGeneratorSettings()
    updated.update({"fe.window_size_ms": 30}, pcan_gain_bits=20)
    assert updated == expected
    assert "'fe.pcan_gain_bits': 20" in repr(expected)


@pytest.mark.parametrize(
    ("rate", "window", "length"),
    [(16000, 25, 512), (16000, 32, 512), (16000, 33, 1024), (8000, 32, 256), (44100, 25, 2048)],
)
def test_fft_length_follows(rate, window, length):
    settings = AudioFeatureGeneratorSettings(sample_rate_hz=rate, window_size_ms=window)
    assert settings.fft_length == settings["fe.fft_length"] == length


def test_fft_length_is_compared_after_the_others():
    assert AudioFeatureGeneratorSettings({"fe.fft_length": 256, "fe.sample_rate_hz": 8000}).fft_length == 256
    with pytest.raises(SettingValueError, match=r"fft_length is 512.*not 1024"):
        AudioFeatureGeneratorSettings(fft_length=1024)


def test_the_shape_of_a_spectrogram():
    settings = AudioFeatureGeneratorSettings(window_size_ms=30, window_step_ms=20, filterbank_n_channels=40)
    assert settings.spectrogram_shape == (49, 40)
    assert settings.sample_length == 16000
    settings.sample_rate_hz = 11025
    assert settings.sample_length == 11025
    assert settings.spectrogram_shape == ((11025 - 330) // 220 + 1, 40)


def test_a_copy_changes_apart():
    settings = AudioFeatureGeneratorSettings(window_size_ms=30)
    settings.freeze()
    for twin in (settings.copy(), copy.copy(settings), copy.deepcopy(settings)):
        assert twin == settings
    twin = settings.copy()
    twin.window_size_ms = 40
    assert settings.window_size_ms == 30
    with pytest.raises(FrozenSettingError, match="window_size_ms"):
        settings.window_size_ms = 20
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_a_copy_knows_what_was_set():
    twin = AudioFeatureGeneratorSettings(window_size_ms=30).copy()
    assert AudioFeatureGeneratorSettings.window_size_ms.is_set(twin)
    assert not AudioFeatureGeneratorSettings.window_step_ms.is_set(twin)


@pytest.mark.parametrize("value", [0.06, 0.1 + 0.2, 1 / 3, 0.123456789, 1])
def test_parameters_read_back_give_equal_settings(value):
    settings = AudioFeatureGeneratorSettings(noise_reduction_odd_smoothing=value, sample_rate_hz=8000)
    read = {"classes": ["a"], "detection_threshold": 3, **as_the_tflite_keeps_them(settings)}
    assert AudioFeatureGeneratorSettings.from_parameters(read) == settings
    assert settings.noise_reduction_odd_smoothing == pytest.approx(value, rel=1e-7)


def test_parameters_without_a_front_end_are_refused():
    with pytest.raises(ModelError, match=r"no 'fe\.\*' parameters"):
        AudioFeatureGeneratorSettings.from_parameters({"classes": ["a"]})


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("sample_rate_hz", 1, 10_000_000),
        ("sample_length_ms", 1, 10_000_000),
        ("window_size_ms", 1, 10_000_000),
        ("window_step_ms", 1, 10_000_000),
        ("filterbank_n_channels", 1, 10_000_000),
    ],
)
def test_ranges(name, low, high):
    settings = AudioFeatureGeneratorSettings()
    for value in (low, high):
        setattr(settings, name, value)
        assert getattr(settings, name) == value
    for value in (low - 1, high + 1):
        with pytest.raises(SettingValueError, match=f"{name}: has to be between {low} and {high}"):
            setattr(settings, name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("noise_reduction_even_smoothing", 1.5),
        ("noise_reduction_min_signal_remaining", -0.1),
        ("dc_notch_filter_coefficient", 1.0),
        ("activity_detection_trip_threshold", 8.0),
        ("noise_reduction_smoothing_bits", 32),
        ("pcan_offset", -1.0),
        ("filterbank_lower_band_limit", -1.0),
        ("filterbank_upper_band_limit", math.nan),
        ("quantize_dynamic_scale_range_db", math.inf),
    ],
)
def test_what_the_arithmetic_cannot_hold_is_refused(name, value):
    with pytest.raises(SettingValueError, match=f"{name}: has to be between"):
        AudioFeatureGeneratorSettings(**{name: value})


@pytest.mark.parametrize("name", ["sample_length_ms", "window_size_ms", "window_step_ms"])
def test_seconds_get_a_hint(name):
    with pytest.raises(SettingValueError, match=f"{name}.*multiply seconds by 1000"):
        AudioFeatureGeneratorSettings(**{name: 0.5})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sample_rate_hz", 16000.5),
        ("sample_rate_hz", "16000"),
        ("sample_rate_hz", True),
        ("log_scale_enable", 1),
        ("pcan_strength", "strong"),
        ("pcan_strength", True),
        ("pcan_strength", None),
    ],
)
def test_other_types_are_refused(name, value):
    with pytest.raises(SettingTypeError, match=name):
        AudioFeatureGeneratorSettings(**{name: value})


def test_whole_numbers_are_floats_where_floats_are_asked_for():
    settings = AudioFeatureGeneratorSettings(filterbank_upper_band_limit=3999)
    assert type(settings.filterbank_upper_band_limit) is float


def test_unknown_names_are_refused():
    with pytest.raises(UnknownSettingError, match="did you mean 'window_size_ms'"):
        AudioFeatureGeneratorSettings(window_size=30)
    settings = AudioFeatureGeneratorSettings()
    with pytest.raises(UnknownSettingError, match="did you mean 'sample_rate_hz'"):
        settings.sample_rate = 8000
    with pytest.raises(UnknownOptionError, match=r"did you mean 'fe\.sample_rate_hz'"):
        settings["fe.sample_rate"] = 8000
    with pytest.raises(KeyError):
        settings["fe.sample_rate"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"filterbank_upper_band_limit": 8000.5}, "8000.5 is above half of sample_rate_hz=16000"),
        ({"filterbank_lower_band_limit": 7500.0}, "lower_band_limit=7500.0 is not below"),
        ({"window_size_ms": 1001}, "window_size_ms=1001 exceeds sample_length_ms=1000"),
        ({"window_size_ms": 20, "window_step_ms": 21}, "window_step_ms=21 has to be"),
        ({"sample_rate_hz": 300, "filterbank_upper_band_limit": 140.0}, "is 7 samples long"),
        ({"window_size_ms": 2100, "sample_length_ms": 3000}, "is 33600 samples long"),
        ({"pcan_enable": True}, "pcan_enable needs noise_reduction_enable"),
        (
            {"pcan_enable": True, "noise_reduction_enable": True, "noise_reduction_smoothing_bits": 2},
            "noise_reduction_smoothing_bits has to be at least 3",
        ),
        (
            {"pcan_enable": True, "noise_reduction_enable": True, "pcan_gain_bits": 14},
            "pcan_gain_bits has to be at least 15",
        ),
        (
            {"quantize_dynamic_scale_enable": True, "quantize_dynamic_scale_range_db": 0.1},
            "makes 0 steps",
        ),
    ],
)
def test_what_makes_no_sense_together_is_said(given, sentence):
    settings = AudioFeatureGeneratorSettings(given)
    assert [problem for problem in settings.problems() if sentence in problem]
    with pytest.raises(SettingValueError, match="(?s).*" + sentence.replace("(", r"\(")):
        settings.check()


def test_a_clip_too_short_for_a_frame_has_no_shape():
    settings = AudioFeatureGeneratorSettings(sample_length_ms=20)
    with pytest.raises(SettingValueError, match="exceeds sample_length_ms=20"):
        _ = settings.spectrogram_shape


def test_sound_settings_have_no_problem():
    assert AudioFeatureGeneratorSettings(filterbank_upper_band_limit=8000).problems() == []
    AudioFeatureGeneratorSettings().check()


def test_whole_milliseconds_may_be_computed_as_a_float():
    settings = AudioFeatureGeneratorSettings(sample_length_ms=10.0 * 1000)
    assert (settings.sample_length_ms, type(settings.sample_length_ms)) == (10000, int)
    with pytest.raises(SettingTypeError, match=r"sample_length_ms takes int, got 1000\.5"):
        settings.sample_length_ms = 1000.5
