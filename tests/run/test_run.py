"""Whole runs of a model that needs the core alone."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from yzlite_core.contract import hookspecs

pytestmark = pytest.mark.slow

THE_OTHERS = "audio,eval,image,models"
BLOBS = Path(__file__).parents[1] / "blobs.py"

EVALUATOR = """
from yzlite_core.contract.hookspecs import hookimpl
from yzlite_core.contract.values import EvaluationResults
YZLITE_CONTRACT = 1

@hookimpl
def yzlite_evaluate(model, predictor, dataset, run):
    x, y = dataset.arrays()
    right = (predictor.predict(x).argmax(axis=1) == y.argmax(axis=1)).mean()
    run.show_figure(predictor.kind, "portrait", figure=None)
    return EvaluationResults(model.name, samples=len(x), accuracy=float(right))

@hookimpl
def yzlite_datasets(): return {"noise": __name__}
"""

REPORTER = """
import numpy as np
from yzlite_core.contract import hookspecs
from yzlite_core.contract.hookspecs import hookimpl
YZLITE_CONTRACT = 1

@hookimpl
def yzlite_report(model, run):
    run.plugins.claim(hookspecs.yzlite_show_sample, model=model, x=np.zeros(model.input_shape), file=None)
"""

WITNESS = """
import os
from yzlite_core.contract import hookspecs
from yzlite_core.contract.hookspecs import hookimpl
YZLITE_CONTRACT = 1

def note(name):
    with open(os.environ["WITNESS"], "a") as file:
        file.write(name + "\\n")

