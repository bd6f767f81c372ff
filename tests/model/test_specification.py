from __future__ import annotations

import logging
import os
import zipfile
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from yzlite_core.contract.plugins import load_plugins
from yzlite_core.errors import (
    ArchiveError,
    ModelError,
    ModelNotFoundError,
    ScriptError,
    SettingTypeError,
    StopRunError,
    UnknownSettingError,
    UntrustedError,
)
from yzlite_core.model.archive import trust
from yzlite_core.model.specification import (
    LoadedModel,
    find_models,
    list_yzlite_models,
    load_model,
    locate,
    open_model,
)

MINIMAL = """
# @yzlite_model
from yzlite_core import YZLiteModel
class M(YZLiteModel):
    pass
my_model = M()
"""


@pytest.fixture
def folder(tmp_path, monkeypatch, yzlite_cache):
    models = tmp_path / "models"
    models.mkdir()
    monkeypatch.chdir(models)
    return models


def write(folder: Path, name: str, text: str = MINIMAL) -> Path:
    path = folder / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def opened(path: Path, **how) -> AbstractContextManager[LoadedModel]:
    return open_model(path, load_plugins(), **how)


def names() -> list[str]:
    return list_yzlite_models(plugins=load_plugins())


def test_only_tagged_scripts_are_found_and_none_is_executed(folder):
    write(folder, "tagged", "# @yzlite_model\nraise SystemExit(1)\n")
    write(folder, "untagged", "raise SystemExit(1)\n")
    write(folder, "glued", "# x@yzlite_models\n")
    assert {"tagged"} == set(names()) & {"tagged", "untagged", "glued"}


def test_current_folder_is_not_searched_below_and_model_paths_are(folder, tmp_path, monkeypatch):
    write(folder, "below/hidden")
    assert "hidden" not in names()
    other = tmp_path / "other"
    write(other, "deep/er/found")
    monkeypatch.setenv("YZLITE_MODEL_PATHS", str(other))
    assert "found" in names()


def test_user_settings_add_folders(folder, tmp_path, yzlite_cache):
    write(tmp_path / "mine", "of_user")
    (yzlite_cache / "user_settings.yaml").write_text(f"model_paths: ['{tmp_path / 'mine'}']\n")
    assert "of_user" in names()
    (yzlite_cache / "user_settings.yaml").write_text("model_paths: [unclosed")
    with pytest.raises(ModelError, match=r"user_settings.yaml is no valid YAML"):
        names()


def test_unknown_name_has_close_matches(folder):
    write(folder, "keyword_spotting")
    with pytest.raises(ModelNotFoundError, match="did you mean 'keyword_spotting'"):
        locate("keyword_spoting", load_plugins())


def test_test_suffix_and_paths(folder):
    path = write(folder, "mine")
    assert locate("mine", load_plugins()) == (path, False)
    assert locate("mine-test", load_plugins()) == (path, True)
    assert locate("./mine.py", load_plugins()) == (path, False)
    with pytest.raises(ModelNotFoundError, match=r"other\.py does not exist"):
        locate("other.py", load_plugins())


def test_ambiguous_name_lists_the_dotted_forms(folder, tmp_path, monkeypatch):
    write(tmp_path / "many", "tinyml/kws")
    write(tmp_path / "many", "examples/kws")
    monkeypatch.setenv("YZLITE_MODEL_PATHS", str(tmp_path / "many"))
    with pytest.raises(ModelError, match=r"ambiguous: examples\.kws .*tinyml\.kws"):
        locate("kws", load_plugins())
    assert locate("tinyml.kws", load_plugins())[0].parent.name == "tinyml"


def test_earlier_folder_hides_later_ones(folder, tmp_path, monkeypatch):
    write(tmp_path / "later", "mine")
    mine = write(folder, "mine")
    monkeypatch.setenv("YZLITE_MODEL_PATHS", str(tmp_path / "later"))
    assert locate("mine", load_plugins())[0] == mine


