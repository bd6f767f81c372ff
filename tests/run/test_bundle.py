"""A trained model is used from the place that is named, as it was trained, and nothing else is changed."""

from __future__ import annotations

import json
import logging
import shutil
import zipfile
from pathlib import Path

import pytest

from yzlite_core.compat.functions import evaluate_model, quantize_model
from yzlite_core.contract.plugins import load_plugins
from yzlite_core.errors import ArtefactNotFoundError, UsageError, YZLiteError
from yzlite_core.functions.evaluate import evaluate
from yzlite_core.functions.load import trained_tflite
from yzlite_core.functions.perform import perform
from yzlite_core.functions.quantize import quantize
from yzlite_core.functions.train import train
from yzlite_core.run.bundle import find_bundle
from yzlite_core.run.request import Request
from yzlite_core.tflite.model import TfliteModel

pytestmark = pytest.mark.slow

SCRIPT = """
# @yzlite_model
import json
import keras
import numpy as np
from yzlite_core import DatasetMixin, EvaluationResults, Setting, TrainMixin, YZLiteModel, hookimpl


class Steps(YZLiteModel, TrainMixin, DatasetMixin):
    gain = Setting(float, default=1.0, doc="What all inputs are multiplied with.")
    bins = Setting(int, default=10, doc="Of the evaluation.", kept=False)

    def load_dataset(self, subset, test=False, max_samples_per_class=None, **kwargs):
        rng = np.random.default_rng(["training", "validation", "evaluation"].index(subset))
        labels = np.arange(96) % 3
        self.x = (rng.normal(scale=0.6, size=(96, 4)) + labels[:, None]).astype("float32") * self.gain
        self.y = np.eye(3, dtype="float32")[labels]
        if max_samples_per_class:
            self.x, self.y = self.x[: 3 * max_samples_per_class], self.y[: 3 * max_samples_per_class]


my_model = Steps()
my_model.classes = ["a", "b", "c"]
my_model.input_shape = (4,)
my_model.epochs = 1
my_model.tflite_converter["generate_unquantized"] = False
my_model.bins = 3  # 3 bins


def build(my_model):
    network = keras.Sequential([keras.Input(my_model.input_shape), keras.layers.Dense(3, "softmax")])
    network.compile(loss=my_model.loss, optimizer="adam", metrics=my_model.metrics)
    return network


my_model.build_model_function = build


@hookimpl
def yzlite_evaluate(model, predictor, dataset, run):
    x, y = dataset.arrays()
    most = run.request.max_samples_per_class
    x, y = (x, y) if most is None else (x[: 3 * most], y[: 3 * most])
    scores = predictor.predict(x)
    right = float((scores.argmax(axis=1) == y.argmax(axis=1)).mean())
    results = EvaluationResults(model.name, samples=len(x), accuracy=right, mean=float(np.mean(scores[:, 0])))
    results["bins"], results["folder"] = model.bins, str(model.home)
    folder = run.paths.eval / predictor.kind
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "eval-results.json").write_text(json.dumps(results))
    return results
"""


def contents(*places: Path) -> dict[str, bytes]:
    """Return every byte of files and folders, but for the lock of a folder."""
    files = [f for place in places for f in ([place] if place.is_file() else sorted(place.rglob("*")))]
    return {str(file): file.read_bytes() for file in files if file.is_file() and file.name != ".lock"}


