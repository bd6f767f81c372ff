from __future__ import annotations

import inspect

import numpy as np
import pytest

from yzlite_core.errors import SettingTypeError, SettingValueError, UnknownSettingError
from yzlite_core.model.settings import assign, declarations, settings_of
from yzlite_image.generator import ParallelImageDataGenerator

# The constructor of the original, own and inherited parameters, with its defaults.
REFERENCE = {
    "cores": 0.25,
    "debug": False,
    "max_batches_pending": 4,
    "get_batch_function": None,
    "preprocessing_function": None,
    "noaug_preprocessing_function": None,
    "validation_augmentation_enabled": True,
    "contrast_range": None,
    "noise": None,
    "random_transforms_enabled": True,
    "max_samples_per_class": -1,
    "disable_gpu_in_subprocesses": True,
    "save_to_dir": None,
    "save_prefix": None,
    "save_format": None,
    "batch_size": None,
    "featurewise_center": False,
    "samplewise_center": False,
    "featurewise_std_normalization": False,
    "samplewise_std_normalization": False,
    "zca_whitening": False,
    "zca_epsilon": 1e-6,
    "rotation_range": 0,
    "width_shift_range": 0,
    "height_shift_range": 0,
    "brightness_range": None,
    "shear_range": 0,
    "zoom_range": 0,
    "channel_shift_range": 0,
    "fill_mode": "nearest",
    "cval": 0,
    "horizontal_flip": False,
    "vertical_flip": False,
    "rescale": None,
    "data_format": None,
    "validation_split": 0.0,
    "dtype": None,
}


def test_has_the_originals_parameters_with_their_defaults():
    generator = ParallelImageDataGenerator()
    assert {name: getattr(generator, name) for name in REFERENCE} == REFERENCE
    assert set(declarations(ParallelImageDataGenerator)) - set(REFERENCE) == {
        "cache_mb",
        "cache_dir",
        "function_processes",
        "on_bad_file",
    }
    assert all(inspect.getdoc(d).endswith(".") for d in declarations(ParallelImageDataGenerator).values())


def test_takes_keywords_only():
    with pytest.raises(TypeError):
        ParallelImageDataGenerator(0.5)


def test_a_misspelt_argument_names_the_nearest():
    with pytest.raises(
        UnknownSettingError, match=r"has no setting 'rotation_rnge'.*did you mean 'rotation_range'"
    ):
        ParallelImageDataGenerator(rotation_rnge=3)


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("rotation_range", 35, 35.0),
        ("noise", ["gauss", "s&p"], ("gauss", "s&p")),
        ("noise", "poisson", ("poisson",)),
        ("noise", [], None),
        ("contrast_range", [0.5, 1.7], (0.5, 1.7)),
        ("zoom_range", 0.2, 0.2),
        ("zoom_range", [0.8, 1], (0.8, 1.0)),
        ("width_shift_range", 5, 5),
        ("width_shift_range", 0.2, 0.2),
        ("height_shift_range", [-2, 2], (-2.0, 2.0)),
        ("dtype", np.int8, "int8"),
        ("dtype", np.dtype("float32"), "float32"),
        ("cores", -1, -1),
        ("cores", 1.0, 1.0),
        ("batch_size", -1, -1),
        ("data_format", "channels_last", "channels_last"),
    ],
)
def test_accepts(name, value, kept):
    found = getattr(ParallelImageDataGenerator(**{name: value}), name)
    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rotation_range", -3),
        ("width_shift_range", -0.2),
        ("width_shift_range", []),
        ("width_shift_range", [1.0, float("inf")]),
        ("contrast_range", (1.7, 0.5)),
        ("brightness_range", (-1, 1)),
        ("zoom_range", 1.5),
        ("zoom_range", (2.0, 1.0)),
        ("noise", ["gaus"]),
        ("fill_mode", "mirror"),
        ("validation_split", 1.0),
        ("cores", 0),
        ("cores", 1.5),
        ("batch_size", 0),
        ("max_samples_per_class", -2),
        ("dtype", "float33"),
        ("data_format", "channels_first"),
        ("cache_mb", -1),
    ],
)
def test_refuses_values(name, value):
    with pytest.raises(SettingValueError, match=f"ParallelImageDataGenerator.{name}"):
        ParallelImageDataGenerator(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rotation_range", "35"),
        ("horizontal_flip", 1),
        ("contrast_range", 0.5),
        ("noise", 3),
        ("cores", True),
    ],
)
def test_refuses_types(name, value):
    with pytest.raises(SettingTypeError, match=f"ParallelImageDataGenerator.{name} takes"):
        ParallelImageDataGenerator(**{name: value})


def test_the_hint_names_the_noise():
    with pytest.raises(SettingValueError, match="no noise 'gaus': did you mean 'gauss'"):
        ParallelImageDataGenerator(noise=["gaus"])


def test_settings_are_seen_and_set_by_their_path(make_model):
    model = make_model()
    assign(model, "datagen.rotation_range", 12)
    (found,) = (s for s in settings_of(model) if s.path == "datagen.rotation_range")
    assert (found.value, found.is_set) == (12.0, True)
    with pytest.raises(UnknownSettingError, match=r"did you mean 'datagen\.rotation_range'"):
        assign(model, "datagen.rotation_rage", 1)