def test_model_knows_its_name_and_script(folder):
    path = write(folder, "my_model_v1")
    with opened(path) as loaded:
        assert loaded.model.name == "my_model_v1"
        assert loaded.model.model_specification_path == str(path)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("x = 1\n", ScriptError, "makes no model"),
        (MINIMAL + "other = M()\n", ScriptError, "several models: my_model and other"),
        (MINIMAL + "\n1 / 0\n", ScriptError, r"ZeroDivisionError: division by zero \(mine\.py, line 8\)"),
        (MINIMAL + "def (\n", ScriptError, r"invalid syntax \(mine\.py, line 7\)"),
        (MINIMAL + "import sys; sys.exit(1)\n", ScriptError, "SystemExit"),
        (
            MINIMAL + "my_model.versoin = 2\n",
            UnknownSettingError,
            r"mine\.py, line 7.*did you mean 'version'",
        ),
        (MINIMAL + "my_model.version = 'x'\n", SettingTypeError, r"M\.version takes int.*line 7"),
    ],
)
def test_bad_script(folder, text, error, message):
    with pytest.raises(error, match=message), opened(write(folder, "mine", text)):
        pass


def test_one_model_may_have_two_names(folder):
    with opened(write(folder, "mine", MINIMAL + "yzlite_model = my_model\n")) as loaded:
        assert loaded.model.name == "mine"


def test_script_may_import_its_neighbours(folder):
    (folder / "neighbour.py").write_text("VERSION = 7\n")
    text = MINIMAL + "import neighbour\nmy_model.version = neighbour.VERSION\n"
    with opened(write(folder, "mine", text)) as loaded:
        assert loaded.model.version == 7


def test_name_with_other_characters(folder):
    with (
        pytest.raises(ModelError, match="'my-model' is no model name"),
        opened(write(folder, "my-model")),
    ):
        pass


# ---------------------------------------------------------------------------------- who is told of a model

HOOKED = (
    MINIMAL
    + """
from yzlite_core import hookimpl
my_model.version = 1

@hookimpl
def yzlite_model_loaded(model):
    model.version += 1
"""
)


def test_observers_are_told_of_a_loaded_model_and_so_are_the_hooks_of_its_script(folder, install_plugin):
    install_plugin(
        "heard",
        "from yzlite_core.contract.hookspecs import hookimpl\nYZLITE_CONTRACT = 1\nheard = []\n"
        "@hookimpl\ndef yzlite_model_loaded(model): heard.append(model.name)\n",
    )
    with opened(write(folder, "mine", HOOKED)) as loaded:
        assert loaded.model.version == 2
    load_model(folder / "mine.py", load_plugins())
    import plugin_heard  # type: ignore[import-not-found]  # installed above

    assert plugin_heard.heard == ["mine", "mine"]


def test_observer_that_fails_is_a_line_and_the_model_is_loaded(folder, caplog):
    text = HOOKED + "    raise KeyError('k')\n"
    log = logging.getLogger("told")
    with opened(write(folder, "mine", text), log=log) as loaded:
        assert loaded.model.version == 2
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("told", "WARNING")
    assert record.getMessage() == (
        "The script mine.py failed in yzlite_model_loaded: KeyError: 'k'; the model is loaded all the same"
    )


def test_observer_may_end_it(folder):
    text = HOOKED + "    from yzlite_core.errors import StopRunError\n    raise StopRunError('not today')\n"
    with pytest.raises(StopRunError, match=r"^not today$"), opened(write(folder, "mine", text)):
        pass


def archive_of(folder: Path) -> Path:
    path = folder / "packed.yzlite.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("packed.py", MINIMAL)
    return path


def test_archive_runs_only_trusted_code(folder, tmp_path):
    path = archive_of(folder)
    assert [entry.is_archive for entry in find_models(load_plugins()) if entry.name == "packed"] == [True]
    with pytest.raises(UntrustedError, match=r"you have not written: packed\.py.*--trust"), opened(path):
        pass
    with opened(path, trust=True) as loaded:
        assert (loaded.model.name, loaded.source) == ("packed", path)
    script = tmp_path / "packed.py"
    script.write_text(MINIMAL)
    trust(script)
    with opened(path) as loaded:
        assert loaded.model.name == "packed"


