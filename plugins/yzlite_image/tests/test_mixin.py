from __future__ import annotations

import numpy as np
import pytest
import tensorflow

from yzlite_core.errors import SettingTypeError, SettingValueError
from yzlite_core.model.settings import settings_of
from yzlite_image.generator import ParallelImageDataGenerator

CLASSES = ("circle", "square", "triangle")


def test_aliases(make_model):
    model = make_model()
    model.image_classes = ["a", "b"]
    model.image_input_shape = [8, 8, 3]
    assert model.classes == model.image_classes == ("a", "b")
    assert model.n_classes == 2
    assert model.input_shape == model.image_input_shape == (8, 8, 3)


@pytest.mark.parametrize(
    ("name", "value"), [("color_mode", "gray"), ("interpolation", "cubic"), ("class_mode", "x")]
)
def test_choices(make_model, name, value):
    with pytest.raises(SettingValueError, match=f"Model.{name} takes one of"):
        make_model(**{name: value})


def test_a_datagen_of_another_kind_is_refused(make_model):
    with pytest.raises(SettingTypeError, match=r"Model\.datagen takes ParallelImageDataGenerator"):
        make_model(datagen=object())


def test_functions_are_told_which_data_it_is(make_model):
    told = []

    def note(params, x):
        told.append((params.subset, params.class_mode, params.target_size, params.sample_shape))
        return x

    datagen = ParallelImageDataGenerator(cores=1, validation_split=0.2, preprocessing_function=note)
    model = make_model(datagen=datagen, class_mode="sparse")
    training = model.load_subset("training")
    training.x[0]
    training.validation.x[0]
    for subset, number in (("training", 0), ("validation", 4)):
        assert told[number] == (subset, "sparse", (12, 16), (12, 16, 1))


@pytest.fixture
def keras_generator():
    """Keras' ImageDataGenerator, where TensorFlow's scripts find it."""
    return tensorflow.keras.preprocessing.image.ImageDataGenerator


def test_keras_own_generator_is_replaced_by_ours(make_model, keras_generator):
    def darker(x):
        return x / 2

    settings = {
        "rotation_range": 20,
        "width_shift_range": [1, 2],
        "height_shift_range": 0.1,
        "zoom_range": 0.2,
        "brightness_range": (0.5, 1.5),
        "fill_mode": "constant",
        "cval": 7,
        "horizontal_flip": True,
        "rescale": 1 / 255,
        "samplewise_center": True,
        "preprocessing_function": darker,
        "validation_split": 0.2,
    }
    model = make_model(datagen=keras_generator(**settings))
    ours = ParallelImageDataGenerator(**settings)
    assert {setting.path: setting.value for setting in settings_of(model.datagen)} == {
        **{setting.path: setting.value for setting in settings_of(ours)},
        "zoom_range": (0.8, 1.2),  # Keras keeps it so
        "data_format": "channels_last",
        "dtype": "float32",
    }
    made = model.load_subset("training").x
    expected = make_model(datagen=ours).load_subset("training").x
    np.testing.assert_array_equal(made[0][0], expected[0][0])
    assert make_model(validation_datagen=keras_generator()).validation_datagen.rotation_range == 0


def test_what_ours_does_not_is_not_taken_from_keras(make_model, keras_generator):
    class Blurring(keras_generator):
        pass

    with pytest.raises(
        SettingValueError, match=r"Model\.datagen: what Blurring overrides .* would be left out"
    ):
        make_model(datagen=Blurring())
    with pytest.raises(SettingValueError, match=r"interpolation_order=3 is not there"):
        make_model(datagen=keras_generator(interpolation_order=3))


def test_loading_by_hand(make_model):
    model = make_model()
    model.load_dataset("training")
    assert model.loaded_subset == "training"
    assert (len(model.x.source), len(model.validation_data.source)) == (24, 6)
    assert model.class_counts["training"] == dict.fromkeys(CLASSES, 8)
    assert model.class_counts["validation"] == dict.fromkeys(CLASSES, 2)
    model.unload_dataset()
    assert model.x is None


@pytest.mark.parametrize(
    ("arguments", "count"),
    [({"test": True}, 9), ({"max_samples_per_class": 2}, 6), ({"classes": ["square"]}, 8)],
)
def test_loading_less_by_hand(make_model, arguments, count):
    model = make_model()
    model.load_dataset("training", **arguments)
    assert len(model.x.source) == count


def test_validation_data_that_stands_in_for_evaluation_is_called_so(make_model):
    model = make_model()
    model.load_dataset("evaluation")
    assert model.validation_data is model.x
    assert model.class_counts["validation"] == dict.fromkeys(CLASSES, 2)
    assert not model.class_counts["evaluation"]


def test_summary(make_model):
    model = make_model()
    expected = [
        "training: circle 8, square 8, triangle 8",
        "validation: circle 2, square 2, triangle 2",
    ]
    assert model.summarize_dataset().splitlines() == expected
    assert model.x is None
    model.load_dataset("training")
    assert model.summarize_dataset().splitlines() == expected
