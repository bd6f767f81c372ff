from __future__ import annotations

import numpy as np
import pytest

from yzlite_audio.features import apply_frontend
from yzlite_audio.wav import read_audio_file, write_audio_file
from yzlite_core.data.batches import Batches
from yzlite_core.errors import DatasetError, SettingValueError

RATE = 8000
LENGTH = RATE // 2
ALL = {
    "speed_range": (0.8, 1.25),
    "pitch_range": (0.9, 1.1),
    "vtlp_range": (0.9, 1.1),
    "loudness_range": (0.6, 3.0),
    "noise_colors": "all",
    "noise_color_range": (0.0, 0.2),
    "bg_noise_dir": "_noise_",
    "bg_noise_range": (0.0, 0.3),
}
CLASSES = ["low", "high", "_unknown_", "_silence_"]


def flow(generator, folder, **how) -> Batches:
    return generator.flow_from_directory(folder, **{"classes": CLASSES, "shuffle": False, **how})


def everything(batches: Batches) -> np.ndarray:
    return np.concatenate([batch[0] if isinstance(batch, tuple) else batch for batch in batches])


def names(batches: Batches) -> list[str]:
    return [batches.source.name(index) for index in range(len(batches.source))]


# ------------------------------------------------------------------------------------------- determinism


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_same_bytes_for_any_number_of_workers(make_generator, shared_folder, seed, monkeypatch):
    monkeypatch.setattr("yzlite_core.data.datagen.generator.worker_count", int)  # also on fewer cores
    made = []
    for workers in (1, 2, 4):
        batches = flow(
            make_generator(dtype="int8", **ALL), shared_folder, shuffle=True, seed=seed, batch_size=5
        )
        batches._prefetcher = None
        if workers > 1:
            from yzlite_core.data.batches.prefetch import Prefetcher

            batches._prefetcher = Prefetcher(batches._make, workers, 3)
        found = []
        for epoch in range(2):
            batches.epoch = epoch
            found += [part.tobytes() for batch in batches for part in batch]
        batches.shutdown()
        made.append(found)
    assert made[0] == made[1] == made[2]


def test_seeds_epochs_and_clips_differ(make_generator, shared_folder):
    one, two = (flow(make_generator(**ALL), shared_folder, seed=seed) for seed in (1, 2))
    first = everything(one)
    assert not np.array_equal(first, everything(two))
    one.epoch = 1
    assert not np.array_equal(first, everything(one))
    one.epoch = 0
    np.testing.assert_array_equal(first, everything(one))
    silence = first[one.labels == 3]
    assert not np.array_equal(silence[0], silence[1])


def test_global_generators_are_not_touched(make_generator, shared_folder):
    before = np.random.get_state()[1].tobytes()  # noqa: NPY002
    everything(flow(make_generator(**ALL), shared_folder))
    assert np.random.get_state()[1].tobytes() == before  # noqa: NPY002


# ------------------------------------------------------------------------------------------- the classes


