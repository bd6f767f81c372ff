from __future__ import annotations

import re

import numpy as np
import pytest

from yzlite_audio import plugin
from yzlite_audio.frontend import AudioFeatureGeneratorSettings
from yzlite_audio.generator import ParallelAudioDataGenerator
from yzlite_audio.mixin import AudioDatasetMixin
from yzlite_core.contract import hookspecs
from yzlite_core.contract.plugins import Plugins
from yzlite_core.data.dataset import AS_USUAL, Sampling
from yzlite_core.run import plugin as core
from yzlite_core.testing import PluginConformance
from yzlite_core.tflite.parameters import TfliteModelParameters


class TestConformance(PluginConformance):
    plugin = "audio"


class Other:
    """A model of something else."""


class OwnLoader(AudioDatasetMixin):
    def load_dataset(self, subset, test=False, **kwargs):
        self.x = np.zeros((1, 2, 2, 1))


def check(model) -> list[str]:
    return [problem.message for problem in plugin.yzlite_check_model(model)]


def test_the_hooks_are_known_to_the_core():
    assert Plugins([], {"audio": plugin}).names == ("audio",)


@pytest.mark.parametrize("model", [Other(), OwnLoader()])
def test_passes_on_what_is_not_its_own(model):
    assert plugin.yzlite_load_dataset(model, "training", None, 42, AS_USUAL) is None
    assert plugin.yzlite_check_model(model) is None
    assert plugin.yzlite_model_parameters(model) is None


def test_loads(make_model):
    wanted = Sampling(shuffle=False)
    training = plugin.yzlite_load_dataset(make_model(), "training", 3, 7, wanted)
    assert training.class_counts == {"low": 3, "high": 3, "_unknown_": 3, "_silence_": 2}
    assert (training.x.seed, training.x.shuffle) == (7, False)


# --------------------------------------------------------------------------------------------------- samples


def shown(model, x, file=None):
    plugins = Plugins([], {"run": core, "audio": plugin})
    return plugins.claim(hookspecs.yzlite_show_sample, model=model, x=x, file=file)


@pytest.mark.parametrize("shape", [(3, 2, 1), (3, 2)])
def test_a_spectrogram_has_the_time_to_the_right_and_the_frequency_upwards(make_model, shape):
    look = shown(make_model(), np.arange(6.0).reshape(shape)).value.look
    assert look.is_heatmap
    assert look.pixels.tolist() == [[51, 153, 255], [0, 102, 204]]


@pytest.mark.parametrize("shape", [(100,), (100, 1)])
def test_sound_is_a_signal(make_model, make_sound, shape):
    look = shown(make_model(datagen=make_sound()), np.ones(shape)).value.look
    assert (look.channels.shape, look.rate_hz, look.seconds) == ((100, 1), 8000, 100 / 8000)
    assert shown(OwnLoader(), np.ones(shape)).value.look.rate_hz is None


def test_what_is_neither_is_not_seen(make_model):
    answer = shown(make_model(), np.ones((4, 4, 2)))
    assert (answer.plugin, answer.value.look) == ("audio", None)


def test_the_clip_itself_is_heard(make_model, shared_folder, tmp_path):
    file = shared_folder / "low" / "000.wav"
    spectrogram = np.ones((3, 2, 1))
    assert shown(make_model(), spectrogram, file).value.wav == file.read_bytes()
    (tmp_path / "clip.flac").write_bytes(b"fLaC")
    for silent in (None, tmp_path / "gone.wav", tmp_path / "clip.flac"):
        assert shown(make_model(), spectrogram, silent).value.wav is None


def test_what_comes_from_a_sound_file_is_a_sound_whatever_the_model(shared_folder):
    answer = shown(Other(), np.ones((9, 3)), shared_folder / "low" / "000.wav")
    assert (answer.plugin, answer.value.look.is_heatmap) == ("audio", True)
    assert answer.value.wav
    assert shown(Other(), np.ones((9, 3))).plugin == "run"


# ------------------------------------------------------------------------------------------------ parameters


def test_parameters_survive_the_tflite_and_give_the_settings_back(make_model, make_generator):
    generator = make_generator(rescale=0.5, samplewise_std_normalization=True)
    generator.frontend_settings.update(noise_reduction_enable=True, pcan_enable=True, log_scale_shift=5)
    parameters = plugin.yzlite_model_parameters(make_model(datagen=generator))
    read = TfliteModelParameters.deserialize(TfliteModelParameters(parameters).serialize())
    rebuilt = AudioFeatureGeneratorSettings.from_parameters(read)
    assert dict(rebuilt) == dict(generator.frontend_settings)
    assert sum(key.startswith("fe.") for key in read) == 28
    assert read["samplewise_norm.rescale"] == 0.5
    assert read["samplewise_norm.mean_and_std"] is True


def test_parameters_without_the_front_end(make_model, make_sound):
    assert plugin.yzlite_model_parameters(make_model(datagen=make_sound())) == {
        "samplewise_norm.rescale": 0.0,
        "samplewise_norm.mean_and_std": False,
    }


# ---------------------------------------------------------------------------------------------------- checks


def test_nothing_is_wrong(make_model, make_sound, make_generator):
    assert check(make_model()) == []
    assert check(make_model(datagen=make_sound())) == []
    noise = {"bg_noise_dir": "_noise_", "bg_noise_range": (0.0, 0.3)}
    assert check(make_model(datagen=make_generator(**noise), validation_datagen=make_generator())) == []


def test_everything_that_is_missing_is_said_at_once():
    assert check(AudioDatasetMixin()) == [
        "my_model.classes is not set",
        "my_model.datagen is not set",
        "my_model.dataset is not set",
    ]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"class_mode": "binary"}, "'binary' is for 2 classes, and there are 4"),
        ({"dataset": "nowhere"}, "There is no dataset folder .*nowhere"),
        ({"classes": ["low", "hihg"]}, "no folder for the class 'hihg'"),
        (
            {"classes": ["low", "high", "middle", "other", "_unknown_"]},
            "no folder that is not a class already",
        ),
    ],
)
def test_problems_of_a_model(make_model, settings, message):
    (found,) = plugin.yzlite_check_model(make_model(**settings))
    assert re.search(message, found.message)
    assert found.hint


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"validation_split": 0.0}, "There is no validation data"),
        ({"noise_colors": "white"}, "noise_colors is set, but noise_color_range is not"),
        (
            {"bg_noise_dir": "middle", "bg_noise_range": (0, 1)},
            "would also be clips of the class '_unknown_'",
        ),
        ({"frontend_enabled": False}, "the shape of a sample is not known"),
        (
            {"frontend_settings": AudioFeatureGeneratorSettings(sample_rate_hz=8000)},
            "front end cannot work: .*7500",
        ),
    ],
)
def test_problems_of_a_generator(make_model, make_generator, settings, message):
    (found,) = plugin.yzlite_check_model(make_model(datagen=make_generator(**settings)))
    assert re.search(message, found.message)
    assert found.hint


def test_generators_that_disagree(make_model):
    model = make_model(validation_datagen=ParallelAudioDataGenerator())
    assert check(model) == [
        "datagen and validation_datagen make samples of different shapes: (24, 16, 1) and (98, 32, 1)"
    ]
