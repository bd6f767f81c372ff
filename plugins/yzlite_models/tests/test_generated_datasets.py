from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import wave
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from yzlite_core.errors import DatasetError, MissingPluginError
from yzlite_models.datasets import generated, hello_audio, hello_image
from yzlite_models.datasets.generated import random_stream
from yzlite_models.datasets.synthesis import hands, photo, rooms, sounds

SMALL = {"training": 2, "evaluation": 1}
ROOT = Path(__file__).parents[3]

AT_ONCE = """
from functools import partial
from yzlite_models.datasets import hello_audio

hello_audio.generate = partial(hello_audio.generate, instruments={"training": 1, "evaluation": 1})
print(hello_audio.load_data("evaluation"))
"""


@pytest.fixture(params=[hello_image, hello_audio], ids=["image", "audio"])
def dataset(request, yzlite_cache, monkeypatch):
    """A generated dataset, made small, with an empty cache."""
    if request.param is hello_image:
        pytest.importorskip("PIL")
    small = partial(request.param.generate, **{small_by(request.param): SMALL})
    monkeypatch.setattr(request.param, "generate", small)
    monkeypatch.setattr(hello_audio, "NOISE_SECONDS", 1)
    return request.param


def small_by(dataset):
    return "people" if dataset is hello_image else "instruments"


def digests(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.*")
        if path.name[0] != "."
    }


def test_the_same_files_wherever_they_are_generated(dataset, tmp_path, monkeypatch):
    here = digests(dataset.load_data())
    monkeypatch.setenv("YZLITE_CACHE_DIR", str(tmp_path / "other"))
    there = digests(dataset.load_data())
    assert there == here
    assert len(here) > 20


def test_more_of_them_leaves_the_first_ones_as_they_are(dataset, tmp_path):
    small = digests(dataset.load_data())
    dataset.generate.func(tmp_path / "more", **{small_by(dataset): {"training": 3}})
    assert small.items() < digests(tmp_path / "more" / "training").items()


def test_nothing_is_twice_in_it(dataset):
    root = dataset.load_data().parent
    found = digests(root)
    assert {name.split("/")[0] for name in found} == {"training", "evaluation"}
    assert len(set(found.values())) == len(found)


def test_has_a_folder_for_each_subset(dataset, yzlite_cache):
    training = dataset.load_data("training")
    assert training == yzlite_cache / "datasets" / dataset.NAME / "training"
    assert dataset.load_data("validation") == dataset.load_data() == training
    assert dataset.load_data("evaluation") == training.with_name("evaluation")
    with pytest.raises(DatasetError, match="There is no subset 'test'"):
        dataset.load_data("test")


def test_is_generated_once_and_says_so(dataset, capsys):
    dataset.load_data()
    assert f"Generating the dataset '{dataset.NAME}' by code" in capsys.readouterr().err
    dataset.load_data("evaluation")
    shown = capsys.readouterr()
    assert shown.err == shown.out == ""
    assert dataset.GENERATED is True


def test_a_changed_generator_generates_anew(dataset, monkeypatch):
    folder = dataset.load_data()
    good = digests(folder)
    next(folder.glob("*/0000.*")).write_bytes(b"of the old generator")
    assert digests(dataset.load_data()) != good
    monkeypatch.setattr(dataset, "_VERSION", dataset._VERSION + 1)
    assert digests(dataset.load_data()) == good


def test_two_processes_at_once_both_get_it(yzlite_cache):
    paths = os.pathsep.join([str(ROOT), str(ROOT / "plugins" / "yzlite_models")])
    environment = os.environ | {"PYTHONPATH": paths, "YZLITE_CACHE_DIR": str(yzlite_cache)}
    command = [sys.executable, "-c", AT_ONCE]
    processes = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    ended = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], ended
    folder = yzlite_cache / "datasets" / hello_audio.NAME / "evaluation"
    assert [output.strip() for output, _ in ended] == [str(folder)] * 2
    assert sum("Generating" in error for _, error in ended) == 1
    assert {path.name for path in folder.iterdir()} == {*hello_audio.KINDS, hello_audio.BACKGROUND}


def test_importing_the_datasets_imports_no_numpy():
    names = ("hello_image", "hello_audio", "speech_commands_v2", "rock_paper_scissors_v1")
    modules = ", ".join(f"yzlite_models.datasets.{name}" for name in names)
    program = (
        f"import sys, {modules}; print(sorted({{'numpy', 'PIL', 'keras', 'tensorflow'}} & set(sys.modules)))"
    )
    paths = os.pathsep.join([str(ROOT), str(ROOT / "plugins" / "yzlite_models")])
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_says_what_to_install_without_pillow(yzlite_cache, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingPluginError, match="needs Pillow") as failure:
        hello_image.load_data()
    assert failure.value.hint == "pip install yzlite-image"
    assert not (yzlite_cache / "datasets" / hello_image.NAME).exists()


