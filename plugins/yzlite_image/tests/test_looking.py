from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from yzlite_core.data.batches import ArraySource, Batches
from yzlite_core.data.dataset import Dataset
from yzlite_core.errors import DatasetError
from yzlite_image.augmentation import Augmentation, changes, described
from yzlite_image.geometry import Geometry, affine_map, described_map
from yzlite_image.looking import Pair, augmented_pairs
from yzlite_image.noise import NOISES
from yzlite_image.sheet import contact_sheet

IMAGES = np.random.default_rng(0).integers(0, 256, (12, 10, 14, 1)).astype(np.uint8)
LABELS = np.arange(12) % 3


class Darker:
    order = 250

    def draw(self, rng, sample):
        return float(rng.uniform(0.1, 0.9))

    def apply(self, data, parameters):
        return data * np.float32(parameters)


def training(*transforms, **settings) -> Dataset:
    batches = Batches(ArraySource(IMAGES), LABELS, labels=LABELS, transforms=transforms, seed=3, **settings)
    return Dataset("training", batches, class_counts={"a": 4, "b": 4, "c": 4})


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({}, []),
        ({"rotation": 20.0}, ["rotated +20°"]),
        ({"rotation": -20.0, "flip": (False, True)}, ["rotated -20°", "mirrored"]),
        ({"flip": (True, True)}, ["upside down", "mirrored"]),
        ({"rotation": 30.0, "shift": (2.0, -1.5)}, ["rotated +30°", "moved +2.0, -1.5"]),
        ({"shear": 12.0, "zoom": (0.8, 1.25)}, ["sheared +12°", "zoom 0.80, 1.25"]),
        (
            {"rotation": 10.0, "shear": -5.0, "flip": (True, False)},
            ["rotated +10°", "sheared -5°", "upside down"],
        ),
    ],
)
def test_maps_in_words(parts, words):
    assert described_map(affine_map(**parts)) == words


def test_changes_in_words():
    (drawn,) = changes(amount=-12.0, brightness=0.8, contrast=1.3, noise=NOISES["s&p"])
    assert described(drawn) == ["values -12", "brightness 0.80", "contrast 1.30", "noise s&p"]


def test_what_is_shown_is_what_the_network_gets_before_it_is_standardized():
    augmentation = Augmentation(Geometry(rotation_range=30, horizontal_flip=True), noises=("gauss",))
    data = training(*augmentation.parts)
    pairs = augmented_pairs(data, count=12)
    by_first_pixels = {pair.before.tobytes(): pair for pair in pairs}
    for index in range(12):
        pair = by_first_pixels[IMAGES[index].tobytes()]
        np.testing.assert_array_equal(pair.after, data.x.sample(index, 0))
        assert pair.label == "abc"[LABELS[index]]
        assert "noise gauss" in pair.drawn


def test_pairs_are_chosen_by_the_seed_and_sorted_by_class():
    chosen = [[pair.before.tobytes() for pair in augmented_pairs(training(), 5, seed)] for seed in (1, 1, 2)]
    assert chosen[0] == chosen[1] != chosen[2]
    labels = [pair.label for pair in augmented_pairs(training(), 100)]
    assert labels == sorted(labels)
    assert len(labels) == 12


@pytest.mark.parametrize(("count", "shares"), [(3, [1, 1, 1]), (5, [2, 2, 1]), (9, [5, 3, 1])])
def test_each_class_is_shown_as_often_as_it_can_be(count, shares):
    labels = np.array([0] * 8 + [1] * 3 + [2])
    batches = Batches(ArraySource(IMAGES), labels, labels=labels, seed=3)
    data = Dataset("training", batches, class_counts={"a": 8, "b": 3, "c": 1})
    shown = [pair.label for pair in augmented_pairs(data, count)]
    assert [shown.count(label) for label in "abc"] == shares


def test_another_epoch_shows_other_changes():
    first, second = (augmented_pairs(training(Darker()), 1, epoch=epoch)[0] for epoch in (0, 1))
    assert first.drawn != second.drawn


def test_transforms_of_others_and_functions_are_named():
    def halve(image):
        return image / 2

    from yzlite_core.data.batches import FunctionTransform

    (pair,) = augmented_pairs(training(FunctionTransform(halve, 100), Darker()), 1)
    assert pair.drawn[0] == "halve"
    assert pair.drawn[1].startswith("Darker 0.")


def test_data_without_a_generator_is_a_sentence():
    with pytest.raises(DatasetError, match="does not come from a data generator"):
        augmented_pairs(Dataset("training", IMAGES), 3)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("values", [(0, 255), (0, 1), (-3, 3), (7, 7)])
def test_every_kind_of_image_has_its_place_on_the_sheet(channels, values):
    data = np.random.default_rng(1).uniform(*values, (300, 20, channels)).astype(np.float32)
    small = np.zeros((2, 5, channels), np.uint8)
    pairs = [Pair(data, small, "a label that is far too long for its place" * 3, ("word",) * 40)] * 7
    sheet = contact_sheet(pairs, "title", columns=3)
    wide = contact_sheet(pairs[:2], "title")
    assert sheet.mode == "RGB"
    assert sheet.height > wide.height


@pytest.mark.slow
def test_command(yzlite, make_script, tmp_path):
    for label in ("cat", "dog"):
        (tmp_path / "pets" / label).mkdir(parents=True)
        for number in range(4):
            Image.fromarray(IMAGES[number, :, :, 0]).save(tmp_path / "pets" / label / f"{number}.png")
    script = make_script(
        "pets_model",
        """
        # @yzlite_model
        from yzlite_core import ImageDatasetMixin, ParallelImageDataGenerator, YZLiteModel

        class Pets(YZLiteModel, ImageDatasetMixin):
            pass

        my_model = Pets()
        my_model.dataset = "pets"
        my_model.classes = ["cat", "dog"]
        my_model.input_shape = (16, 16, 1)
        my_model.datagen = ParallelImageDataGenerator(rotation_range=20, validation_split=0.25)
        """,
    )
    done = yzlite("view_images", script, "--count", 5, "--output", "sheet.png", "--json")
    assert done.code == 0, done.stderr
    assert done.json["images"] == 5
    with Image.open(done.json["file"]) as sheet:
        assert sheet.format == "PNG"
    refused = yzlite("view-images", make_script("plain", PLAIN))
    assert refused.code == 1
    assert "plain is no model of images" in refused.stderr


PLAIN = "# @yzlite_model\nfrom yzlite_core import *\nclass M(YZLiteModel): pass\nm = M()\n"
