"""What plugins contribute is gathered and written, and nobody's work is lost."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from yzlite_core.contract.hookspecs import hookimpl
from yzlite_core.contract.plugins import Plugins
from yzlite_core.errors import PluginError, YZLiteError
from yzlite_core.tflite.parameters import TfliteModelParameters
from yzlite_firmware import plugin
from yzlite_firmware.project import MARK, c_project


def contributing(files):
    """Return a plugin that adds these files to an export."""

    @hookimpl
    def yzlite_export_sources():
        return files

    return SimpleNamespace(yzlite_export_sources=yzlite_export_sources)


def project_with(tflite, **others):
    return c_project(tflite, "tiny", Plugins([], {"firmware": plugin, **others}))


def test_our_own_files_are_replaced_and_those_of_others_are_not(tiny_bytes, tmp_path):
    project_with(tiny_bytes).write(tmp_path)
    (tmp_path / "main.cc").write_text("// changed by hand")
    again = project_with(TfliteModelParameters(a=1).add_to_tflite_flatbuffer(tiny_bytes))
    assert tmp_path / "main.cc" not in again.write(tmp_path)
    assert (tmp_path / "main.cc").read_text() == "// changed by hand"
    assert "TINY_PARAM_A 1" in (tmp_path / "tiny_parameters.h").read_text()
    (tmp_path / "tiny_model.h").write_text("// of somebody else")
    with pytest.raises(YZLiteError, match=r"tiny_model\.h exists and was not written by"):
        again.write(tmp_path)
    assert (tmp_path / "tiny_model.h").read_text() == "// of somebody else"


def test_a_contributed_file_is_replaced_if_it_bears_the_mark(tiny_bytes, tmp_path):
    for version in (1, 2):
        files = {"pins.h": f"/* {MARK} */\n#define PINS {version}\n", "board.h": f"// {version}"}
        project_with(tiny_bytes, board=contributing(files)).write(tmp_path)
    assert (tmp_path / "pins.h").read_text().endswith("#define PINS 2\n")
    assert (tmp_path / "board.h").read_text() == "// 1"


def test_what_contributors_are_told(tiny_bytes):
    told = []

    @hookimpl
    def yzlite_export_sources(model, tflite, name, prefix, arena):
        told.append((model, tflite, name, prefix, arena))

    listener = SimpleNamespace(yzlite_export_sources=yzlite_export_sources)
    model = object()
    project = c_project(
        tiny_bytes, "9 lives!", Plugins([], {"firmware": plugin, "listener": listener}), model
    )
    assert told == [(model, tiny_bytes, "9 lives!", "n9_lives", project.arena)]
    assert f"#define N9_LIVES_ARENA_SIZE {project.arena.size}u" in project.files["n9_lives_model.h"]


def test_two_contributors_of_one_file_are_named(tiny_bytes):
    with pytest.raises(PluginError, match=r"Both firmware and other add tiny_model\.h to the export"):
        project_with(tiny_bytes, other=contributing({"tiny_model.h": ""}))


@pytest.mark.parametrize("name", ["../pins.h", "src/pins.h", "/pins.h", "..", ""])
def test_a_name_that_is_no_files_name_is_refused(tiny_bytes, name):
    with pytest.raises(PluginError, match=f"other adds '{name}' to the export, which is no file's name"):
        project_with(tiny_bytes, other=contributing({name: ""}))


def test_an_answer_that_holds_no_files_is_refused(tiny_bytes):
    with pytest.raises(PluginError, match="'other' answered yzlite_export_sources with a list, not"):
        project_with(tiny_bytes, other=contributing(["pins.h"]))


def test_an_export_of_nothing_is_an_error(tiny_bytes):
    with pytest.raises(PluginError, match="No plugin adds a file to the export"):
        c_project(tiny_bytes, "tiny", Plugins([], {}))
