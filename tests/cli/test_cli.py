from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from yzlite_core.cli import main
from yzlite_core.cli.frame import explain
from yzlite_core.contract import entry_points, lazy_exports
from yzlite_core.support.console import console_log

MINE = "# @yzlite_model\nfrom yzlite_core import *\nclass M(YZLiteModel): pass\nm = M()\n"
TFLITE = Path(__file__).parents[1] / "tflite" / "data" / "layer_norm.tflite"
HEAVY = {"tensorflow", "keras", "matplotlib", "sklearn", "cv2", "numba", "librosa"}


def modules_after(code: str, **kwargs) -> set[str]:
    code += "\nimport sys, json\nprint('\\n' + json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, **kwargs)
    return set(json.loads(done.stdout.splitlines()[-1]))


def run_in_process(*arguments: str) -> str:
    return (
        f"from yzlite_core.cli import main\ntry: main({list(arguments)!r})\n"
        "except SystemExit as e: assert not e.code, e.code"
    )


def test_help_lists_commands_and_imports_none(yzlite, install_plugin):
    install_plugin(
        "loud", "raise RuntimeError", entry_points={"yzlite.commands": {"shout": "no_such_module:main"}}
    )
    done = yzlite("--help")
    assert done.code == 0
    assert "summarize" in done.stdout
    assert "shout" in done.stdout
    assert "(from yzlite-loud)" in done.stdout
    loaded = modules_after(run_in_process("--help"))
    assert not loaded & (HEAVY | {"numpy", "plugin_loud", "yzlite_core.contract.plugins", "rich"})


@pytest.mark.parametrize(
    "arguments",
    [["list"], ["plugins"], ["plugins", "--json"], ["summarize", str(TFLITE)], ["profile", str(TFLITE)]],
)
def test_light_commands_leave_tensorflow_out(yzlite_cache, arguments):
    assert not modules_after(run_in_process(*arguments)) & HEAVY


def test_command_of_a_plugin(yzlite, install_plugin):
    install_plugin(
        "motion",
        "YZLITE_CONTRACT = 1\ndef shake(times: int = 2): print('shaken', times)\n",
        entry_points={"yzlite.commands": {"shake-it": "plugin_motion:shake"}},
    )
    assert yzlite("shake-it", "--times", 3).stdout == "shaken 3\n"
    assert yzlite("shake_it").stdout == "shaken 2\n"


def test_broken_command_of_a_plugin_is_a_sentence(yzlite, install_plugin):
    install_plugin(
        "loud", "YZLITE_CONTRACT = 1", entry_points={"yzlite.commands": {"shout": "no_such_module:main"}}
    )
    done = yzlite("shout")
    assert done.code == 1
    assert done.stderr == (
        "Error: The command 'shout' of yzlite-loud cannot be loaded: ModuleNotFoundError: "
        "No module named 'no_such_module'\n"
    )


def test_disabled_command_is_none(yzlite, install_plugin):
    install_plugin(
        "motion",
        "YZLITE_CONTRACT = 1\ndef shake(): pass\n",
        entry_points={"yzlite.commands": {"shake": "plugin_motion:shake"}},
    )
    for name in ("motion", "yzlite-motion"):
        done = yzlite("shake", YZLITE_DISABLE_PLUGINS=name)
        assert (done.code, done.stderr.split(";")[0]) == (2, "Error: There is no command 'shake'")
        assert "shake" not in yzlite("--help", YZLITE_DISABLE_PLUGINS=name).stdout


@pytest.mark.parametrize(
    ("command", "dist"), [("export", "yzlite-firmware"), ("view_images", "yzlite-image")]
)
def test_known_command_of_a_missing_plugin_says_what_to_install(monkeypatch, capsys, command, dist):
    for module in (entry_points, lazy_exports):
        monkeypatch.setattr(module, "points", lambda group, name=None: [])
    with pytest.raises(SystemExit, match="1"):
        main([command, "x.tflite", "--json"])
    said = f"The command '{command.replace('_', '-')}' comes with the plugin '{dist}', which is not installed"
    captured = capsys.readouterr()
    assert captured.err == f"Error: {said}: pip install {dist}\n"
    assert json.loads(captured.out)["error"]["type"] == "MissingPluginError"


def test_known_command_of_a_disabled_plugin_says_so(yzlite, install_plugin):
    install_plugin("mine", "", entry_points={"yzlite.commands": {"export": "plugin_mine:export"}})
    done = yzlite("export", "x.tflite", YZLITE_DISABLE_PLUGINS="mine,yzlite-firmware")
    assert (done.code, done.stderr) == (
        1,
        "Error: The command 'export' comes with the plugin 'yzlite-firmware', which is switched off "
        "(take it out of YZLITE_DISABLE_PLUGINS)\n",
    )