@hookimpl
def yzlite_model_paths(): note("yzlite_model_paths")
@hookimpl
def yzlite_datasets(): note("yzlite_datasets")
@hookimpl
def yzlite_model_loaded(model): note("yzlite_model_loaded")
@hookimpl
def yzlite_configure(run): note("yzlite_configure")
@hookimpl
def yzlite_check_model(model): note("yzlite_check_model")
@hookimpl
def yzlite_before_stage(run, stage, given): note(f"yzlite_before_stage {stage}")
@hookimpl
def yzlite_after_stage(run, stage, report, made): note(f"yzlite_after_stage {stage}")
@hookimpl
def yzlite_load_dataset(model, subset, limit, seed, sampling): note(f"yzlite_load_dataset {subset}")
@hookimpl
def yzlite_augment(model, dataset): note("yzlite_augment")
@hookimpl
def yzlite_dataset_summary(model, datasets): note(f"yzlite_dataset_summary {len(datasets)}")
@hookimpl
def yzlite_evaluation_sampling(model): note("yzlite_evaluation_sampling")
@hookimpl
def yzlite_build_model(model): note("yzlite_build_model")
@hookimpl
def yzlite_train_callbacks(model, dataset, run): note("yzlite_train_callbacks")
@hookimpl
def yzlite_fit_arguments(model, dataset, callbacks): note("yzlite_fit_arguments")
@hookimpl
def yzlite_fit(model, keras_model, dataset, callbacks, arguments, run): note("yzlite_fit")
@hookimpl
def yzlite_save_model(model, keras_model, run): note("yzlite_save_model")
@hookimpl
def yzlite_trained_model(model, keras_model, run): note("yzlite_trained_model")
@hookimpl
def yzlite_after_fit(model, keras_model, history, dataset, run): note("yzlite_after_fit")
@hookimpl
def yzlite_conversion_options(model): note("yzlite_conversion_options")
@hookimpl
def yzlite_representative_data(model, dataset): note("yzlite_representative_data")
@hookimpl
def yzlite_model_parameters(model): note("yzlite_model_parameters")
@hookimpl
def yzlite_convert(model, keras_model, representative, options): note("yzlite_convert")
@hookimpl
def yzlite_evaluate(model, predictor, dataset, run): note(f"yzlite_evaluate {predictor.kind}")
@hookimpl
def yzlite_figure(run, kind, name, figure): note(f"yzlite_figure {kind} {name}")
@hookimpl
def yzlite_report(model, results, directory, run, reports, provenance): note("yzlite_report")
@hookimpl
def yzlite_show_sample(model, x, file): note("yzlite_show_sample")
@hookimpl
def yzlite_profile(model, tflite, target): note("yzlite_profile")
@hookimpl
def yzlite_archive_files(run, reports): note("yzlite_archive_files")
@hookimpl
def yzlite_run_finished(run, outcome): note(f"yzlite_run_finished {outcome.status}")
@hookimpl
def yzlite_export_sources(model, tflite, name, prefix, arena): note("yzlite_export_sources")
@hookimpl
def yzlite_summary(model): note("yzlite_summary")
"""

ORDER = [
    "yzlite_model_paths",
    "yzlite_model_loaded",
    "yzlite_datasets",
    "yzlite_configure",
    "yzlite_check_model",
    "yzlite_before_stage load",
    "yzlite_load_dataset training",
    "yzlite_augment",
    "yzlite_dataset_summary 2",
    "yzlite_evaluation_sampling",
    "yzlite_load_dataset evaluation",
    "yzlite_after_stage load",
    "yzlite_before_stage fit",
    "yzlite_build_model",
    "yzlite_train_callbacks",
    "yzlite_fit_arguments",
    "yzlite_fit",
    "yzlite_save_model",
    "yzlite_trained_model",
    "yzlite_after_fit",
    "yzlite_after_stage fit",
    "yzlite_before_stage convert",
    "yzlite_conversion_options",
    "yzlite_representative_data",
    "yzlite_model_parameters",
    "yzlite_convert",
    "yzlite_convert",
    "yzlite_after_stage convert",
    "yzlite_before_stage evaluate",
    "yzlite_evaluate keras",
    "yzlite_figure keras portrait",
    "yzlite_evaluate tflite",
    "yzlite_figure tflite portrait",
    "yzlite_after_stage evaluate",
    "yzlite_before_stage profile",
    "yzlite_profile",
    "yzlite_after_stage profile",
    "yzlite_report",
    "yzlite_show_sample",
    "yzlite_before_stage archive",
    "yzlite_archive_files",
    "yzlite_after_stage archive",
    "yzlite_run_finished ok",
]

#: The hooks that a run does not call, and why; all others are in the order.
NOT_IN_A_RUN = {
    "yzlite_summary": "called by `yzlite summarize --keras`, below",
    "yzlite_export_sources": "called by `yzlite export` of yzlite-firmware, and tested there",
}


@pytest.fixture
def blobs(tmp_path):
    return shutil.copy(BLOBS, tmp_path / "blobs.py")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_core_alone_goes_from_script_to_archive(yzlite, blobs, tmp_path, yzlite_cache):
    done = yzlite("run", "blobs.py", "--json", "--seed", 7, YZLITE_DISABLE_PLUGINS=THE_OTHERS)
    assert done.code == 0, done.stderr
    assert "Nobody evaluates the keras model" in done.stderr
    data = done.json
    assert set(data) == {
        "status", "error", "model", "seed", "log_dir", "archive", "keras", "tflite", "report", "plugins",
        "stages",
    }  # fmt: skip
    assert (data["status"], data["error"], data["model"], data["seed"]) == ("ok", None, "blobs", 7)
    stages = data["stages"]
    assert set(stages) == {"load", "fit", "convert", "evaluate", "profile"}
    assert stages["load"]["generated"] is True
    assert sum(stages["load"]["training"].values()) == 180
    assert sum(stages["load"]["validation"].values()) == 60
    assert sum(stages["load"]["evaluation"].values()) == 240
    assert stages["fit"]["epochs"] == 2
    assert stages["fit"]["best"]["monitor"] == "val_accuracy"
    assert stages["convert"]["int8"] is True
    assert stages["convert"]["bytes"] == Path(data["tflite"]).stat().st_size
    assert stages["evaluate"] == {"keras": None, "tflite": None, "subset": "evaluation", "skipped": 0}
    assert stages["profile"]["macs"] > 0
    assert Path(data["log_dir"]) == yzlite_cache / "models" / "blobs"
    assert Path(data["archive"]) == tmp_path / "blobs.yzlite.zip"
    with zipfile.ZipFile(data["archive"]) as archive:
        members = set(archive.namelist())
        settings = json.loads(archive.read("settings.json"))
        provenance = json.loads(archive.read("provenance.json"))
    assert members == {
        "blobs.py", "settings.json", "blobs.keras", "blobs.tflite", "blobs.float32.tflite",
        "train/training-history.json", "train/log.txt", "provenance.json", "reports.json",
    }  # fmt: skip
    assert settings["epochs"] == {"value": 2, "set": True}
    assert provenance["seed"] == 7
    assert provenance["dataset_sha256"]["training"]

    from yzlite_core import TfliteModelParameters

    parameters = TfliteModelParameters.load_from_tflite_file(data["tflite"])
    assert parameters["volume_db"] == 5.0
    assert parameters["classes"] == ["low", "middle", "high"]
    assert parameters["version"] == 3
    assert len(parameters["hash"]) == 32

    # a slice starts from the archive alone
    shutil.rmtree(yzlite_cache / "models")
    (tmp_path / "blobs.py").unlink()
    again = yzlite("evaluate", "blobs", "--json")
    assert again.code == 0, again.stderr
    with zipfile.ZipFile(data["archive"]) as archive:
        assert members <= set(archive.namelist())
    profiled = yzlite("profile", "blobs", "--json")
    assert profiled.json["macs"] == stages["profile"]["macs"]


def test_same_seed_same_bytes(yzlite, blobs, tmp_path):
    digests = []
    for number, seed in enumerate((7, 7, 8)):
        out = tmp_path / f"out{number}"
        done = yzlite("train", "blobs.py", "--seed", seed, "--output", out, SOURCE_DATE_EPOCH="0")
        assert done.code == 0, done.stderr
        digests.append(digest(out / "blobs.tflite"))
    assert digests[0] == digests[1] != digests[2]


def test_hooks_are_called_in_this_order(yzlite, blobs, install_plugin, tmp_path):
    install_plugin("awitness", WITNESS)
    install_plugin("evaluator", EVALUATOR)
    install_plugin("reporter", REPORTER)
    witness = tmp_path / "witness.txt"
    done = yzlite("run", "blobs", "--test", "--set", "dataset=noise", "--json", WITNESS=str(witness))
    assert done.code == 0, done.stderr
    assert done.json["stages"]["evaluate"]["tflite"]["samples"] == 9
    assert witness.read_text().splitlines() == ORDER
    witness.unlink()
    done = yzlite("summarize", "blobs", "--keras", "--test", WITNESS=str(witness))
    assert done.code == 0, done.stderr
    assert witness.read_text().splitlines() == [
        "yzlite_model_paths",
        "yzlite_model_loaded",
        "yzlite_summary",
        "yzlite_dataset_summary 0",
    ]


def test_the_order_shows_every_hook():
    hooks = {name for name in vars(hookspecs) if name.startswith("yzlite_")}
    called = {line.split()[0] for line in ORDER}
    assert set(re.findall(r"^def (yzlite_\w+)", WITNESS, re.MULTILINE)) == hooks
    assert called | NOT_IN_A_RUN.keys() == hooks
    assert not called & NOT_IN_A_RUN.keys()


def test_a_script_holds_hooks_of_its_own_run(yzlite, make_script):
    make_script(
        "hooked",
        BLOBS.read_text()
        + "\nfrom yzlite_core import hookimpl\n"
        + "@hookimpl\ndef yzlite_model_parameters(model): return {'from_script': 7}\n"
        + "@hookimpl\ndef yzlite_configure(run): raise RuntimeError('oh no')\n",
    )
    done = yzlite("run", "hooked", "--test", "--stages", "fit,convert", "--json")
    assert done.code == 0, done.stderr
    assert "script hooked.py failed in yzlite_configure: RuntimeError: oh no; the run goes on" in done.stderr
    from yzlite_core import TfliteModelParameters

    assert TfliteModelParameters.load_from_tflite_file(done.json["tflite"])["from_script"] == 7


ASKED_FOR = """
# @yzlite_model
import numpy as np
from yzlite_core import DatasetMixin, YZLiteModel, hookimpl
from yzlite_core.data.dataset import Sampling

