"""`yzlite new`, `doctor`, `custom`, `datasets`, `view` and `tensorboard`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
import urllib.request
from pathlib import Path

import pytest
from importlib_metadata import entry_points

TFLITE = Path(__file__).parents[1] / "tflite" / "data" / "layer_norm.tflite"
if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LENT = {point.name for point in entry_points(group="yzlite.exports")}
OWN = """
    # @yzlite_model
    import typer
    from yzlite_core import YZLiteModel

    class M(YZLiteModel):
        pass

    my_model = M()

    @my_model.cli.command("dump_all")
    def dump_all(count: int = typer.Option(100, "--count", help="How many."), json: bool = False):
        print("dumped", count, json)
        my_model.version = count  # nothing is frozen here
        if count == 0:
            1 / 0
        raise typer.Exit(4 if count == 4 else 0)
"""
# Stands for Netron: serves the file's name, in a thread, until it is stopped.
NETRON = """
    import http.server, pathlib, threading
    servers = {}

    def start(file, address, browse):
        class Page(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(pathlib.Path(file).read_bytes()[4:8])
            def log_message(self, *args):
                pass
        servers[address] = http.server.ThreadingHTTPServer(address, Page)
        threading.Thread(target=servers[address].serve_forever, daemon=True).start()

    def stop(address):
        servers.pop(address).shutdown()
"""
KINDS = {
    "image": ("ImageDatasetMixin", "yzlite-image"),
    "audio": ("AudioDatasetMixin", "yzlite-audio"),
    "generic": ("YZLiteModel", None),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_new_specification_runs_as_it_stands(yzlite, kind, tmp_path, monkeypatch):
    name, plugin = KINDS[kind]
    done = yzlite("new", "my_model", f"--{kind}")
    if plugin is not None and not {name, "EvaluateClassifierMixin"} <= LENT:
        assert done.code == 1
        assert "pip install" in done.stderr
        assert not (tmp_path / "my_model.py").exists()
        return
    assert done.code == 0, done.stderr
    assert "yzlite run my_model --test" in done.stdout
    ran = yzlite("run", "my_model", "--test", "--json")
    assert ran.code == 0, ran.stderr
    assert ran.json["stages"]["load"]["generated"] is True
    assert ran.json["stages"]["convert"]["int8"] is True
    if "EvaluateClassifierMixin" in LENT:
        assert ran.json["stages"]["evaluate"]["tflite"]["samples"] > 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["a-b"], 2, "'a-b' is no model name (letters, digits and underscores, e.g. a_b)"),
        (["../up"], 2, "is no model name"),
        (["numpy"], 2, "'numpy' is the name of a Python module"),
        (["there"], 1, "there.py is there already"),
        (["x", "--image", "--audio"], 2, "A specification is of one kind"),
        (["x", "--output", "there.py"], 1, "there.py/x.py cannot be written"),
    ],
)
def test_new_refuses(yzlite, make_script, tmp_path, arguments, code, message):
    path = make_script("there", "# mine")
    done = yzlite("new", *arguments)
    assert done.code == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert path.read_text() == "# mine"
    assert [file.name for file in tmp_path.glob("*.py")] == ["there.py"]


def test_new_generic_needs_no_plugin(yzlite, tmp_path):
    done = yzlite("new", "mine", "--output", tmp_path / "folder", "--json")
    assert done.json == {"status": "ok", "model": "mine", "path": str(tmp_path / "folder" / "mine.py")}
    text = (tmp_path / "folder" / "mine.py").read_text()
    assert "yzlite run mine --test" in text
    assert "{name}" not in text
    assert ("EvaluateClassifierMixin" in text) == ("EvaluateClassifierMixin" in LENT)


@pytest.mark.slow
def test_doctor_is_green_and_then_names_what_is_wrong(yzlite, yzlite_cache, install_plugin):
    done = yzlite("doctor", "--json")
    assert done.code == 0, done.stdout
    assert done.json["status"] == "ok"
    found = {check["name"]: check for check in done.json["checks"]}
    assert {"Python", "TensorFlow", "cache", "trust", "models"} <= set(found)
    assert str(yzlite_cache) in found["cache"]["text"]
    install_plugin("sick", "import nowhere")
    (yzlite_cache / "trusted.json").write_text("{")
    done = yzlite("doctor", YZLITE_MODEL_PATHS="no_such_folder")
    assert done.code == 1
    lines = [line for line in done.stdout.splitlines() if line.startswith("problem")]
    assert [line.split()[1] for line in lines] == ["plugin", "trust", "search"]
    assert "No module named 'nowhere'" in lines[0]
    assert "There is trouble: 3 problems." in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["dump_all"], 0, "dumped 100 False\n"),
        (["dump-all", "--count", "7", "--json"], 0, "dumped 7 True\n"),
        (["dump_all", "--count", "4"], 4, "dumped 4 False\n"),
        (["dump_all", "--help"], 0, "How many."),
        (["--help"], 0, "dump_all"),
        ([], 0, "dump_all"),
    ],
)
def test_custom_passes_everything_on(yzlite, make_script, arguments, code, said):
    make_script("mine", OWN)
    done = yzlite("custom", "mine", *arguments)
    assert done.code == code, done.stderr
    assert said in done.stdout


def test_custom_explains_failures(yzlite, make_script):
    make_script("mine", OWN)
    make_script("bare", "# @yzlite_model\nfrom yzlite_core import *\nclass M(YZLiteModel): pass\nm = M()\n")
    done = yzlite("custom", "mine", "dumb_all")
    assert done.code == 2
    assert done.stderr == "Error: mine has no command 'dumb_all' (did you mean 'dump-all'?)\n"
    done = yzlite("custom", "mine", "dump_all", "--bogus")
    assert (done.code, done.stderr.startswith("Error: No such option: --bogus")) == (2, True)
    done = yzlite("custom", "mine", "dump_all", "--count", 0)
    assert (done.code, done.stderr) == (1, "Error: ZeroDivisionError: division by zero (mine.py, line 16)\n")
    done = yzlite("custom", "bare", "x")
    assert (done.code, "has no commands of its own" in done.stderr) == (2, True)


def test_underscores_are_accepted_everywhere(yzlite, make_script):
    make_script("mine", OWN)
    assert "--description" in yzlite("update_params", "--help").stdout
    done = yzlite("describe", "mine", "--no_plugin", "nobody")
    assert done.stderr.startswith("Error: There is no plugin 'nobody'")


def test_datasets_are_listed(yzlite, install_plugin):
    install_plugin(
        "sea",
        """
        from yzlite_core.contract.hookspecs import hookimpl
        YZLITE_CONTRACT = 1
        @hookimpl
        def yzlite_datasets(): return {"waves": "sea_waves:load"}
        """,
    )
    datasets = yzlite("datasets", "--json").json["datasets"]
    assert {"name": "waves", "target": "sea_waves:load", "plugin": "sea"} in datasets
    assert "waves" in yzlite("datasets").stdout


def start(tmp_path: Path, site: Path, *arguments: object) -> subprocess.Popen[str]:
    inherited = os.environ.get("PYTHONPATH")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(site), *([inherited] if inherited else [])]),
    }
    command = [sys.executable, "-c", "from yzlite_core.cli import main; main()", *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def first_object(child: subprocess.Popen[str]) -> dict:
    assert child.stdout is not None
    lines = iter(child.stdout.readline, "")
    text = ""
    for line in lines:
        text += line
        if line == "}\n":
            return json.loads(text)
    raise AssertionError(child.communicate()[1])


def test_view_serves_a_page_until_it_is_interrupted(tmp_path, yzlite_cache):
    site = tmp_path / "site"
    site.mkdir()
    (site / "netron.py").write_text(textwrap.dedent(NETRON))
    with start(tmp_path, site, "view", TFLITE, "--no-launch", "--json") as child:
        shown = first_object(child)
        with start(tmp_path, site, "view", TFLITE, "--no-launch", "--json") as second:
            other = first_object(second)
            assert other["url"] != shown["url"]  # the next free port
            for url in (shown["url"], other["url"]):
                with urllib.request.urlopen(url, timeout=10) as page:
                    assert page.read() == b"TFL3"
            second.send_signal(signal.SIGINT)
            assert second.wait(20) == 0
        child.send_signal(signal.SIGINT)
        assert child.wait(20) == 0
    time.sleep(0.1)
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(shown["url"], timeout=5)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["gone.tflite"], 1, "There is no file gone.tflite"),
        (["nobody"], 1, "There is no model 'nobody'"),
        ([TFLITE, "--host", "nowhere.invalid"], 2, "Nothing can be served at nowhere.invalid:8080: "),
        ([TFLITE, "--port", "0"], 2, "--port"),
    ],
)
def test_view_refuses(yzlite, tmp_path, arguments, code, message):
    (tmp_path / "netron.py").write_text("")
    done = yzlite("view", *arguments, "--no-launch", PYTHONPATH=str(tmp_path))
    assert done.code == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_not_installed_is_a_sentence(yzlite, tmp_path, make_script):
    site = tmp_path / "site"
    site.mkdir()
    (site / "netron.py").write_text("raise ImportError('none here')")
    done = yzlite("view", TFLITE, PYTHONPATH=os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")]))
    assert (done.code, "pip install netron" in done.stderr) == (1, True)
    make_script("mine", OWN)
    done = yzlite("tensorboard", "mine")
    assert done.code == 1
    assert "mine has no TensorBoard logs" in done.stderr
    assert "my_model.tensorboard['update_freq']" in done.stderr


@pytest.mark.slow
def test_new_plugin_passes_its_own_tests(yzlite, tmp_path):
    done = yzlite("new-plugin", "yzlite-sea_state", "--json")
    assert done.code == 0, done.stderr
    folder = Path(done.json["path"])
    assert folder == tmp_path / "yzlite-sea-state"
    assert "$" not in "".join(Path(file).read_text() for file in done.json["files"] if "README" not in file)
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    info = folder / "yzlite_sea_state-0.1.0.dist-info"  # what an installation would leave
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: yzlite-sea-state\nVersion: 0.1.0\n")
    groups = {
        group: "\n".join(f"{name} = {value}" for name, value in points.items())
        for group, points in project["entry-points"].items()
    }
    (info / "entry_points.txt").write_text("".join(f"[{g}]\n{lines}\n" for g, lines in groups.items()))
    inherited = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(folder), *([inherited] if inherited else [])])
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "7 passed" in tested.stdout
    done = yzlite("new-plugin", "sea-state", PYTHONPATH=path)
    assert (done.code, "is the name of an installed plugin" in done.stderr) == (1, True)


@pytest.mark.parametrize("name", ["Sea", "sea state", "../sea", "-"])
def test_new_plugin_refuses_other_names(yzlite, tmp_path, name):
    done = yzlite("new-plugin", "--", name)
    assert done.code == 2
    assert "is no plugin name" in done.stderr
    assert not list(tmp_path.glob("yzlite-*"))