@pytest.mark.parametrize(
    ("unknown", "silence", "counts"), [(1.0, 0.6, (8, 5)), (3.0, 0.0, (16, 0)), (0.5, 2.0, (4, 16))]
)
def test_sizes_of_unknown_and_silence_are_relative_to_the_smallest_class(
    make_generator, make_folder, unknown, silence, counts
):
    folder = make_folder("uneven", low=30, high=10, middle=10, other=10)
    generator = make_generator(unknown_class_percentage=unknown, silence_class_percentage=silence)
    found: dict[str, int] = {}
    batches = flow(generator, folder, subset="training", class_counts=found)
    assert found == dict(zip(CLASSES, (24, 8, *counts), strict=True))
    labels = batches.labels
    assert [name for name, label in zip(names(batches), labels, strict=True) if label == 3] == [
        f"sample {index}" for index in np.flatnonzero(labels == 3)
    ]
    drawn = [name for name, label in zip(names(batches), labels, strict=True) if label == 2]
    per_folder = [sum(f"/{name}/" in path for path in drawn) for name in ("middle", "other")]
    assert per_folder == [counts[0] // 2] * 2


def test_unknown_is_the_same_each_time_and_split_too(make_generator, shared_folder):
    first, again, held_out = (
        names(flow(make_generator(), shared_folder, subset=subset))
        for subset in ("training", "training", "validation")
    )
    assert first == again
    assert not {name for name in first if "/" in name} & {name for name in held_out if "/" in name}


def test_all_folders_are_classes_if_none_are_named(make_generator, shared_folder):
    counts: dict[str, int] = {}
    flow(make_generator(), shared_folder, classes=None, class_counts=counts)
    assert list(counts) == ["_noise_", "high", "low", "middle", "other"]


def test_a_folder_of_recorded_silence_is_a_class_like_any_other(make_generator, make_folder):
    folder = make_folder("recorded", low=5, high=5, other=5)
    (folder / "_noise_").rename(folder / "_silence_")
    batches = flow(make_generator(), folder)
    assert [name for name in names(batches) if "_silence_" in name] == names(batches)[-2:]


@pytest.mark.parametrize(
    ("mode", "expected"), [("categorical", [1, 0, 0, 0]), ("sparse", 0), ("input", None), (None, None)]
)
def test_class_modes(make_generator, shared_folder, mode, expected):
    batch = flow(make_generator(), shared_folder, class_mode=mode)[0]
    if mode is None:
        assert batch.shape == (32, 24, 16, 1)
    elif mode == "input":
        np.testing.assert_array_equal(*batch)
    else:
        assert batch[1][0].tolist() == expected


# -------------------------------------------------------------------------------------------- the window


def test_without_augmentation_a_clip_is_in_the_middle(make_sound, shared_folder):
    batches = flow(make_sound(disable_random_transforms=True), shared_folder, class_mode=None)
    clip = read_audio_file(shared_folder / "low" / "000.wav")
    window = batches.sample(0)
    start = (LENGTH - len(clip)) // 2
    np.testing.assert_array_equal(window[start : start + len(clip)], clip)
    assert not window[:start].any()
    assert not window[start + len(clip) :].any()
    assert not batches.sample(len(batches.source) - 1).any()


def test_a_longer_clip_is_cropped_anywhere_in_training_and_in_the_middle_else(make_sound, tmp_path):
    (tmp_path / "long").mkdir()
    write_audio_file(tmp_path / "long" / "ramp.wav", np.arange(1, 16001, dtype=np.int16), RATE)
    batches = flow(make_sound(validation_split=0.0), tmp_path, classes=["long"], class_mode=None)
    starts = {round(float(batches.sample(0, epoch)[0] * 32768)) for epoch in range(50)}
    assert len(starts) > 40
    assert min(starts) < 2000
    assert max(starts) > 10000
    fixed = flow(make_sound(disable_random_transforms=True), tmp_path, classes=["long"], class_mode=None)
    assert {round(float(fixed.sample(0, epoch)[0] * 32768)) for epoch in range(3)} == {6001}


@pytest.mark.parametrize("offset", [0.0, 0.25, 1.0])
def test_the_offset_is_exact(make_sound, shared_folder, offset):
    batches = flow(make_sound(offset_range=(offset, offset)), shared_folder, class_mode=None)
    clip = read_audio_file(shared_folder / "low" / "000.wav")
    start = round(offset * (LENGTH - len(clip)))
    np.testing.assert_array_equal(batches.sample(0)[start : start + len(clip)], clip)


def test_validation_is_augmented_unless_it_is_switched_off(make_sound, shared_folder):
    for enabled in (True, False):
        batches = flow(
            make_sound(validation_augmentation_enabled=enabled, loudness_range=(0.1, 0.9)),
            shared_folder,
            subset="validation",
        )
        first = everything(batches)
        batches.epoch = 1
        assert np.array_equal(first, everything(batches)) != enabled


# --------------------------------------------------------------------------------------- noise (defect 1)


@pytest.mark.parametrize("absolute", [False, True])
def test_background_noise_is_really_mixed_in(make_sound, shared_folder, absolute):
    folder = shared_folder / "_noise_"
    generator = make_sound(bg_noise_dir=folder if absolute else "_noise_", bg_noise_range=(0.2, 0.2))
    batches = flow(generator, shared_folder, class_mode=None)
    silence = batches.sample(len(batches.source) - 1)
    recordings = [read_audio_file(path) for path in sorted(folder.iterdir())]
    pieces = [np.correlate(recording, silence, "valid") for recording in recordings]
    recording = recordings[int(np.argmax([piece.max() for piece in pieces]))]
    start = int(max(pieces, key=np.max).argmax())
    np.testing.assert_allclose(silence, 0.2 * recording[start : start + LENGTH], atol=1e-6)


def test_every_clip_gets_noise_of_its_own(make_sound, shared_folder):
    quiet = everything(flow(make_sound(offset_range=(0, 0)), shared_folder))
    for noise in (
        {"bg_noise_dir": "_noise_", "bg_noise_range": (0.1, 0.3)},
        {"noise_colors": ["white"], "noise_color_range": (0.1, 0.3)},
    ):
        noisy = everything(flow(make_sound(offset_range=(0, 0), **noise), shared_folder))
        added = np.sqrt(np.mean((noisy - quiet) ** 2, axis=1))
        assert added.min() > 0.015
        assert len(np.unique(added)) == len(added)


def test_both_kinds_of_noise_are_heard_together(make_sound, shared_folder):
    background = {"bg_noise_dir": "_noise_", "bg_noise_range": (0.2, 0.2)}
    colored = {"noise_colors": ["white"], "noise_color_range": (0.4, 0.4)}
    silence = {}
    for name, noise in {
        "background": background,
        "colored": colored,
        "both": {**background, **colored},
    }.items():
        batches = flow(make_sound(**noise), shared_folder, class_mode=None)
        silence[name] = np.mean(batches.sample(len(batches.source) - 1) ** 2)
    assert silence["both"] == pytest.approx(silence["background"] + silence["colored"], rel=0.1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"bg_noise_dir": "_noise_"}, "bg_noise_dir is set, but bg_noise_range is not"),
        ({"bg_noise_range": (0.1, 0.2)}, "bg_noise_range is set, but bg_noise_dir is not"),
        ({"noise_colors": "white"}, "noise_colors is set, but noise_color_range is not"),
        ({"noise_color_range": (0.1, 0.2)}, "noise_color_range is set, but noise_colors is not"),
    ],
)
def test_noise_that_would_not_be_heard_is_refused(make_generator, shared_folder, settings, message):
    with pytest.raises(SettingValueError, match=message):
        flow(make_generator(**settings), shared_folder)


