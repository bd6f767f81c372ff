from __future__ import annotations

import re

import numpy as np
import pytest

from yzlite_core.contract import hookspecs
from yzlite_core.contract.plugins import Plugins
from yzlite_core.data.dataset import AS_USUAL, Sampling
from yzlite_core.run import plugin as core
from yzlite_core.testing import PluginConformance
from yzlite_image import plugin
from yzlite_image.generator import ParallelImageDataGenerator
from yzlite_image.mixin import ImageDatasetMixin


class TestConformance(PluginConformance):
    plugin = "image"


class Other:
    """A model of something else."""


class OwnLoader(ImageDatasetMixin):
    def load_dataset(self, subset, test=False, **kwargs):
        self.x = np.zeros((1, 2, 2, 1))


def check(model) -> list[str]:
    return [problem.message for problem in plugin.yzlite_check_model(model)]


def test_the_hooks_are_known_to_the_core():
    assert Plugins([], {"image": plugin}).names == ("image",)


@pytest.mark.parametrize("model", [Other(), OwnLoader()])
def test_passes_on_what_is_not_its_own(model):
    assert plugin.yzlite_load_dataset(model, "training", None, 42, AS_USUAL) is None
    assert plugin.yzlite_check_model(model) is None


def test_loads(make_model):
    wanted = Sampling(shuffle=False)
    training = plugin.yzlite_load_dataset(make_model(), "training", 3, 7, wanted)
    assert training.class_counts == {"circle": 3, "square": 3, "triangle": 3}
    assert (training.x.seed, training.x.shuffle) == (7, False)


def test_shows_images_as_pictures_and_passes_on_other_arrays(make_model):
    plugins = Plugins([], {"run": core, "image": plugin})

    def shown(model, x):
        return plugins.claim(hookspecs.yzlite_show_sample, model=model, x=x, file=None)

    answer = shown(make_model(), np.array([[[0.0], [1.0]]]))
    assert (answer.plugin, answer.value.look.pixels.tolist()) == ("image", [[0, 255]])
    assert shown(make_model(), np.zeros((4, 4, 2))).value.look is None
    assert shown(Other(), np.zeros((4, 4, 3))).plugin == "run"


# ------------------------------------------------------------------------------------------------ parameters


@pytest.mark.parametrize(
    ("settings", "rescale", "mean_and_std"),
    [({}, 0.0, False), ({"rescale": 0.5, "samplewise_std_normalization": True}, 0.5, True)],
)
def test_parameters(make_model, settings, rescale, mean_and_std):
    parameters = plugin.yzlite_model_parameters(make_model(datagen=ParallelImageDataGenerator(**settings)))
    assert parameters == {
        "samplewise_norm.rescale": rescale,
        "samplewise_norm.mean_and_std": mean_and_std,
    }
    assert isinstance(parameters["samplewise_norm.rescale"], float)


def test_no_parameters_of_other_models():
    assert plugin.yzlite_model_parameters(Other()) is None
    assert plugin.yzlite_model_parameters(OwnLoader()) is None


# ---------------------------------------------------------------------------------------------------- checks


def test_nothing_is_wrong(make_model):
    assert check(make_model()) == []
    cropping = ParallelImageDataGenerator(validation_split=0.2, preprocessing_function=lambda image: image)
    assert check(make_model(datagen=cropping, target_size=(20, 20))) == []


def test_everything_that_is_missing_is_said_at_once():
    class Empty(ImageDatasetMixin):
        pass

    assert check(Empty()) == [
        "my_model.classes is not set",
        "my_model.datagen is not set",
        "my_model.dataset is not set",
        "my_model.input_shape is not set",
    ]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"input_shape": (12, 16)}, r"input_shape is \(12, 16\)"),
        ({"color_mode": "rgb"}, r"color_mode 'rgb' gives 3 channels, but input_shape is \(12, 16, 1\)"),
        ({"target_size": (8, 8)}, r"target_size is \(8, 8\), but input_shape is \(12, 16, 1\)"),
        ({"class_mode": "binary"}, "'binary' is for 2 classes, and there are 3"),
        ({"dataset": "nowhere"}, "There is no dataset folder .*nowhere"),
        ({"classes": ["circle", "sqare"]}, "no folder for the class 'sqare'"),
        ({"datagen": ParallelImageDataGenerator(rescale=1.0)}, "There is no validation data"),
    ],
)
def test_problems(make_model, settings, message):
    (found,) = plugin.yzlite_check_model(make_model(**settings))
    assert re.search(message, found.message)
    assert found.hint


def test_a_loader_is_not_called_to_check(make_model):
    def load():
        raise AssertionError("called")

    assert check(make_model(dataset=load)) == []