def test_broken_archive(folder):
    path = folder / "broken.yzlite.zip"
    path.write_bytes(archive_of(folder).read_bytes()[:40])
    with pytest.raises(ArchiveError, match="cut off, damaged or no zip file"), opened(path):
        pass
    empty = folder / "empty.yzlite.zip"
    with zipfile.ZipFile(empty, "w"):
        pass
    with pytest.raises(ArchiveError, match=r"holds no empty\.py"), opened(empty):
        pass


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "YZLITE_USER_SETTINGS_PATH names .*, which is no file"),
        ("a: [b", "is no valid YAML"),
        ("just words", "holds no settings"),
        ("model_paths: 5", r"model_paths of .*mine\.yaml is 5"),
    ],
)
def test_user_settings_that_are_none_are_a_sentence(folder, tmp_path, monkeypatch, content, message):
    path = tmp_path / "mine.yaml"
    monkeypatch.setenv("YZLITE_USER_SETTINGS_PATH", str(path))
    if content is not None:
        path.write_text(content)
    with pytest.raises(ModelError, match=message):
        list(find_models(load_plugins()))


def test_overlapping_folders_and_links_give_each_model_once(folder, tmp_path, monkeypatch):
    write(folder, "mine")
    (tmp_path / "linked").symlink_to(folder)
    monkeypatch.setenv("YZLITE_MODEL_PATHS", f"{folder}{os.pathsep}{tmp_path / 'linked'}")
    assert [entry.path for entry in find_models(load_plugins()) if entry.name == "mine"] == [
        folder / "mine.py"
    ]


def test_a_circle_of_links_ends(folder, monkeypatch):
    write(folder, "sub/mine")
    (folder / "sub" / "round").symlink_to(folder)
    monkeypatch.setenv("YZLITE_MODEL_PATHS", str(folder))
    assert names().count("mine") == 1


def test_the_users_settings_come_first(folder, tmp_path, monkeypatch, yzlite_cache):
    first = write(tmp_path / "first", "deep/mine")
    write(folder, "mine")
    settings = yzlite_cache / "user_settings.yaml"
    settings.write_text(f"model_paths: [{tmp_path / 'first'}]\n")
    assert locate("mine", load_plugins())[0] == first
    other = tmp_path / "other.yaml"
    other.write_text("")
    monkeypatch.setenv("YZLITE_USER_SETTINGS_PATH", str(other))
    assert locate("mine", load_plugins())[0] == folder / "mine.py"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model_paths: [", r"user_settings\.yaml is no valid YAML"),
        ("- a\n- b\n", "holds no settings"),
        ("model_paths: 3", r"model_paths of .*user_settings\.yaml is 3 \(write a list"),
        ("model_paths: [1]", r"model_paths of .* is \[1\]"),
    ],
)
def test_wrong_user_settings_are_a_sentence(folder, yzlite_cache, text, message):
    (yzlite_cache / "user_settings.yaml").write_text(text)
    with pytest.raises(ModelError, match=message):
        names()


def test_names_for_test_mode_and_for_tests(folder):
    write(folder, "mine")
    write(folder, "shy", MINIMAL + "# @yzlite_utest_disabled\n")
    assert {"mine", "shy"} <= set(names())
    listed = list_yzlite_models(test=True, for_utests=True)
    assert "mine-test" in listed
    assert "shy-test" not in listed


def test_what_is_beside_a_model_is_no_model(folder):
    write(folder, "mine-not")
    (folder / "folder.py").mkdir()
    (folder / "gone.py").symlink_to(folder / "nowhere.py")
    write(folder, ".hidden")
    (folder / "binary.py").write_bytes(b"\xff\xfe\x00 @yzlite_model \x00")
    found = set(names()) & {"mine-not", "folder", "gone", ".hidden", "binary"}
    assert found == {"binary"}  # only the tag counts; what else is wrong, its execution tells