class Counted(YZLiteModel, DatasetMixin):
    def load_dataset(self, subset, classes=("a", "b"), **kwargs):
        self.x, self.y = np.ones((4 * len(classes), 2)), np.repeat(np.arange(len(classes)), 4)

my_model = Counted()
my_model.classes = ["a", "b", "c"]

@hookimpl
def yzlite_evaluation_sampling(model):
    return Sampling(classes=("a", "b", "c"))
"""


def test_who_evaluates_says_which_data_it_wants(yzlite, make_script):
    make_script("counted", ASKED_FOR)
    done = yzlite("run", "counted", "--stages", "load", "--json")
    assert done.code == 0, done.stderr
    loaded = done.json["stages"]["load"]
    assert loaded["training"] == {"a": 4, "b": 4, "c": 0}
    assert loaded["evaluation"] == {"a": 4, "b": 4, "c": 4}


def test_broken_plugin_is_one_line_and_the_run_goes_on(yzlite, blobs, install_plugin):
    install_plugin("sick", "raise RuntimeError('cannot start')")
    done = yzlite("run", "blobs", "--test", "--stages", "fit", "--json")
    assert done.code == 0, done.stderr
    assert "Plugin 'sick' (yzlite-sick) is broken: RuntimeError: cannot start" in done.stderr
    states = {plugin["name"]: plugin["state"] for plugin in done.json["plugins"]}
    assert states["sick"] == "broken"


def test_interrupted_run_keeps_the_last_good_files_and_second_run_is_told(
    yzlite, blobs, tmp_path, yzlite_cache
):
    assert yzlite("run", "blobs", "--stages", "fit,convert,archive").code == 0
    kept = {p: digest(p) for p in (yzlite_cache / "models/blobs/blobs.tflite", tmp_path / "blobs.yzlite.zip")}
    command = [sys.executable, "-c", "from yzlite_core.cli import main; main()"]
    endless = ("--set", "epochs=100000", "--set", "early_stopping.patience=100000")
    process = subprocess.Popen(
        [*command, "run", "blobs", "--json", *endless],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("Epoch 3"):
            break
    second = yzlite("run", "blobs", "--json")
    assert second.code == 1
    assert f"process {process.pid}" in second.json["error"]["message"]
    process.send_signal(signal.SIGINT)
    stdout, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    data = json.loads(stdout)
    assert (data["status"], data["error"]["stage"]) == ("failed", "fit")
    assert {path: digest(path) for path in kept} == kept
