from __future__ import annotations

import hashlib
import os
import tarfile
import urllib.error
import wave
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from yzlite_core.errors import DatasetError, DownloadError
from yzlite_models.datasets import rock_paper_scissors_v1, speech_commands_v2

RATE = 16_000
SPEAKERS = [f"{number:08x}" for number in range(60)]


@pytest.fixture
def no_network(monkeypatch):
    def urlopen(*args, **kwargs):
        raise urllib.error.URLError("Network is unreachable")

    monkeypatch.setattr("urllib.request.urlopen", urlopen)


def published(archive, path):
    """Return the archive as if it were published at a path of this machine."""
    content = path.read_bytes()
    return replace(archive, url=path.as_uri(), sha256=hashlib.sha256(content).hexdigest())


def write_wav(path, samples):
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.asarray(samples, "<i2").tobytes())


@pytest.fixture
def spoken(tmp_path):
    """A small folder of the form of Speech Commands."""
    root = tmp_path / "spoken"
    for word in ("yes", "no"):
        (root / word).mkdir(parents=True)
        for speaker in SPEAKERS:
            for take in range(2):
                (root / word / f"{speaker}_nohash_{take}.wav").touch()
    return root


@pytest.mark.parametrize("dataset", [speech_commands_v2, rock_paper_scissors_v1])
def test_one_sentence_says_what_to_do_without_network(dataset, yzlite_cache, no_network):
    with pytest.raises(DownloadError) as failure:
        dataset.load_data()
    target = yzlite_cache / "datasets" / dataset.NAME
    sentence = str(failure.value)
    assert "\n" not in sentence
    assert sentence.startswith(f"The dataset '{dataset.NAME}' is not on this machine, and 'http")
    assert "could not be downloaded: Network is unreachable" in sentence
    assert f"put its extracted folder at '{target}' or set YZLITE_DATASETS" in sentence
    assert not target.exists()


@pytest.mark.parametrize("dataset", [speech_commands_v2, rock_paper_scissors_v1])
def test_a_folder_that_lies_ready_is_used(dataset, yzlite_cache, tmp_path, monkeypatch, no_network):
    (tmp_path / "second" / dataset.NAME / "rock").mkdir(parents=True)
    listed = os.pathsep.join([str(tmp_path / "first"), str(tmp_path / "second")])
    monkeypatch.setenv("YZLITE_DATASETS", listed)
    assert dataset.load_data() == tmp_path / "second" / dataset.NAME


@pytest.mark.parametrize("dataset", [speech_commands_v2, rock_paper_scissors_v1])
def test_a_folder_that_was_put_into_the_cache_is_used(dataset, yzlite_cache, no_network):
    target = yzlite_cache / "datasets" / dataset.NAME
    (target / "rock").mkdir(parents=True)
    assert dataset.load_data() == target


def test_speech_commands_are_downloaded_once(yzlite_cache, tmp_path, monkeypatch, spoken):
    with tarfile.open(tmp_path / "speech.tar.gz", "w:gz") as archive:
        archive.add(spoken, arcname=".")
    monkeypatch.setattr(
        speech_commands_v2, "ARCHIVE", published(speech_commands_v2.ARCHIVE, tmp_path / "speech.tar.gz")
    )
    folder = speech_commands_v2.load_data()
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {"yes", "no"}
    (tmp_path / "speech.tar.gz").unlink()
    assert speech_commands_v2.load_data() == folder


def test_another_archive_is_refused(yzlite_cache, tmp_path, monkeypatch):
    (tmp_path / "speech.tar.gz").write_bytes(b"something else")
    tampered = replace(speech_commands_v2.ARCHIVE, url=(tmp_path / "speech.tar.gz").as_uri())
    monkeypatch.setattr(speech_commands_v2, "ARCHIVE", tampered)
    with pytest.raises(DownloadError, match="is not the expected file"):
        speech_commands_v2.load_data()
    assert not (yzlite_cache / "datasets" / speech_commands_v2.NAME).exists()


def test_rock_paper_scissors_has_two_sets(yzlite_cache, tmp_path, monkeypatch):
    archives = []
    for archive, root in zip(rock_paper_scissors_v1.ARCHIVES, ("rps", "rps-test-set"), strict=True):
        with zipfile.ZipFile(tmp_path / f"{root}.zip", "w") as file:
            for shape in rock_paper_scissors_v1.CLASSES:
                file.writestr(f"{root}/{shape}/{root}.png", b"")
        archives.append(published(archive, tmp_path / f"{root}.zip"))
    monkeypatch.setattr(rock_paper_scissors_v1, "ARCHIVES", tuple(archives))
    training = rock_paper_scissors_v1.load_data("training")
    evaluation = rock_paper_scissors_v1.load_data("evaluation")
    assert rock_paper_scissors_v1.load_data("validation") == training
    assert (training / "scissors" / "rps.png").exists()
    assert (evaluation / "rock" / "rps-test-set.png").exists()


