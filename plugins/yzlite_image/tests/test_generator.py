from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from yzlite_core.data.batches import ArraySource, Batches, FunctionTransform
from yzlite_core.errors import DatasetError
from yzlite_image.generator import ParallelImageDataGenerator
from yzlite_image.sources import image_source

CLASSES = ["square", "circle", "triangle"]
FULL = {
    "rotation_range": 35,
    "width_shift_range": 0.2,
    "height_shift_range": 2,
    "shear_range": 10,
    "zoom_range": 0.2,
    "channel_shift_range": 10,
    "brightness_range": (0.5, 1.7),
    "contrast_range": (0.5, 1.7),
    "noise": ["gauss", "poisson", "s&p", "speckle"],
    "horizontal_flip": True,
    "vertical_flip": True,
    "samplewise_std_normalization": True,
}


def flow(folder: Path, *, generator=None, **options) -> Batches:
    arguments = {"target_size": (12, 16), "color_mode": "grayscale", "classes": CLASSES, "batch_size": 4}
    generator = generator or ParallelImageDataGenerator(cores=1)
    return generator.flow_from_directory(folder, **{**arguments, **options})


def epochs(batches: Batches, count: int = 2) -> list[np.ndarray]:
    found = []
    for _ in range(count):
        found += [x for x, _ in batches]
        batches.on_epoch_end()
    batches.shutdown()
    return found


def assert_same(first: list[np.ndarray], second: list[np.ndarray]) -> None:
    assert len(first) == len(second)
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


# ------------------------------------------------------------------------------------------- what comes out


def test_without_augmentation_the_files_come_out(shared_folder):
    batches = flow(shared_folder, shuffle=False)
    assert [len(x) for x, _ in batches] == [4] * 7 + [2]
    x, y = batches[0]
    assert x.dtype == np.float32
    for number in range(4):
        expected = np.asarray(Image.open(shared_folder / "square" / f"{number:03d}.png"))
        np.testing.assert_array_equal(x[number, :, :, 0], expected)
    assert y.tolist() == [[1, 0, 0]] * 4


@pytest.mark.parametrize(
    ("class_mode", "targets"),
    [("categorical", (30, 3)), ("sparse", (30,)), ("input", (30, 12, 16, 1))],
)
def test_class_modes(shared_folder, class_mode, targets):
    x, y = flow(shared_folder, class_mode=class_mode, batch_size=-1)[0]
    assert y.shape == targets
    assert (class_mode == "input") == (y is x)


def test_binary_and_no_targets(shared_folder):
    _, y = flow(shared_folder, classes=CLASSES[:2], class_mode="binary", batch_size=-1, shuffle=False)[0]
    assert y.tolist() == [0.0] * 10 + [1.0] * 10
    assert flow(shared_folder, class_mode=None)[0].shape == (4, 12, 16, 1)
    with pytest.raises(DatasetError, match="for 2 classes, and there are 3"):
        flow(shared_folder, class_mode="binary")


def test_classes_default_to_all_folders_and_are_counted(shared_folder):
    counts: dict[str, int] = {}
    flow(shared_folder, classes=None, class_counts=counts)
    assert counts == {"circle": 10, "square": 10, "triangle": 10}


@pytest.mark.parametrize(("color_mode", "channels"), [("rgb", 3), ("rgba", 4), ("grayscale", 1), ("auto", 1)])
def test_color_modes_and_sizes(shared_folder, color_mode, channels):
    batches = flow(shared_folder, color_mode=color_mode, target_size=(6, 5), interpolation="nearest")
    assert batches[0][0].shape == (4, 6, 5, channels)


def test_the_generators_own_batch_size_wins(shared_folder):
    batches = flow(shared_folder, generator=ParallelImageDataGenerator(batch_size=7), batch_size=3)
    assert len(batches[0][0]) == 7


def test_integers(shared_folder):
    generator = ParallelImageDataGenerator(dtype="int8", rescale=0.5)
    x, _ = flow(shared_folder, generator=generator)[0]
    assert x.dtype == np.int8


def test_batch_shape_and_shuffle_index_dir_are_accepted(shared_folder, tmp_path):
    batches = flow(shared_folder, batch_shape=(4, 12, 16, 1), shuffle_index_dir=tmp_path, shuffle=False)
    assert not list(tmp_path.iterdir())
    names = [batches.source.name(index) for index in range(10)]
    assert names != sorted(names)


# ------------------------------------------------------------------------------------------------- subsets


