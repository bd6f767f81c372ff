"""The files of a training: which belong to later epochs, which are kept, which are removed."""

from __future__ import annotations

import os

from yzlite_core.keras.state import files_after, prune, remove_unchanged
from yzlite_core.model.weights import checkpoint_path, kept_epochs, state_path


def touch(*paths):
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_files_after_an_epoch_are_those_of_later_ones(tmp_path):
    logs = tmp_path / "tensorboard" / "train" / "events"
    best = tmp_path / "weights" / "weights-002-0.5000.weights.h5"
    touch(
        logs,
        best,
        *(state_path(tmp_path, n) for n in (1, 2)),
        *(checkpoint_path(tmp_path, n) for n in (1, 2)),
    )
    assert set(files_after(tmp_path, 1)) == {best, state_path(tmp_path, 2), checkpoint_path(tmp_path, 2)}
    assert files_after(tmp_path, 2) == {}
    everything = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert set(files_after(tmp_path, 0)) == everything


def test_what_has_been_written_anew_stays(tmp_path):
    old, anew = state_path(tmp_path, 1), state_path(tmp_path, 2)
    touch(old, anew)
    found = files_after(tmp_path, 0)
    touch(tmp_path / "another")
    os.replace(tmp_path / "another", anew)
    remove_unchanged(found)
    assert not old.exists()
    assert anew.exists()
    remove_unchanged(found)  # what has gone is no fault


def test_newest_five_and_each_tenth_are_kept(tmp_path):
    for epoch in range(1, 24):
        touch(state_path(tmp_path, epoch), checkpoint_path(tmp_path, epoch))
    prune(tmp_path)
    assert kept_epochs(tmp_path) == [10, 19, 20, 21, 22, 23]
    assert len(list((tmp_path / "checkpoints").iterdir())) == 6