def test_rock_paper_scissors_without_evaluation_data_has_one_folder(yzlite_cache, no_network):
    target = yzlite_cache / "datasets" / rock_paper_scissors_v1.NAME
    (target / "scissor").mkdir(parents=True)
    assert (
        rock_paper_scissors_v1.load_data("evaluation")
        == rock_paper_scissors_v1.load_data("training")
        == target
    )


@pytest.mark.parametrize("folder", ["scissor", "scissors"])
@pytest.mark.parametrize("asked", ["scissor", "scissors"])
def test_finds_scissors_by_either_name(tmp_path, folder, asked):
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "1.png").touch()
    found = rock_paper_scissors_v1.list_valid_filenames_in_directory(str(tmp_path), asked)
    assert found == (asked, [f"{folder}/1.png"])


def test_the_pictures_of_a_hand_stay_together(tmp_path):
    (tmp_path / "rock").mkdir()
    for hand in range(10):
        for take in range(5):
            (tmp_path / "rock" / f"rock{hand:02d}-{take:03d}.png").touch()

    def hands(split):
        _, files = rock_paper_scissors_v1.list_valid_filenames_in_directory(
            str(tmp_path), "rock", split=split
        )
        return {file.split("-")[0] for file in files}

    assert len(hands((0, 0.2))) == 2
    assert not hands((0, 0.2)) & hands((0.2, 1))


def test_a_class_that_does_not_exist_is_named(tmp_path):
    (tmp_path / "rock").mkdir()
    with pytest.raises(DatasetError, match="no folder for the class 'lizard'"):
        rock_paper_scissors_v1.list_valid_filenames_in_directory(str(tmp_path), "lizard")


def clips(root, word, split):
    label, files = speech_commands_v2.list_valid_filenames_in_directory(str(root), word, split=split)
    assert label == word
    return files


def speakers(files):
    return {file.split("/")[1].split("_")[0] for file in files}


def test_all_clips_of_a_speaker_are_in_one_split(spoken):
    validation = speakers(clips(spoken, "yes", (0, 0.2))) | speakers(clips(spoken, "no", (0, 0.2)))
    training = speakers(clips(spoken, "yes", (0.2, 1))) | speakers(clips(spoken, "no", (0.2, 1)))
    assert not validation & training
    assert validation | training == set(SPEAKERS)
    assert 0.05 < len(validation) / len(SPEAKERS) < 0.4


def test_splits_that_touch_leave_no_clip_out(spoken):
    parts = [clips(spoken, "yes", split) for split in ((0, 0.1), (0.1, 0.35), (0.35, 1))]
    assert sorted(clip for part in parts for clip in part) == sorted(clips(spoken, "yes", None))
    assert len(clips(spoken, "yes", None)) == 2 * len(SPEAKERS)


def test_new_clips_move_no_speaker(spoken):
    before = speakers(clips(spoken, "yes", (0, 0.2)))
    for number in range(20):
        (spoken / "yes" / f"ffff{number:04x}_nohash_0.wav").touch()
    assert speakers(clips(spoken, "yes", (0, 0.2))) & set(SPEAKERS) == before


def test_the_first_clips_are_of_many_speakers(spoken):
    assert len(speakers(clips(spoken, "yes", None)[:30])) > 20


def test_clean_data_leaves_out_what_holds_no_word(yzlite_cache):
    root = yzlite_cache / "datasets" / speech_commands_v2.NAME
    tone = 3000 * np.sin(np.arange(RATE) / 5)
    write_wav(root / "yes" / "good.wav", tone)
    write_wav(root / "yes" / "short.wav", tone[: RATE // 4])
    write_wav(root / "yes" / "silent.wav", np.full(RATE, 500))
    write_wav(root / "_background_noise_" / "quiet.wav", np.zeros(RATE))
    clean = speech_commands_v2.load_clean_data()
    assert {path.relative_to(clean).as_posix() for path in clean.rglob("*.wav")} == {
        "yes/good.wav",
        "_background_noise_/quiet.wav",
    }
    assert len(list((root / "yes").iterdir())) == 3  # the data itself is as it was


def test_clean_data_copies_where_it_cannot_link(yzlite_cache, monkeypatch):
    def link(source, target):
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", link)
    clip = yzlite_cache / "datasets" / speech_commands_v2.NAME / "yes" / "good.wav"
    write_wav(clip, 3000 * np.sin(np.arange(RATE) / 5))
    assert (speech_commands_v2.load_clean_data() / "yes" / "good.wav").read_bytes() == clip.read_bytes()