def test_subsets_are_disjoint_and_complete(shared_folder):
    generator = ParallelImageDataGenerator(validation_split=0.2)
    names = {}
    for subset in ("training", "validation", None):
        source = flow(shared_folder, generator=generator, subset=subset).source
        names[subset] = [source.name(index) for index in range(len(source))]
    assert len(names["training"]) == 24
    assert len(names["validation"]) == 6
    assert sorted(names["training"] + names["validation"]) == sorted(names[None])
    assert all(name.endswith(("000.png", "001.png")) for name in names["validation"])


@pytest.mark.parametrize(
    ("subset", "sentence"), [("validation", "validation_split is 0"), ("trainig", "did you mean 'training'")]
)
def test_a_subset_that_there_is_not(shared_folder, subset, sentence):
    with pytest.raises(DatasetError, match=sentence):
        flow(shared_folder, subset=subset)


def test_validation_is_augmented_only_if_enabled(shared_folder):
    for enabled in (True, False):
        generator = ParallelImageDataGenerator(
            validation_split=0.5, validation_augmentation_enabled=enabled, brightness_range=(0.0, 0.0)
        )
        validation = flow(shared_folder, generator=generator, subset="validation")
        assert validation[0][0].any() == (not enabled)
        assert not flow(shared_folder, generator=generator, subset="training")[0][0].any()


def test_at_most_so_many_of_each_class(shared_folder):
    assert len(flow(shared_folder, generator=ParallelImageDataGenerator(max_samples_per_class=2)).source) == 6


# ------------------------------------------------------------------------------------------- reproducibility


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_same_bytes_for_any_number_of_workers(shared_folder, monkeypatch, seed):
    monkeypatch.setattr(
        "yzlite_core.data.batches.engine.os.sched_getaffinity", lambda _: set(range(4)), raising=False
    )
    one, two, four = (
        epochs(flow(shared_folder, generator=ParallelImageDataGenerator(cores=cores, **FULL), seed=seed))
        for cores in (1, 2, 4)
    )
    assert_same(one, two)
    assert_same(one, four)


@pytest.mark.parametrize("cores", [1, 2])
def test_what_was_stopped_goes_on_the_same(shared_folder, cores):
    generator = ParallelImageDataGenerator(cores=cores, **FULL)
    whole = epochs(flow(shared_folder, generator=generator), 2)
    for stop in (1, 5):
        resumed = flow(shared_folder, generator=generator)
        resumed.epoch = 1
        assert_same(whole[8 + stop :], [x for x, _ in resumed.rest(stop)])
        resumed.shutdown()


def test_the_seed_decides(shared_folder):
    generator = ParallelImageDataGenerator(cores=1, **FULL)
    first, again, other = (epochs(flow(shared_folder, generator=generator, seed=s)) for s in (1, 1, 2))
    assert_same(first, again)
    assert not np.array_equal(first[0], other[0])


