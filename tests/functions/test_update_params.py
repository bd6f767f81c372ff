from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from yzlite_core.errors import BusyError
from yzlite_core.functions.update import update_parameters
from yzlite_core.run.lock import holding
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.parameters import TfliteModelParameters
from yzlite_core.tflite.stamp import stamped

TFLITE = Path(__file__).parents[1] / "tflite" / "data" / "tiny_cnn.tflite"
SCRIPT = """
    # @yzlite_model
    from yzlite_core import YZLiteModel, TrainMixin
    class M(YZLiteModel, TrainMixin): pass
    m = M()
    m.description = 'As the script says'
    m.model_parameters['threshold'] = 0.75
"""


@pytest.fixture
def trained(yzlite_cache, make_script):
    """A model `pet` with a .tflite in its log directory and in an archive beside its script."""
    script = make_script("pet", SCRIPT)
    tflite = stamped(
        TFLITE.read_bytes(), TfliteModelParameters(threshold=0.5, old=1, runtime_memory_size=2784)
    )
    file = yzlite_cache / "models" / "pet" / "pet.tflite"
    file.parent.mkdir(parents=True)
    file.write_bytes(tflite)
    archive = script.with_name("pet.yzlite.zip")
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("pet.py", script.read_text())
        opened.writestr("pet.tflite", tflite)
        opened.writestr("train/log.txt", "kept")
    return script, file, archive


def archived(archive: Path, name: str) -> bytes:
    with zipfile.ZipFile(archive) as opened:
        return opened.read(name)


def parameters_in(tflite: bytes) -> TfliteModelParameters:
    return TfliteModelParameters.load_from_tflite_flatbuffer(tflite)


def test_a_trained_model_is_changed_in_its_log_directory_and_its_archive(yzlite, trained):
    _, file, archive = trained
    before = parameters_in(file.read_bytes())
    done = yzlite("update-params", "pet", "threshold=0.9", 'labels=["a","b"]', "--json")
    assert done.code == 0, done.stderr
    assert done.json["files"] == [str(file), str(archive)]
    after = parameters_in(file.read_bytes())
    assert (after["threshold"], after["labels"], after["old"]) == (pytest.approx(0.9), ["a", "b"], 1)
    assert after["hash"] != before["hash"]
    assert done.json["parameters"] == {key: pytest.approx(value) for key, value in after.items()}
    assert done.json["types"]["labels"] == "str_list"
    assert archived(archive, "pet.tflite") == file.read_bytes()
    assert archived(archive, "train/log.txt") == b"kept"


def test_without_parameters_those_of_the_script_are_taken_anew(yzlite, trained):
    _, file, archive = trained
    assert yzlite("update-params", "pet").code == 0
    after = parameters_in(file.read_bytes())
    assert set(after) == {"name", "version", "threshold", "runtime_memory_size", "hash", "date"}
    assert after["threshold"] == 0.75
    assert TfliteModel(file.read_bytes()).description == "As the script says"
    assert archived(archive, "pet.tflite") == file.read_bytes()


def test_an_archive_alone_is_changed_without_running_its_script(yzlite, trained):
    script, file, archive = trained
    script.unlink()
    before = file.read_bytes()
    done = yzlite("update_params", archive, "threshold=1", "--description", "Mine")
    assert done.code == 0, done.stderr
    assert parameters_in(archived(archive, "pet.tflite"))["threshold"] == 1.0
    assert TfliteModel(archived(archive, "pet.tflite")).description == "Mine"
    assert file.read_bytes() == before
    refused = yzlite("update-params", archive)
    assert refused.code == 1
    assert "code that you have not written" in refused.stderr


def test_a_file_of_ones_own_is_changed_in_place_or_written_elsewhere(yzlite, tmp_path):
    path = tmp_path / "mine.tflite"
    path.write_bytes(TFLITE.read_bytes())
    assert yzlite("update-params", path, "a=1", "--output", tmp_path / "other").code == 0
    assert path.read_bytes() == TFLITE.read_bytes()
    assert parameters_in((tmp_path / "other" / "mine.tflite").read_bytes())["a"] == 1
    assert yzlite("update-params", path, "a=2", "--output", tmp_path / "new.tflite").code == 0
    assert parameters_in((tmp_path / "new.tflite").read_bytes())["a"] == 2
    assert yzlite("update-params", path, "a=3").code == 0
    assert parameters_in(path.read_bytes())["a"] == 3


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.json", json.dumps({"a": 1, "b": 1e3, "c": ["x"], "d": [0.5]})),
        ("p.yaml", "a: 1\nb: 1000.0\nc: [x]\nd:\n  - 0.5\n"),
    ],
)
def test_parameters_come_from_a_file_and_the_command_line_wins(yzlite, tmp_path, name, text):
    path = tmp_path / "mine.tflite"
    path.write_bytes(TFLITE.read_bytes())
    (tmp_path / name).write_text(text)
    assert yzlite("update-params", path, "a=text=more", "--params", tmp_path / name).code == 0
    held = parameters_in(path.read_bytes())
    assert {key: held[key] for key in "abcd"} == {"a": "text=more", "b": 1000.0, "c": ["x"], "d": [0.5]}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["threshold"], 2, "parameter threshold is not of the form key=value (e.g. threshold=0.5)"),
        ([], 2, "nothing to change"),
        (["a=null"], 1, "'a' cannot be None"),
        (["a=[1,2.5]"], 1, "it does not fit the type int32_list"),
        (["--params", "nowhere.json"], 2, "nowhere.json cannot be read"),
        (["--params", "list.yaml"], 2, "list.yaml holds no parameters"),
        (["--params", "broken.json"], 2, "broken.json cannot be read"),
    ],
)
def test_what_cannot_be_changed_is_one_sentence(yzlite, tmp_path, arguments, code, said):
    (tmp_path / "list.yaml").write_text("- 1\n")
    (tmp_path / "broken.json").write_text("{")
    path = tmp_path / "mine.tflite"
    path.write_bytes(TFLITE.read_bytes())
    done = yzlite("update-params", path, *arguments)
    assert done.code == code
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert path.read_bytes() == TFLITE.read_bytes()


def test_nothing_is_changed_in_read_only_mode_but_what_output_names(yzlite, tmp_path):
    path = tmp_path / "mine.tflite"
    path.write_bytes(TFLITE.read_bytes())
    refused = yzlite("update-params", path, "a=1", YZLITE_READONLY="1")
    assert refused.code == 2
    assert "YZLITE_READONLY forbids to change" in refused.stderr
    assert path.read_bytes() == TFLITE.read_bytes()
    assert yzlite("update-params", path, "a=1", "-o", tmp_path / "new.tflite", YZLITE_READONLY="1").code == 0
    assert parameters_in((tmp_path / "new.tflite").read_bytes())["a"] == 1


def test_a_log_directory_that_a_run_holds_is_left_alone(trained):
    _, file, _ = trained
    before = file.read_bytes()
    with holding(file.parent), pytest.raises(BusyError):
        update_parameters(str(trained[0]), {"a": 1})
    assert file.read_bytes() == before