def test_noise_that_is_switched_off_in_so_many_words_is_off(make_generator, shared_folder):
    quiet, plain = ({"bg_noise_range": (0.1, 0.2), "bg_noise_dir": None}, {})
    samples = [flow(make_generator(**how), shared_folder).sample(0) for how in (quiet, plain)]
    np.testing.assert_array_equal(*samples)


def test_a_missing_folder_of_noise_is_named(make_generator, shared_folder):
    with pytest.raises(DatasetError, match=r"There is no folder of background noise .*_nosie_"):
        flow(make_generator(bg_noise_dir="_nosie_", bg_noise_range=(0, 1)), shared_folder)


# --------------------------------------------------------------------------------------- random changes


@pytest.mark.parametrize(
    "settings",
    [
        {"speed_range": (1.2, 1.5)},
        {"pitch_range": (1.1, 1.3)},
        {"pitch_range": (2, 4)},
        {"vtlp_range": (1.1, 1.2)},
        {"loudness_range": (0.3, 0.5)},
        {"noise_colors": "brown", "noise_color_range": (0.1, 0.3)},
        {"bg_noise_dir": "_noise_", "bg_noise_range": (0.1, 0.3)},
    ],
)
def test_every_random_change_acts_and_can_be_disabled(make_sound, shared_folder, settings):
    still = {"offset_range": (0.5, 0.5)}
    plain = flow(make_sound(**still), shared_folder, class_mode=None).sample(0)
    changed = flow(make_sound(**still, **settings), shared_folder, class_mode=None).sample(0)
    assert np.abs(changed - plain).max() > 0.01
    off = flow(make_sound(**settings, disable_random_transforms=True), shared_folder, class_mode=None).sample(
        0
    )
    np.testing.assert_array_equal(off, plain)