def test_epochs_differ(shared_folder):
    found = epochs(flow(shared_folder, generator=ParallelImageDataGenerator(cores=1, **FULL), shuffle=False))
    assert not np.array_equal(found[0], found[len(found) // 2])


def test_global_generators_are_not_touched(shared_folder):
    before = random.getstate(), np.random.get_state()  # noqa: NPY002  # that nobody uses it is the point
    epochs(flow(shared_folder, generator=ParallelImageDataGenerator(cores=1, **FULL)), 1)
    assert random.getstate() == before[0]
    np.testing.assert_array_equal(np.random.get_state()[1], before[1][1])  # noqa: NPY002


def test_random_changes_can_be_switched_off(shared_folder):
    plain = flow(shared_folder, shuffle=False)
    off = ParallelImageDataGenerator(
        random_transforms_enabled=False, **{**FULL, "samplewise_std_normalization": False}
    )
    np.testing.assert_array_equal(plain[0][0], flow(shared_folder, generator=off, shuffle=False)[0][0])


class Mark:
    """A transform of a third party, that notes what it saw and draws a number."""

    def __init__(self, order):
        self.order, self.seen = order, []

    def draw(self, rng, sample):
        return rng.random()

    def apply(self, data, parameters):
        self.seen.append(data.copy())
        return data + np.float32(0)


@pytest.mark.parametrize(
    ("order", "changed"),
    [
        (150, ()),
        (250, ("rotation_range", "horizontal_flip")),
        (350, ("rotation_range", "horizontal_flip", "brightness_range")),
        (450, ("rotation_range", "horizontal_flip", "brightness_range", "noise")),
    ],
)
def test_a_third_partys_transform_stands_at_its_order(shared_folder, order, changed):
    everything = {
        "rotation_range": 30,
        "horizontal_flip": True,
        "brightness_range": (0.5, 1.5),
        "noise": ["gauss"],
    }
    how = {"batch_size": -1, "shuffle": False}
    mark = Mark(order)
    flow(shared_folder, generator=ParallelImageDataGenerator(cores=1, **everything), **how).with_transforms(
        [mark]
    )[0]
    so_far = ParallelImageDataGenerator(cores=1, **{name: everything[name] for name in changed})
    expected, _ = flow(shared_folder, generator=so_far, **how)[0]
    np.testing.assert_array_equal(np.stack(mark.seen), expected)


def test_one_call_for_all_changes_is_the_same_as_one_for_each(shared_folder):
    batches = flow(shared_folder, generator=ParallelImageDataGenerator(cores=1, **FULL))
    apart = batches.with_transforms([FunctionTransform(lambda data: data, order) for order in (250, 350)])
    for (x, _), (other, _) in zip(batches, apart, strict=True):
        np.testing.assert_array_equal(x, other)


# ------------------------------------------------------------------------------------ the user's functions


def test_the_users_functions_stand_around_the_augmentation(shared_folder):
    seen = []

    def before(image, class_id, filename):
        seen.append((class_id, Path(filename).parent.name))
        assert image.dtype == np.float32
        return np.full_like(image, 100)

    generator = ParallelImageDataGenerator(
        cores=1,
        noaug_preprocessing_function=before,
        brightness_range=(0.5, 0.5),
        preprocessing_function=lambda image: image + 1,
        rescale=2.0,
    )
    x, _ = flow(shared_folder, generator=generator, shuffle=False)[0]
    assert set(x.ravel()) == {(100 * 0.5 + 1) * 2}
    assert seen == [(0, "square")] * 4


def test_a_function_may_change_the_shape(shared_folder):
    generator = ParallelImageDataGenerator(preprocessing_function=lambda image: image[2:8, 3:9])
    x, y = flow(shared_folder, generator=generator, target_size=None, class_mode="input")[0]
    assert x.shape == y.shape == (4, 6, 6, 1)


def test_a_failing_function_names_itself_and_the_file(shared_folder):
    def crop_eyes(image):
        raise RuntimeError("no eyes")

    generator = ParallelImageDataGenerator(cores=1, preprocessing_function=crop_eyes)
    with pytest.raises(DatasetError, match=r"crop_eyes failed on .*000\.png: RuntimeError: no eyes"):
        flow(shared_folder, generator=generator, shuffle=False)[0]


def test_a_batch_function_makes_the_batches(shared_folder):
    requests = []

    def mixed(batch_index, filenames, class_ids, params):
        requests.append((batch_index, [Path(name).name for name in filenames], class_ids.tolist()))
        x = np.stack([params.samples.sample(index, params.epoch) for index in params.indices])
        share = params.rng.uniform()
        return batch_index, (share * x + (1 - share) * x[::-1], params.samples.targets[params.indices])

    generator = ParallelImageDataGenerator(cores=1, get_batch_function=mixed)
    batches = flow(shared_folder, generator=generator, shuffle=False)
    x, y = batches[1]
    assert x.shape == (4, 12, 16, 1)
    assert y.shape == (4, 3)
    assert requests == [(1, ["004.png", "005.png", "006.png", "007.png"], [0, 0, 0, 0])]
    np.testing.assert_array_equal(x, batches[1][0])


def test_a_failing_batch_function_names_the_batch(shared_folder):
    generator = ParallelImageDataGenerator(cores=1, get_batch_function=lambda index, *_: None)
    with pytest.raises(DatasetError, match=r"<lambda> failed on batch 2: TypeError.*returns \(batch_index"):
        flow(shared_folder, generator=generator)[2]


def test_functions_are_told_about_the_batches(shared_folder):
    told = []

    def note(params, x, filename):
        told.append((params, filename))
        return x

    generator = ParallelImageDataGenerator(cores=1, preprocessing_function=note, validation_split=0.2)
    flow(shared_folder, generator=generator, subset="validation", class_mode="sparse", shuffle=False)[0]
    params, filename = told[0]
    assert filename == "square/000.png"
    assert (Path(params.directory) / filename).is_file()
    assert (params.subset, params.class_mode, params.split) == ("validation", "sparse", (0.0, 0.2))
    assert params.class_indices == {"square": 0, "circle": 1, "triangle": 2}
    assert (params.target_size, params.color_mode, params.interpolation) == (
        (12, 16),
        "grayscale",
        "bilinear",
    )
    assert params.sample_shape == (12, 16, 1)
    assert params.data_format == "channels_last"
    assert params.dtype == np.float32
    assert params.image_data_generator is generator


def test_functions_are_told_what_is_measured(shared_folder):
    told = []

    def note(params, x):
        told.append(params.subset)
        return x

    how = {"featurewise_center": True, "validation_split": 0.2}
    generator = ParallelImageDataGenerator(cores=1, preprocessing_function=note, **how)
    flow(shared_folder, generator=generator, subset="validation")[0]
    assert told == ["training"] * 24 + ["validation"] * 4


def test_a_batch_function_as_the_original_has_it(shared_folder):
    """It does by hand what the generator does."""

    def by_hand(batch_index, filenames, classes, params):
        generator = params.image_data_generator
        batch_x = np.empty(params.batch_shape, dtype=params.dtype)
        batch_y = np.zeros((len(filenames), params.n_classes), dtype=params.dtype)
        for i, (filename, class_id) in enumerate(zip(filenames, classes, strict=True)):
            x = np.asarray(Image.open(f"{params.directory}/{filename}"))[:, :, np.newaxis]
            if params.subset != "validation" or generator.validation_augmentation_enabled:
                x = generator.apply_transform(x, generator.get_random_transform(x.shape))
            if params.preprocessing_function is not None:
                x = params.preprocessing_function(params, x)
            batch_x[i] = generator.standardize(x)
            batch_y[i, class_id] = 1
        return batch_index, (batch_x, batch_y)

    how = {"cores": 2, "rescale": 0.5, "preprocessing_function": lambda params, x: x + 1}
    mine = flow(shared_folder, generator=ParallelImageDataGenerator(**how), shuffle=False)
    theirs = flow(
        shared_folder, generator=ParallelImageDataGenerator(get_batch_function=by_hand, **how), shuffle=False
    )
    for (x, y), (their_x, their_y) in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(x, their_x)
        np.testing.assert_array_equal(y, their_y)
    mine.shutdown()
    theirs.shutdown()


def test_images_are_saved_before_they_are_standardized(shared_folder, tmp_path):
    generator = ParallelImageDataGenerator(cores=1, samplewise_center=True, save_prefix="seen")
    flow(shared_folder, generator=generator, save_to_dir=tmp_path, shuffle=False)[0]
    files = sorted(tmp_path.iterdir())
    assert [file.name.rpartition("_")[0] for file in files] == [f"seen_{index}" for index in range(4)]
    expected = np.asarray(Image.open(shared_folder / "square" / "000.png"))
    np.testing.assert_array_equal(np.asarray(Image.open(files[0])), expected)


# ------------------------------------------------------------------------------------------- featurewise


def test_validation_is_standardized_by_the_training_data(shared_folder):
    generator = ParallelImageDataGenerator(validation_split=0.2, featurewise_std_normalization=True)
    subsets = {
        name: flow(shared_folder, generator=generator, subset=name, batch_size=-1)[0][0]
        for name in ("training", "validation")
    }
    np.testing.assert_allclose(subsets["training"].mean(), 0, atol=1e-3)
    np.testing.assert_allclose(subsets["training"].std(), 1, atol=1e-3)
    assert abs(subsets["validation"].mean()) > 1e-3


def test_statistics_are_taken_before_the_type_is_converted(shared_folder):
    generator = ParallelImageDataGenerator(featurewise_center=True, dtype="int8")
    x, _ = flow(shared_folder, generator=generator, batch_size=-1)[0]
    assert abs(x.astype(float).mean()) < 1


def test_fit_takes_the_statistics_from_an_array(shared_folder):
    generator = ParallelImageDataGenerator(featurewise_center=True)
    generator.fit(np.full((3, 2, 2, 1), 7, np.uint8))
    plain = flow(shared_folder, shuffle=False)[0][0]
    np.testing.assert_allclose(flow(shared_folder, generator=generator, shuffle=False)[0][0], plain - 7)
    np.testing.assert_allclose(generator.standardize(np.full((2, 2, 1), 9)), np.full((2, 2, 1), 2))


# --------------------------------------------------------------------------------------------------- flow


X = np.random.default_rng(1).integers(0, 256, (20, 6, 5, 3), np.uint8)
Y = np.eye(2, dtype=np.float32)[np.arange(20) % 2]


def test_flow_of_arrays():
    batches = ParallelImageDataGenerator(cores=1).flow(X, Y, batch_size=8, shuffle=False)
    assert isinstance(batches, Batches)
    x, y = batches[1]
    np.testing.assert_array_equal(x, X[8:16])
    np.testing.assert_array_equal(y, Y[8:16])
    assert ParallelImageDataGenerator().flow(X)[0].shape == (20, 6, 5, 3)


def test_flow_is_augmented_and_calls_the_users_functions():
    def check(image, class_id, filename):
        assert class_id == int(filename.removeprefix("sample ")) % 2
        return image + 1

    generator = ParallelImageDataGenerator(brightness_range=(0, 0), preprocessing_function=check)
    assert set(generator.flow(X, Y)[0][0].ravel()) == {1.0}


def test_flow_splits_each_class():
    generator = ParallelImageDataGenerator(validation_split=0.2)
    by_class = np.argsort(Y[:, 1], kind="stable")
    _, y = generator.flow(X[by_class], Y[by_class], subset="validation", batch_size=-1)[0]
    assert y.sum(0).tolist() == [2, 2]
    _, y = generator.flow(X, Y, subset="training", batch_size=-1)[0]
    assert y.sum(0).tolist() == [8, 8]


@pytest.mark.parametrize(("x", "y"), [(X[0], None), (X[..., 0], None), (X, Y[:-1])])
def test_arrays_that_do_not_fit(x, y):
    with pytest.raises(DatasetError, match=r"x and y have the shapes .*height, width, channels"):
        ParallelImageDataGenerator().flow(x, y)


@pytest.mark.parametrize("y", [None, Y])
def test_weights_that_do_not_fit(y):
    weights = np.ones(len(X) - (y is not None))
    with pytest.raises(
        DatasetError, match=rf"sample_weight has the shape \({len(weights)},\).*a weight for each"
    ):
        ParallelImageDataGenerator().flow(X, y, sample_weight=weights)


def test_random_transform_by_hand():
    generator = ParallelImageDataGenerator(**FULL)
    image = X[0]
    np.testing.assert_array_equal(generator.random_transform(image, 3), generator.random_transform(image, 3))
    assert not np.array_equal(generator.random_transform(image, 3), generator.random_transform(image, 4))
    assert not np.array_equal(generator.random_transform(image), generator.random_transform(image))
    assert image.dtype == np.uint8


# ---------------------------------------------------------------------------------------------- the cache


def test_each_file_is_decoded_once(shared_folder, monkeypatch):
    opened = []
    open_image = Image.open
    monkeypatch.setattr(Image, "open", lambda path: opened.append(path) or open_image(path))
    batches = flow(shared_folder)
    first = epochs(batches, 3)
    assert len(opened) == len(set(opened)) == 30
    assert all(x.dtype == np.float32 for x in first)
    epochs(flow(shared_folder, generator=ParallelImageDataGenerator(cores=1, cache_mb=0)), 3)
    assert len(opened) == 30 + 90


def test_a_file_can_keep_what_was_decoded(shared_folder, tmp_path):
    plain = flow(shared_folder, generator=ParallelImageDataGenerator(cores=1, **FULL))
    kept = flow(
        shared_folder, generator=ParallelImageDataGenerator(cores=2, cache_dir=tmp_path / "cache", **FULL)
    )
    for x, other in zip(epochs(plain, 2), epochs(kept, 2), strict=True):
        np.testing.assert_array_equal(x, other)
    kept.shutdown()
    assert list((tmp_path / "cache").iterdir()) == []


def test_nothing_that_changes_an_image_reaches_the_cache():
    def darken(image):
        image /= 2
        return image

    source, before = image_source(ArraySource(X), cache_mb=1), X.copy()
    with pytest.raises(ValueError, match="read-only"):
        source.load(3)[:] = 0
    for function in ("noaug_preprocessing_function", "preprocessing_function"):
        batches = ParallelImageDataGenerator(**{function: darken}).batches(source)
        for _ in range(2):
            np.testing.assert_array_equal(np.concatenate(list(batches)), X.astype(np.float32) / 2)
    np.testing.assert_array_equal(X, before)


# ----------------------------------------------------------------------------------------------- failures


@pytest.mark.parametrize("cores", [1, 2])
def test_a_corrupt_file_is_named(make_folder, cores, batch_threads):
    folder = make_folder("data", a=6, b=6)
    (folder / "b" / "003.png").write_bytes(b"\x89PNG\r\n")
    batches = flow(folder, generator=ParallelImageDataGenerator(cores=cores), classes=["a", "b"])
    with pytest.raises(DatasetError, match=r"b.003\.png cannot be decoded"):
        list(batches)
    for thread in batch_threads():
        thread.join(10)  # they have been told to end
    assert not batch_threads()


def test_a_missing_folder(tmp_path):
    with pytest.raises(DatasetError, match="There is no dataset folder"):
        flow(tmp_path / "nowhere", classes=None)