def test_streams_have_nothing_in_common():
    keys = [("training", 1), ("training", 1, 0), ("training", 1, 0, 0), ("training", 0, 1), ("evaluation", 1)]
    draws = {random_stream(*key).integers(1 << 62) for key in keys}
    assert len(draws) == len(keys)
    assert random_stream(*keys[1]).integers(1 << 62) in draws


def test_pictures_are_grey_and_of_the_size(yzlite_cache, tmp_path):
    image = pytest.importorskip("PIL.Image")
    hello_image.generate(tmp_path, {"evaluation": 1})
    files = sorted(tmp_path.rglob("*.png"))
    assert len(files) == len(hello_image.CLASSES) * hello_image.TAKES["evaluation"]
    for file in files:
        with image.open(file) as picture:
            assert (picture.mode, picture.size) == ("L", (96, 96))
            assert np.asarray(picture).std() > 5


@pytest.mark.parametrize(("shape", "stretched"), [("rock", 0), ("paper", 4), ("scissors", 2)])
def test_a_shape_stretches_its_fingers(shape, stretched):
    for seed in range(30):
        rng = np.random.default_rng(seed)
        person = hands.someone(rng)
        bones = hands.pose(shape, person, rng)
        nails = bones.ends[bones.tones == person.nails, 1]
        assert len(nails) == 5
        assert np.count_nonzero(nails[:, 1] > 1.2) == stretched  # far above the knuckles, and the thumb


def test_the_hand_is_in_the_picture():
    for seed in range(30):
        rng = np.random.default_rng(seed)
        hand = hands.pose("paper", hands.someone(rng), rng)
        framing = photo.some_view("paper", rng)
        placed = photo._placed(hand, framing, 192, rng)
        knuckles = placed.ends[:4, 1, :2]
        assert knuckles.min() > 0
        assert knuckles.max() < 192


def pitch(samples):
    """Return the strongest frequency in Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 8192))
    return np.argmax(spectrum) * sounds.RATE / 8192


@pytest.mark.parametrize(
    ("kind", "low", "high"), [("rise", 1.2, 3), ("fall", 1 / 3, 1 / 1.2), ("steady", 0.9, 1.1)]
)
def test_a_whistle_goes_where_it_should(kind, low, high):
    for seed in range(20):
        sound = sounds.KINDS[kind](np.random.default_rng(seed), np.random.default_rng([seed, 1]))
        quarter = len(sound) // 4
        assert low < pitch(sound[-quarter:]) / pitch(sound[:quarter]) < high


@pytest.mark.parametrize("kind", sorted(sounds.KINDS))
def test_a_sound_is_audible_and_fits_the_clip(kind):
    for seed in range(10):
        sound = sounds.KINDS[kind](np.random.default_rng(seed), np.random.default_rng([seed, 1]))
        assert np.abs(sound).max() == pytest.approx(1)
        assert 0.1 < len(sound) / sounds.RATE < 1.1
        assert np.abs(sound[-80:]).max() < 0.5  # it has died away: no click at its end


def test_clips_are_one_second_of_16_bit_mono(yzlite_cache, tmp_path, monkeypatch):
    monkeypatch.setattr(hello_audio, "NOISE_SECONDS", 2)
    hello_audio.generate(tmp_path, {"evaluation": 1})
    for file in tmp_path.rglob("*.wav"):
        with wave.open(str(file)) as clip:
            assert (clip.getnchannels(), clip.getsampwidth(), clip.getframerate()) == (1, 2, 16_000)
            seconds = clip.getnframes() / 16_000
            samples = np.frombuffer(clip.readframes(clip.getnframes()), "<i2")
        assert seconds == (2 if file.parent.name == hello_audio.BACKGROUND else 1)
        assert 1000 < np.abs(samples.astype(int)).max() < 32_767  # neither silent nor clipped
    names = {file.stem for file in (tmp_path / "evaluation" / hello_audio.BACKGROUND).iterdir()}
    assert names == {"hum", "wind", "babble", "white"}


def test_a_room_prolongs_a_sound():
    click = np.zeros(2000)
    click[0] = 1
    response = rooms.echoes(np.random.default_rng(3))
    assert response[0] == pytest.approx(1, abs=0.5)
    assert np.abs(response[-100:]).max() < 0.01 < np.abs(response[100:1000]).max()
    clip = rooms.recorded(click, np.random.default_rng(3), np.random.default_rng(4))
    assert clip.shape == (16_000,)


def test_generated_folder_passes_an_empty_folder(yzlite_cache):
    def generate(folder):
        assert list(folder.iterdir()) == []
        (folder / "training").mkdir()

    assert generated.generated_folder("small", 1, generate) == yzlite_cache / "datasets" / "small"