def test_command_of_two_plugins_names_both(yzlite, install_plugin):
    for name in ("motion", "radar"):
        install_plugin(
            name,
            "YZLITE_CONTRACT = 1\ndef shake(): pass\n",
            entry_points={"yzlite.commands": {"shake": f"plugin_{name}:shake"}},
        )
    assert "(from yzlite-motion and yzlite-radar)" in yzlite("--help").stdout
    done = yzlite("shake")
    assert done.code == 1
    assert "'shake' comes from both yzlite-motion and yzlite-radar (uninstall one" in done.stderr


PLUGIN_WITH_COMMANDS = """
import typer
from yzlite_core.cli.frame import Json, Shown, Verbose, command

YZLITE_CONTRACT = 1
print("imported")

@command
def framed(ok: bool = True, json: Json = False, verbose: Verbose = False) -> Shown:
    print("chatter")
    if not ok:
        raise ValueError("no good")
    return Shown({"status": "ok"}, "well done")

def plain(json: Json = False):
    print('{"mine": 1}')

def failing(json: Json = False, verbose: Verbose = False):
    raise ValueError("oh dear")
"""


def test_commands_of_plugins_have_json_too(yzlite, install_plugin):
    names = ("framed", "plain", "failing")
    install_plugin(
        "motion",
        PLUGIN_WITH_COMMANDS,
        entry_points={"yzlite.commands": {name: f"plugin_motion:{name}" for name in names}},
    )
    assert yzlite("framed").stdout == "chatter\nwell done\n"
    assert yzlite("framed", "--json").json == {"status": "ok"}
    failed = yzlite("framed", "--no-ok", "--json")
    assert (failed.code, failed.json["error"]["message"]) == (1, "no good")
    assert yzlite("plain", "--json").json == {"mine": 1}
    failed = yzlite("failing", "--json")
    assert (failed.code, failed.json["error"]["type"]) == (1, "ValueError")
    assert failed.stderr == "imported\nError: ValueError: oh dear (--verbose shows the traceback)\n"
    assert "Traceback" in yzlite("failing", "--verbose").stderr


def test_plugins_shows_the_traceback_of_a_broken_one(yzlite, install_plugin):
    install_plugin("sick", "1 / 0")
    assert "Traceback" not in yzlite("plugins").stderr
    assert "ZeroDivisionError: division by zero\n" in yzlite("plugins", "--verbose").stderr
    (record,) = (r for r in yzlite("plugins", "--json").json["plugins"] if r["name"] == "sick")
    assert record["reason"] == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rnu"], "There is no command 'rnu'; did you mean 'run'?"),
        (["program_app", "x"], "'program_app' is not part of YZLite; build a program around"),
        (["run"], "Missing argument 'MODEL'"),
        (["run", "x", "--bogus"], "No such option: --bogus"),
        (["run", "x", "--workers", "0"], "--workers"),
    ],
)
def test_wrong_usage_exits_with_2(yzlite, arguments, message):
    done = yzlite(*arguments)
    assert done.code == 2
    assert message in done.stderr
    assert done.stdout == ""
    data = yzlite(*arguments, "--json").json
    assert data["status"] == "failed"
    assert message in data["error"]["message"]


@pytest.mark.parametrize(
    ("stages", "message"), [(",", "No stage is named"), ("fit,lod", "There is no stage 'lod'")]
)
def test_stages_that_are_none_are_wrong_usage(yzlite, make_script, stages, message):
    done = yzlite("run", make_script("mine", MINE), "--stages", stages, "--json")
    assert done.code == 2
    assert done.json["error"]["message"] == message


def test_list_tells_models_of_one_name_apart(yzlite, tmp_path):
    for folder in ("one", "two"):
        (tmp_path / "models" / folder).mkdir(parents=True)
        (tmp_path / "models" / folder / "mine.py").write_text(MINE)
    (tmp_path / "models" / "other.py").write_text(MINE)
    done = yzlite("list", YZLITE_MODEL_PATHS=str(tmp_path / "models"))
    names = [line.split()[0] for line in done.stdout.splitlines()]
    assert {"one.mine", "two.mine", "other"} < set(names)


def test_failure_is_one_sentence_and_one_json_object(yzlite):
    done = yzlite("run", "no_such_model", "--json")
    assert done.code == 1
    assert (
        done.stderr
        == "Error: There is no model 'no_such_model' on the search path (see them with: yzlite list)\n"
    )
    assert done.json["error"]["type"] == "ModelNotFoundError"
    assert "Traceback" in yzlite("run", "no_such_model", "--verbose").stderr


