from __future__ import annotations

import pytest

from yzlite_audio.frontend import AudioFeatureGeneratorSettings
from yzlite_audio.generator import ParallelAudioDataGenerator
from yzlite_audio.mixin import AudioDatasetMixin
from yzlite_core.errors import MissingSettingError, SettingTypeError, SettingValueError
from yzlite_core.model.mixins import DatasetMixin
from yzlite_core.model.model import YZLiteModel
from yzlite_core.model.settings import settings_of

TRAINING = {"low": 8, "high": 8, "_unknown_": 8, "_silence_": 5}
HELD_OUT = {"low": 2, "high": 2, "_unknown_": 2, "_silence_": 1}


class AudioModel(YZLiteModel, DatasetMixin, AudioDatasetMixin):
    pass


def test_the_input_shape_is_that_of_the_spectrogram_whatever_the_order_of_the_bases():
    model = AudioModel(__file__)
    model.datagen = ParallelAudioDataGenerator()
    assert model.input_shape == model.audio_input_shape == (98, 32, 1)
    model.frontend_settings.window_step_ms = 20
    assert model.input_shape == (49, 32, 1)
    assert "Input shape: 49 x 32 x 1" in model.summary()


@pytest.mark.parametrize("name", ["input_shape", "audio_input_shape"])
def test_the_input_shape_cannot_be_set_with_the_front_end(make_model, name):
    with pytest.raises(SettingValueError, match=r"Model.input_shape cannot be set: .*\(24, 16, 1\)"):
        setattr(make_model(), name, (8, 8, 1))


def test_the_input_shape_can_be_set_without_the_front_end(make_model, make_generator):
    model = make_model(datagen=make_generator(frontend_enabled=False))
    with pytest.raises(MissingSettingError, match="sample_shape has not been set"):
        model.input_shape  # noqa: B018
    model.input_shape = [4000, 1]
    assert model.input_shape == model.datagen.sample_shape == (4000, 1)


def test_the_input_shape_can_be_set_before_the_generator(make_generator):
    model = AudioDatasetMixin()
    model.input_shape = [4000, 1]
    assert model.audio_input_shape == (4000, 1)
    model.datagen = make_generator(frontend_enabled=False, sample_shape=model.input_shape)
    assert model.input_shape == (4000, 1)
    model.input_shape = (5000, 1)
    assert model.input_shape == model.datagen.sample_shape == (5000, 1)


def test_an_input_shape_that_the_generator_does_not_make(make_generator):
    model = AudioDatasetMixin()
    model.input_shape = [4000, 1]
    model.datagen = make_generator()
    with pytest.raises(SettingValueError, match=r"input_shape cannot be set: .* makes it \(24, 16, 1\)"):
        model.input_shape  # noqa: B018


@pytest.mark.parametrize("name", ["sample_rate_hz", "sample_length_ms", "frontend_settings"])
def test_what_belongs_to_the_generator_needs_one(name):
    model = AudioDatasetMixin()
    with pytest.raises(MissingSettingError, match=f"{name} is that of AudioDatasetMixin.datagen"):
        getattr(model, name)
    with pytest.raises(MissingSettingError, match="set it first"):
        setattr(model, name, 8000)


def test_the_input_shape_of_no_generator():
    with pytest.raises(MissingSettingError, match=r"input_shape is that of AudioDatasetMixin\.datagen"):
        AudioDatasetMixin().input_shape  # noqa: B018


def test_what_belongs_to_the_generator_is_passed_on(make_model):
    model = make_model()
    model.sample_rate_hz = 16000
    model.sample_length_ms = 250
    assert (model.sample_rate_hz, model.sample_length_ms) == (16000, 250)
    assert model.datagen.sample_length == 4000
    other = AudioFeatureGeneratorSettings(sample_length_ms=600)
    model.frontend_settings = other
    assert model.datagen.frontend_settings is model.frontend_settings is other


def test_aliases(make_model):
    model = make_model()
    model.audio_classes = ["low", "high"]
    assert list(model.classes) == list(model.audio_classes) == ["low", "high"]
    assert model.n_classes == 2


def test_a_datagen_of_another_kind_is_refused(make_model):
    with pytest.raises(SettingTypeError, match=r"Model.datagen takes ParallelAudioDataGenerator"):
        make_model(datagen=object())


def test_settings_of_the_front_end_are_found_below_the_model(make_model):
    paths = {setting.path for setting in settings_of(make_model())}
    assert {"datagen.trim_threshold_db", "datagen.frontend_settings.window_size_ms"} <= paths


def test_loading_by_hand(make_model):
    model = make_model()
    model.load_dataset("training")
    assert model.loaded_subset == "training"
    assert len(model.x.source) == sum(TRAINING.values())
    assert len(model.validation_data.source) == sum(HELD_OUT.values())
    assert model.class_counts["training"] == TRAINING
    assert model.class_counts["validation"] == HELD_OUT
    model.unload_dataset()
    assert model.x is None


@pytest.mark.parametrize(
    ("arguments", "count"),
    [({"test": True}, 11), ({"max_samples_per_class": 2}, 7), ({"classes": ["high"]}, 8)],
)
def test_loading_less_by_hand(make_model, arguments, count):
    model = make_model()
    model.load_dataset("training", **arguments)
    assert len(model.x.source) == count


def test_summary(make_model):
    expected = [
        "training: low 8, high 8, _unknown_ 8, _silence_ 5",
        "validation: low 2, high 2, _unknown_ 2, _silence_ 1",
    ]
    model = make_model()
    assert model.summarize_dataset().splitlines() == expected
    model.load_dataset("training")
    assert model.summarize_dataset().splitlines() == expected