@pytest.mark.parametrize(
    ("limits", "lowest", "highest"), [((0.9, 1.1), 0.9, 1.1), ((-2, 2), 2 ** (-2 / 12), 2 ** (2 / 12))]
)
def test_pitch_goes_up_and_down_within_its_range(make_sound, limits, lowest, highest):
    """The original takes (0.9, 1.1) for an octave upwards."""
    generator = make_sound(pitch_range=limits)
    drawn = [generator.get_random_transform(seed=seed)[0][1][1] for seed in range(300)]
    assert lowest <= min(drawn) < lowest * 1.01
    assert highest * 0.99 < max(drawn) <= highest


def test_speed_and_vocal_tract_are_drawn_from_all_of_the_range(make_sound):
    """The original draws whole numbers for the vocal tract: always 0."""
    generator = make_sound(speed_range=(0.5, 2.0), vtlp_range=(0.9, 1.1))
    drawn = [[value for _, value in generator.get_random_transform(seed=seed)] for seed in range(300)]
    speeds, factors = [row[0][0] for row in drawn], [row[1] for row in drawn]
    assert min(speeds) < 0.52
    assert max(speeds) > 1.95
    assert min(factors) < 0.905
    assert max(factors) > 1.095


# ------------------------------------------------------------------------------------ functions and features


def test_functions_are_called_in_their_places(make_generator, shared_folder):
    heard = []

    def note(place):
        def function(data, class_id, filename):
            heard.append((place, data.shape, class_id, filename))
            return data

        return function

    generator = make_generator(
        noaug_preprocessing_function=note("first"),
        preprocessing_function=note("second"),
        postprocessing_function=note("third"),
    )
    flow(generator, shared_folder).sample(0)
    path = "low/000.wav"
    assert heard == [
        ("first", (3200,), 0, path),
        ("second", (LENGTH,), 0, path),
        ("third", (24, 16), 0, path),
    ]


def test_a_function_may_change_the_shape_if_it_is_said(make_generator, shared_folder):
    def halve(spectrogram):
        return spectrogram[::2]

    generator = make_generator(postprocessing_function=halve, sample_shape=(12, 16, 1))
    assert flow(generator, shared_folder)[0][0].shape == (32, 12, 16, 1)
    with pytest.raises(DatasetError, match=r"shape \(12, 16\), but the network's input has \(24, 16, 1\)"):
        flow(make_generator(postprocessing_function=halve), shared_folder)[0]


@pytest.mark.parametrize(
    ("dtype", "frontend_dtype", "expected"),
    [
        ("float32", None, "float32"),
        ("uint16", None, "uint16"),
        ("int8", None, "int8"),
        ("float32", "int8", "int8"),
        ("float16", None, "float32"),
    ],
)
def test_types(make_generator, shared_folder, dtype, frontend_dtype, expected):
    generator = make_generator(dtype=dtype, frontend_dtype=frontend_dtype, disable_random_transforms=True)
    sample = flow(generator, shared_folder, class_mode=None)[0][0]
    assert sample.dtype == dtype
    clip = generator.adjust_length(read_audio_file(shared_folder / "low" / "000.wav"))
    made = apply_frontend(clip, generator.frontend_settings, expected)
    np.testing.assert_array_equal(sample[..., 0], made.astype(dtype))
    np.testing.assert_array_equal(generator.apply_frontend(clip), made)


