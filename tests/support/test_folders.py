from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from yzlite_core.errors import DatasetError
from yzlite_core.support.folders import made_once, put_by_hand

SLOWLY = """
import sys, time
from pathlib import Path
from yzlite_core.support.folders import made_once

def make(folder):
    with open(sys.argv[2], "a") as log:
        log.write("made\\n")
    (folder / "first").write_text("1")
    time.sleep(0.5)
    (folder / "second").write_text("2")

folder = made_once(Path(sys.argv[1]), {"version": 1}, make)
print((folder / "first").read_text() + (folder / "second").read_text())
"""


def filled(text):
    return lambda folder: (folder / "file").write_text(text)


def test_is_made_once_for_a_stamp(tmp_path):
    folder = tmp_path / "deep" / "data"
    assert made_once(folder, {"version": 1}, filled("one")) == folder
    made_once(folder, {"version": 1}, filled("again"))
    assert (folder / "file").read_text() == "one"
    made_once(folder, {"version": 2}, filled("two"))
    assert (folder / "file").read_text() == "two"


def test_a_failure_leaves_the_last_good_folder_and_nothing_else(tmp_path):
    folder = made_once(tmp_path / "data", {"version": 1}, filled("good"))

    def fail(partial):
        (partial / "file").write_text("half")
        raise DatasetError("no more data")

    with pytest.raises(DatasetError, match="no more data"):
        made_once(folder, {"version": 2}, fail)
    assert (folder / "file").read_text() == "good"
    assert {path.name for path in tmp_path.iterdir()} == {"data", ".data.lock"}


def test_what_a_killed_process_left_is_not_taken_over(tmp_path):
    (tmp_path / ".data.partial").mkdir()
    (tmp_path / ".data.partial" / "stale").write_text("half")
    folder = made_once(tmp_path / "data", {"version": 1}, filled("good"))
    assert not (folder / "stale").exists()


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "mine").write_text("precious")
    with pytest.raises(DatasetError, match="was not made by YZLite"):
        made_once(folder, {"version": 1}, filled("new"))
    assert (folder / "mine").read_text() == "precious"


def test_an_empty_folder_is_filled(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    made_once(folder, {}, filled("new"))
    assert (folder / "file").read_text() == "new"


def test_tells_what_was_put_by_hand(tmp_path):
    folder = tmp_path / "data"
    assert not put_by_hand(folder)
    folder.mkdir()
    assert not put_by_hand(folder)
    (folder / "mine").write_text("")
    assert put_by_hand(folder)
    assert not put_by_hand(made_once(tmp_path / "other", {}, filled("x")))


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetError, match="could not be made") as failure:
        made_once(tmp_path / "file" / "data", {}, filled("x"))
    assert str(tmp_path / "file" / "data") in failure.value.message
    assert "YZLITE_CACHE_DIR" in str(failure.value.hint)


def test_two_processes_at_once_make_it_once_and_both_get_it(tmp_path):
    command = [sys.executable, "-c", SLOWLY, str(tmp_path / "data"), str(tmp_path / "log")]
    root = Path(__file__).parents[2]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) for _ in range(2)]
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert outputs == ["12\n", "12\n"]
    assert (tmp_path / "log").read_text() == "made\n"
    assert json.loads((tmp_path / "data" / ".complete.json").read_text()) == {"version": 1}