def test_printing_scripts_do_not_spoil_the_json(yzlite, make_script):
    make_script(
        "chatty",
        """
        # @yzlite_model
        import os
        from yzlite_core import YZLiteModel
        print("hello")
        os.write(1, b"native hello")
        class M(YZLiteModel):
            pass
        my_model = M()
        """,
    )
    done = yzlite("describe", "chatty", "--json")
    assert done.code == 0, done.stderr
    assert done.json["settings"]["version"] == {
        "value": 1,
        "set": False,
        "doc": "The model's version, embedded in the `.tflite`.",
        "declared_by": "YZLiteModel",
    }
    assert "hello" in done.stderr
    assert "native hello" in done.stderr


def test_describe_shows_what_is_set(yzlite, make_script):
    make_script(
        "mine",
        "# @yzlite_model\nfrom yzlite_core import *\nclass M(YZLiteModel): pass\nm = M()\nm.version = 5\n",
    )
    lines = yzlite("describe", "mine").stdout.splitlines()
    assert any(line.split()[:3] == ["*", "version", "5"] for line in lines)
    assert yzlite("describe", "mine", "--set", "versoin=3").code == 1


def test_unknown_stage(yzlite, make_script):
    make_script("mine", MINE)
    done = yzlite("run", "mine", "--stages", "fit,bake")
    assert done.code == 2
    assert "no stage 'bake'" in done.stderr


def test_list_marks_models_that_need_a_missing_plugin(yzlite, make_script, monkeypatch):
    make_script("bare", "# @yzlite_model\n")
    make_script("seismic", "# @yzlite_model\nfrom yzlite_core import AudioDatasetMixin\n")
    models = {model["name"]: model for model in yzlite("list", "--json").json["models"]}
    assert models["bare"]["needs"] == []
    import importlib_metadata

    lent = {point.name for point in importlib_metadata.entry_points(group="yzlite.exports")}
    expected = [] if "AudioDatasetMixin" in lent else ["yzlite-audio"]
    assert models["seismic"]["needs"] == expected


def test_plugins_shows_a_broken_one_with_its_reason(yzlite, install_plugin):
    install_plugin("sick", "import nowhere")
    done = yzlite("plugins")
    assert done.code == 0
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("sick")]
    assert "broken" in line
    assert "No module named 'nowhere'" in line


def test_version(yzlite):
    import yzlite_core

    assert yzlite("--version").stdout == f"yzlite {yzlite_core.__version__}\n"


def test_cut_off_tflite_is_said_to_be(yzlite, tmp_path):
    cut = tmp_path / "cut.tflite"
    cut.write_bytes(TFLITE.read_bytes()[:1000])
    for command in ("summarize", "profile"):
        done = yzlite(command, cut, "--json")
        assert done.code == 1
        assert done.json["error"]["type"] == "TfliteError"
        assert "cut off" in done.json["error"]["message"]
        assert "Traceback" not in done.stderr
    assert "gone.tflite cannot be read" in yzlite("profile", tmp_path / "gone.tflite").stderr


def test_log_falls_silent_when_nobody_reads_on(monkeypatch, capsys):
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w")
    monkeypatch.setattr(sys, "stdout", stream)
    log = console_log(to_stderr=False)
    log.info("the run goes on")
    log.info("and on")
    monkeypatch.undo()
    with pytest.raises(BrokenPipeError):
        stream.close()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", ["run", "train"])
def test_results_that_cannot_be_written_are_a_sentence(yzlite, make_script, name):
    script = make_script("mine", MINE)
    done = yzlite(name, script, "--output", script / "results", "--json")
    assert done.code == 1
    assert f"The results cannot be written to {script / 'results'}: Not a directory (choose" in done.stderr
    assert done.json["error"]["type"] == "NoFolderError"


def test_failure_of_the_system_is_told_in_its_words(capsys):
    explain(OSError(28, "No space left on device", "/full/file"))
    assert capsys.readouterr().err == (
        "Error: No space left on device: /full/file (--verbose shows the traceback)\n"
    )


def test_plugins_shows_those_that_are_built_in(yzlite):
    records = yzlite("plugins", "--json").json["plugins"]
    own = {record["name"]: record for record in records if record["dist"] == "yzlite-core"}
    assert own.keys() >= {"compat", "conversion", "keras", "run", "tflite"}
    assert "yzlite_fit" in own["keras"]["hooks"]
    assert "yzlite_fit_arguments" in yzlite("plugins").stdout
