from __future__ import annotations

import pytest

from yzlite_core.errors import SettingTypeError, SettingValueError

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