def members(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Two trainings of one model: their archives, and the log directory and the script of the second."""
    folder = tmp_path_factory.mktemp("trained")
    script = folder / "steps.py"
    script.write_text(SCRIPT, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YZLITE_CACHE_DIR", str(folder / "cache"))
        for seed in (1, 2):
            results = perform(Request(str(script), seed=seed, settings=(("gain", 0.5),))).checked()
            (folder / f"seed{seed}").mkdir()
            shutil.copy(results.files["archive"], folder / f"seed{seed}")
    return folder


@pytest.fixture
def place(trained, tmp_path, monkeypatch):
    """A copy of the trainings that a test may change."""
    copied = shutil.copytree(trained, tmp_path / "place")
    monkeypatch.setenv("YZLITE_CACHE_DIR", str(copied / "cache"))
    monkeypatch.chdir(copied)
    origin = copied / "cache/models/steps/origin.json"
    origin.write_text(json.dumps({"script": str(copied / "steps.py")}))
    return copied


@pytest.fixture
def log_dir(place) -> Path:
    return place / "cache" / "models" / "steps"


def own_numbers(archive: Path) -> dict[str, float]:
    return {
        kind: json.loads(members(archive)[f"eval/{kind}/eval-results.json"])["mean"]
        for kind in ("keras", "tflite")
    }


def numbers_of(model: Path | str, **wanted: object) -> dict[str, float]:
    results = evaluate(Request(str(model), **wanted)).checked()  # type: ignore[arg-type]
    return {kind: found["mean"] for kind, found in results.evaluations.items()}


def test_each_archive_is_evaluated_as_itself(place, log_dir):
    archives = [place / f"seed{seed}" / "steps.yzlite.zip" for seed in (1, 2)]
    before = contents(*archives, log_dir, place / "steps.yzlite.zip")
    own = [own_numbers(archive) for archive in archives]
    assert own[0] != own[1]
    for archive, numbers in zip(archives, own, strict=True):
        assert numbers_of(archive) == numbers
    assert contents(*archives, log_dir, place / "steps.yzlite.zip") == before


def test_archive_alone_gets_its_results(place, log_dir):
    archive = place / "seed1" / "steps.yzlite.zip"
    own, others = members(archive), contents(log_dir, place / "steps.yzlite.zip", place / "seed2")
    assert evaluate(Request(str(archive), update_archive=True)).checked().files == {"archive": archive}
    now = members(archive)
    assert {name for name in own | now if own.get(name) != now.get(name)} <= {
        "eval/log.txt", "eval/keras/eval-results.json", "eval/tflite/eval-results.json", "report.html",
    }  # fmt: skip
    assert "eval/log.txt" in now
    assert contents(log_dir, place / "steps.yzlite.zip", place / "seed2") == others


def test_archive_may_have_another_name_and_is_the_same_without_a_log_directory(place, log_dir):
    archive = (place / "seed1" / "steps.yzlite.zip").rename(place / "kept.yzlite.zip")
    shutil.rmtree(log_dir)
    (place / "steps.py").unlink()
    assert numbers_of(archive) == own_numbers(archive)
    assert trained_tflite(archive).flatbuffer_data == members(archive)["steps.tflite"]
    assert evaluate_model(archive, tflite=True)["mean"] == own_numbers(archive)["tflite"]


def test_name_means_the_log_directory_and_its_archive(place, log_dir):
    archive, second = place / "steps.yzlite.zip", own_numbers(place / "seed2" / "steps.yzlite.zip")
    results = evaluate(Request("steps", update_archive=True)).checked()
    assert {kind: found["mean"] for kind, found in results.evaluations.items()} == second
    assert results.files["archive"] == archive
    assert members(archive)["eval/log.txt"] == (log_dir / "eval/log.txt").read_bytes()


def test_archive_of_another_training_beside_the_script_stays_as_it_is(place, log_dir, caplog):
    archive = Path(shutil.copy(place / "seed1" / "steps.yzlite.zip", place / "steps.yzlite.zip"))
    before = contents(archive)
    log = logging.getLogger("bundle")
    results = evaluate(Request("steps", update_archive=True), log).checked()
    assert results.evaluations["keras"]["mean"] == own_numbers(place / "seed2" / "steps.yzlite.zip")["keras"]
    assert contents(archive) == before
    (line,) = [r.getMessage() for r in caplog.records if "another training" in r.getMessage()]
    assert line == f"{archive} holds another training than {log_dir}, and stays as it is"


@pytest.mark.parametrize(
    "wanted",
    [
        {"max_samples_per_class": 2},
        {"settings": (("bins", 7),)},
        {"weights": "best"},
        {"test": True},
        {"update_archive": False},
    ],
)
def test_evaluation_with_other_numbers_is_written_nowhere(place, log_dir, wanted):
    if "test" in wanted:
        shutil.copytree(log_dir, log_dir.with_name("steps-test"))
    before = contents(place)
    results = evaluate(Request("steps", **{"update_archive": True, **wanted})).checked()
    assert "keras" in results.evaluations
    assert "report" not in results.files
    assert contents(place) == before
    out = place / "out"
    evaluate(Request("steps", output=out, **{"update_archive": True, **wanted})).checked()
    assert {file.relative_to(out).parts[0] for file in out.rglob("*")} <= {"eval", "report.html", ".lock"}
    assert (out / "eval/keras/eval-results.json").is_file()
    shutil.rmtree(out)
    assert contents(place) == before


def test_settings_of_the_training_are_in_force_and_those_of_the_step_are_the_scripts(place, log_dir, caplog):
    with find_bundle("steps", load_plugins()) as bundle:
        assert bundle.settings["gain"] == {"value": 0.5, "set": True, "command": True}
        assert (bundle.seed, bundle.home) == (2, place)
    numbers = numbers_of("steps")
    script = place / "steps.py"
    script.write_text(
        SCRIPT.replace("my_model.bins = 3", "my_model.bins = 5\nmy_model.classes = ['x', 'y', 'z']")
    )
    caplog.clear()
    results = evaluate(Request("steps"), logging.getLogger("bundle")).checked()
    assert {kind: found["mean"] for kind, found in results.evaluations.items()} == numbers
    assert results.evaluations["keras"]["bins"] == 5
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert said == [
        "The settings of the training hold, not those of the script: "
        'classes = ["a", "b", "c"] (the script says ["x", "y", "z"] now)',
        "steps.py has changed since the training; its functions are used as they are now",
    ]
    assert numbers_of("steps", settings=(("gain", 3.0),)) != numbers


def test_quantization_keeps_the_settings_of_the_training(place, log_dir):
    before = json.loads((log_dir / "settings.json").read_text())
    tflite = (log_dir / "steps.tflite").read_bytes()
    request = Request(
        "steps", settings=(("tflite_converter.inference_input_type", "int8"),), update_archive=True
    )
    quantize(request).checked()
    after = json.loads((log_dir / "settings.json").read_text())
    assert {name for name in before if before[name] != after[name]} == {"tflite_converter"}
    assert (log_dir / "steps.tflite").read_bytes() != tflite
    assert TfliteModel.load_flatbuffer_file(log_dir / "steps.tflite").inputs[0].type == "INT8"
    now = members(place / "steps.yzlite.zip")
    assert now["steps.tflite"] == (log_dir / "steps.tflite").read_bytes()
    assert now["settings.json"] == (log_dir / "settings.json").read_bytes()


def test_archive_is_quantized_within_itself_or_elsewhere(place, log_dir):
    archive = place / "seed1" / "steps.yzlite.zip"
    others = contents(log_dir, place / "steps.yzlite.zip")
    override = {"inference_input_type": "int8"}
    returned = quantize_model(archive, output="tflite_model", tflite_converter_override=override)
    assert returned.inputs[0].type == "INT8"
    assert TfliteModel(members(archive)["steps.tflite"]).inputs[0].type == "FLOAT32"
    assert quantize_model(archive, output=place / "own.tflite") == str(place / "own.tflite")
    assert (place / "own.tflite").read_bytes()
    with pytest.raises(UsageError, match="would be kept nowhere"):
        quantize_model(archive, update_archive=False)
    request = Request(str(archive), settings=(("tflite_converter.inference_input_type", "int8"),))
    quantize(Request(**{**vars(request), "update_archive": True})).checked()
    assert TfliteModel(members(archive)["steps.tflite"]).inputs[0].type == "INT8"
    assert contents(log_dir, place / "steps.yzlite.zip") == others


def test_log_directory_can_be_named(place):
    out = place / "elsewhere"
    train(Request(str(place / "steps.py"), seed=5, output=out, settings=(("gain", 2.0),))).checked()
    numbers = own_numbers(out / "steps.yzlite.zip")
    assert numbers_of(out) == numbers
    assert numbers_of("steps", output=out) == numbers  # the folder holds a training of it
    assert trained_tflite(out).flatbuffer_data == (out / "steps.tflite").read_bytes()
    results = evaluate(Request(str(out), update_archive=True)).checked()
    assert results.evaluations["keras"]["folder"] == str(place)
    assert members(out / "steps.yzlite.zip")["eval/log.txt"]
    with pytest.raises(UsageError, match="holds another training of steps"):
        evaluate(Request(str(place / "seed1" / "steps.yzlite.zip"), output=out)).checked()


def test_new_training_leaves_no_older_tflite_to_be_taken_for_its_own(place, log_dir):
    train(Request("steps", seed=9), convert=False, evaluate=False, archive=False).checked()
    with pytest.raises(ArtefactNotFoundError, match=r"\.tflite is of an earlier training"):
        evaluate(Request("steps")).checked()
    quantize(Request("steps")).checked()
    assert set(numbers_of("steps")) == {"keras", "tflite"}


def test_training_that_ends_before_its_first_checkpoint_leaves_the_states_of_the_one_before(place, log_dir):
    before = contents(log_dir / "train")
    script = place / "steps.py"
    script.write_text(SCRIPT.replace("my_model.epochs = 1", "my_model.train_callbacks = [Stop()]").replace(
        "my_model = Steps()",
        "class Stop(keras.callbacks.Callback):\n"
        "    def on_train_batch_end(self, batch, logs=None):\n"
        "        raise RuntimeError('no more')\n\n\nmy_model = Steps()",
    ))  # fmt: skip
    with pytest.raises(YZLiteError, match="no more"):
        train(Request("steps", seed=3)).checked()
    after = contents(log_dir / "train")
    assert {name: after[name] for name in before if not name.endswith("log.txt")} == {
        name: content for name, content in before.items() if not name.endswith("log.txt")
    }
    assert numbers_of("steps") == own_numbers(place / "seed2" / "steps.yzlite.zip")


@pytest.mark.parametrize("member", ["steps.keras", "steps.tflite", "provenance.json", "settings.json"])
def test_damaged_archive_is_a_sentence(place, member):
    archive = place / "seed1" / "steps.yzlite.zip"
    damaged = {**members(archive), member: b"garbage"}
    with zipfile.ZipFile(archive, "w") as opened:
        for name, content in damaged.items():
            opened.writestr(name, content)
    results = evaluate(Request(str(archive)))
    assert isinstance(results.error, YZLiteError)
    assert "\n" not in str(results.error)
    assert Path(member).name in str(results.error) or "tflite" in member


def test_relative_data_of_an_archive_is_beside_it(place):
    archive = place / "seed1" / "steps.yzlite.zip"
    results = evaluate(Request(str(archive))).checked()
    assert results.evaluations["keras"]["folder"] == str(archive.parent)


def test_what_was_never_trained_is_said_before_anything_is_loaded(place, log_dir):
    shutil.rmtree(log_dir)
    (place / "steps.yzlite.zip").unlink()
    with pytest.raises(ArtefactNotFoundError, match=r"steps has not been trained: neither .* nor .* holds"):
        evaluate(Request(str(place / "steps.py"))).checked()
    assert not log_dir.exists()
