from __future__ import annotations

import numpy as np
import pytest

from yzlite_audio.frontend import AudioFeatureGeneratorSettings
from yzlite_audio.generator import ParallelAudioDataGenerator
from yzlite_audio.mixing import COLORS
from yzlite_core.errors import MissingSettingError, SettingTypeError, SettingValueError, UnknownSettingError
from yzlite_core.model.settings import assign, settings_of

# Parameters and defaults of the original's constructor.
ORIGINAL = {
    "cores": 0.25,
    "debug": False,
    "max_batches_pending": 4,
    "get_batch_function": None,
    "noaug_preprocessing_function": None,
    "preprocessing_function": None,
    "postprocessing_function": None,
    "samplewise_center": False,
    "samplewise_std_normalization": False,
    "samplewise_normalize_range": None,
    "rescale": None,
    "validation_split": 0.0,
    "validation_augmentation_enabled": True,
    "dtype": "float32",
    "frontend_dtype": None,
    "trim_threshold_db": 20,
    "noise_colors": None,
    "noise_color_range": None,
    "speed_range": None,
    "pitch_range": None,
    "vtlp_range": None,
    "loudness_range": None,
    "bg_noise_range": None,
    "bg_noise_dir": None,
    "offset_range": (0.0, 1.0),
    "unknown_class_percentage": 1.0,
    "silence_class_percentage": 0.6,
    "disable_random_transforms": False,
    "frontend_enabled": True,
    "disable_gpu_in_subprocesses": True,
    "add_channel_dimension": True,
}


def test_defaults_are_those_of_the_original():
    generator = ParallelAudioDataGenerator()
    assert {name: getattr(generator, name) for name in ORIGINAL} == ORIGINAL
    assert dict(generator.frontend_settings) == dict(AudioFeatureGeneratorSettings())
    assert not any(setting.is_set for setting in settings_of(generator))


def test_every_setting_is_documented():
    assert all(setting.declaration.__doc__ for setting in settings_of(ParallelAudioDataGenerator()))


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("loudnes_range", "loudness_range"),
        ("bg_noise", "bg_noise_dir"),
        ("front_end_settings", "frontend_settings"),
    ],
)
def test_a_misspelt_setting_is_refused(name, near):
    with pytest.raises(UnknownSettingError, match=f"no setting '{name}'.*did you mean '{near}'"):
        ParallelAudioDataGenerator(**{name: None})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("offset_range", (0.5, 1.5), "no range of places"),
        ("offset_range", (0.8, 0.2), "no range of places"),
        ("loudness_range", (2.0, 1.0), "no range of factors"),
        ("bg_noise_range", (-0.1, 0.3), "no range of factors"),
        ("speed_range", (0.0, 2.0), "no range of factors.*above 0"),
        ("vtlp_range", (1.1, 0.9), "no range of factors"),
        ("pitch_range", (-1.5, 1.5), "two ints, semitones"),
        ("pitch_range", (3, -3), "no range of semitones"),
        ("noise_colors", ["white", "pnik"], "no noise of the colour 'pnik': did you mean 'pink'"),
        ("noise_colors", "green", "there are white, pink"),
        ("unknown_class_percentage", -1, "from 0 upwards"),
        ("trim_threshold_db", -3, "from 0 upwards"),
        ("validation_split", 1.0, "no share"),
        ("frontend_dtype", "int16", "takes one of"),
        ("dtype", "int7", "no data type"),
        ("samplewise_normalize_range", (1, -1), "no range of values"),
        ("preprocessing_function", lambda x, class_id, day: x, "asks for 'day'"),
    ],
)
def test_a_value_out_of_range_is_refused(name, value, message):
    with pytest.raises(SettingValueError, match=f"ParallelAudioDataGenerator.{name}.*{message}"):
        ParallelAudioDataGenerator(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"), [("speed_range", 2.0), ("frontend_settings", {}), ("noise_colors", 3), ("debug", 1)]
)
def test_a_value_of_another_type_is_refused(name, value):
    with pytest.raises(SettingTypeError, match=f"ParallelAudioDataGenerator.{name} takes"):
        ParallelAudioDataGenerator(**{name: value})


def test_several_forms_of_a_value():
    generator = ParallelAudioDataGenerator(
        noise_colors="all", dtype=np.int8, pitch_range=[0.9, 1], offset_range=[0, 1], trim_threshold_db=None
    )
    assert generator.noise_colors == tuple(COLORS)
    assert generator.dtype == "int8"
    assert generator.pitch_range == (0.9, 1.0)
    assert generator.offset_range == (0.0, 1.0)
    assert generator.trim_threshold_db is None
    assert ParallelAudioDataGenerator(noise_colors="pink").noise_colors == ("pink",)
    assert ParallelAudioDataGenerator(pitch_range=(-2, 3)).pitch_range == (-2, 3)


def test_functions_may_ask_for_what_there_is():
    def function(clip, class_id, filename=None, *, extra=1, **kwargs):
        return clip

    for name in ("noaug_preprocessing_function", "preprocessing_function", "postprocessing_function"):
        assert getattr(ParallelAudioDataGenerator(**{name: function}), name) is function
    assert (
        ParallelAudioDataGenerator(preprocessing_function=np.negative).preprocessing_function is np.negative
    )


# -------------------------------------------------------------------------------------- shape, rate, length


def test_the_shape_follows_from_the_front_end():
    generator = ParallelAudioDataGenerator()
    assert generator.sample_shape == (98, 32, 1)
    generator.add_channel_dimension = False
    assert generator.sample_shape == (98, 32)
    generator.frontend_settings.filterbank_n_channels = 40
    assert generator.sample_shape == (98, 40)
    generator.sample_shape = (98, 20)
    assert generator.sample_shape == (98, 20)


def test_without_the_front_end_the_shape_is_to_be_set():
    generator = ParallelAudioDataGenerator(frontend_enabled=False)
    with pytest.raises(MissingSettingError, match=r"sample_shape has not been set.*without the front end"):
        generator.sample_shape  # noqa: B018
    generator.sample_shape = (3600, 1)
    assert generator.sample_shape == (3600, 1)


def test_rate_and_length_are_those_of_the_front_end():
    generator = ParallelAudioDataGenerator()
    generator.sample_rate_hz = 8000
    generator.sample_length_ms = 750
    assert (generator.sample_rate_hz, generator.sample_length_ms, generator.sample_length) == (
        8000,
        750,
        6000,
    )
    assert generator.frontend_settings.sample_rate_hz == 8000
    assign(generator, "frontend_settings.sample_length_ms", 500)
    assert generator.sample_length == 4000
