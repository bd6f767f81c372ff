from __future__ import annotations

from pathlib import Path

from yzlite_core.testing import PluginConformance

BOARD = """
from yzlite_core.contract.hookspecs import hookimpl

YZLITE_CONTRACT = 1

@hookimpl
def yzlite_export_sources(model, prefix, arena):
    assert model is None  # no script is executed
    return {f"{prefix}_board.h": f"#define RAM_LEFT (65536 - {arena.size})"}
"""


class TestConformance(PluginConformance):
    plugin = "firmware"


def test_the_command(yzlite, data, tmp_path):
    done = yzlite("export", data / "tiny_cnn.tflite", "--c", tmp_path / "c", "--json")
    assert done.code == 0, done.stderr
    assert (done.json["prefix"], done.json["operators"][0]) == ("tiny_cnn", "CONV_2D")
    assert sorted(Path(path).name for path in done.json["files"]) == sorted(
        path.name for path in (tmp_path / "c").iterdir()
    )
    assert yzlite("export", data / "tiny_cnn.tflite").code == 2


def test_a_third_party_adds_a_file(yzlite, data, tmp_path, install_plugin):
    install_plugin("board", BOARD)
    done = yzlite("export", data / "tiny_cnn.tflite", "--c", tmp_path / "c", "--json")
    assert done.code == 0, done.stderr
    board = tmp_path / "c" / "tiny_cnn_board.h"
    assert str(board) in done.json["files"]
    assert board.read_text() == f"#define RAM_LEFT (65536 - {done.json['arena_bytes']})"


def test_without_the_plugins_hooks_there_is_nothing_to_export(yzlite, data, tmp_path):
    done = yzlite("export", data / "tiny_cnn.tflite", "--c", tmp_path / "c", "--no-plugin", "firmware")
    assert (done.code, done.stdout) == (1, "")
    assert done.stderr == "Error: No plugin adds a file to the export (leave --no-plugin firmware out)\n"
    assert not (tmp_path / "c").exists()