def test_standardization(make_generator, shared_folder):
    def samples(**settings):
        generator = make_generator(disable_random_transforms=True, **settings)
        return flow(generator, shared_folder, classes=CLASSES[:2], class_mode=None)[0].astype(np.float64)

    raw = samples()
    np.testing.assert_allclose(samples(rescale=0.5), raw * 0.5)
    np.testing.assert_allclose(samples(samplewise_center=True).mean((1, 2, 3)), 0, atol=1e-3)
    np.testing.assert_allclose(samples(samplewise_std_normalization=True).std((1, 2, 3)), 1, rtol=1e-3)
    stretched = samples(samplewise_normalize_range=(-1, 1))
    np.testing.assert_allclose(stretched.min((1, 2, 3)), -1)
    np.testing.assert_allclose(stretched.max((1, 2, 3)), 1, rtol=1e-5)


def test_a_sample_by_hand_is_the_sample_in_a_batch(make_generator, shared_folder):
    generator = make_generator(rescale=0.5, disable_random_transforms=True)
    clip = read_audio_file(shared_folder / "low" / "000.wav")
    by_hand = generator.standardize(
        generator.apply_frontend(generator.apply_transform(clip, generator.default_transform))
    )
    np.testing.assert_array_equal(by_hand, flow(generator, shared_folder, class_mode=None).sample(0))


def test_random_transforms_by_hand(make_sound, shared_folder):
    generator = make_sound(**ALL)
    clip = read_audio_file(shared_folder / "low" / "000.wav")
    before = clip.copy()
    first, again, other = (generator.get_random_transform(shared_folder, seed=seed) for seed in (1, 1, 2))
    changed = generator.apply_transform(clip, first)
    assert changed.shape == (LENGTH,)
    np.testing.assert_array_equal(changed, generator.apply_transform(clip, again))
    assert not np.array_equal(changed, generator.apply_transform(clip, other))
    np.testing.assert_array_equal(clip, before)
    with pytest.raises(SettingValueError, match="bg_noise_dir='_noise_' is a folder of a dataset"):
        generator.get_random_transform()


# --------------------------------------------------------------------------------------------- when it fails


def test_a_broken_file_ends_in_an_error_that_names_it(make_generator, make_folder):
    folder = make_folder("broken", low=5, high=5, other=5)
    (folder / "high" / "002.wav").write_bytes(b"RIFF")
    batches = flow(make_generator(cores=2, validation_split=0.0), folder, batch_size=2)
    with pytest.raises(DatasetError, match=r"high.002\.wav cannot be decoded"):
        everything(batches)
    batches.shutdown()


@pytest.mark.parametrize("subset", ["traning", "evaluation"])
def test_an_unknown_subset(make_generator, shared_folder, subset):
    with pytest.raises(DatasetError, match=f"There is no subset '{subset}'"):
        flow(make_generator(), shared_folder, subset=subset)


def test_a_missing_class_is_named(make_generator, shared_folder):
    with pytest.raises(DatasetError, match=r"no folder for the class 'hihg'.*did you mean 'high'"):
        flow(make_generator(), shared_folder, classes=["low", "hihg"])


def test_no_thread_is_left_behind(make_generator, shared_folder, batch_threads):
    batches = flow(make_generator(cores=2), shared_folder, batch_size=4)
    batches[0]
    assert batch_threads()
    batches.shutdown()
    assert not batch_threads()


def test_the_users_own_batches(make_generator, shared_folder):
    def make(index, filenames, class_ids, params):
        return index, (np.full((len(filenames), 2), class_ids[0]), params.indices)

    batches = flow(make_generator(get_batch_function=make), shared_folder, batch_size=3)
    x, y = batches[1]
    assert x.shape == (3, 2)
    assert y.tolist() == [3, 4, 5]
