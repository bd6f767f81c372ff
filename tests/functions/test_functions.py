"""What commands do, as functions, and `python my_model.py`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from importlib_metadata import entry_points

import yzlite_core
from yzlite_core import (
    DatasetMixin,
    TfliteModel,
    TrainMixin,
    YZLiteModel,
    load_tflite_model,
    load_yzlite_model,
    profile_model,
    summarize_model,
)
from yzlite_core.compat.vendor import VendorHardwareError
from yzlite_core.errors import (
    ArtefactNotFoundError,
    MissingPluginError,
    ModelNotFoundError,
    PluginError,
    TfliteError,
    TrainingError,
    UsageError,
)
from yzlite_core.keras.renewing import renew_optimizer

BLOBS = (Path(__file__).parents[1] / "blobs.py").read_text(encoding="utf-8")
TFLITE = Path(__file__).parents[1] / "tflite" / "data" / "layer_norm.tflite"
MINIMAL = "# @yzlite_model\nfrom yzlite_core import YZLiteModel\nclass M(YZLiteModel): pass\nm = M()\n"

EVALUATOR = """
from yzlite_core.contract.hookspecs import hookimpl
from yzlite_core.contract.values import EvaluationResults
YZLITE_CONTRACT = 1

@hookimpl(tryfirst=True)
def yzlite_evaluate(model, predictor, dataset, run):
    x, y = dataset.arrays()
    right = (predictor.predict(x).argmax(axis=1) == y.argmax(axis=1)).mean()
    return EvaluationResults(model.name, samples=len(x), accuracy=float(right))
"""

# The usual last block of a script, and then more than usual.
MAIN_BLOCK = """

if __name__ == "__main__":
    import json
    from pathlib import Path
    from yzlite import cli
    from yzlite.core import *
    cli.get_logger(verbose=False)
    my_model.optimizer = keras.optimizers.Adam(0.003)  # Keras ties it to the first network that it trains

    results = train_model(my_model, clean=True, test=True)
    print(results)
    print(evaluate_model(my_model, tflite=True, test=True))
    print(profile_model(my_model, test=True))

    def settings():
        return {"epochs": my_model.epochs, "test": my_model.test_mode_enabled,
                "samples": my_model.tflite_converter["representative_dataset_max_samples"]}

    said = {"dry": results.asdict(), "settings": settings()}
    my_model.epochs = 3
    results = train_model(my_model)
    again = train_model(my_model, epochs=4, create_archive=False, resume_epoch=-1)
    said["full"] = {"epochs": results.epochs, "archive": results.model_archive_path,
                    "best": results.get_best_metric(), "again": again.epochs, "settings": settings()}
    went_on = train_model(my_model, weights="best", epochs=1, quantize=False, create_archive=False)
    said["weights win"] = went_on.history["loss"][0] < results.history["loss"][0]
    keras_model = load_tflite_or_keras_model(my_model, "keras")
    best = load_tflite_or_keras_model(my_model, "keras", weights="best")
    said["weights"] = all((a == b).all() for a, b in zip(keras_model.get_weights(), best.get_weights()))
    quantize_model(my_model)  # what lies there is of the training before
    out = quantize_model(my_model, output="out", tflite_converter_override={"inference_input_type": "int8"})
    said["quantized"] = [str(Path(out)), TfliteModel.load_flatbuffer_file(out).inputs[0].type,
                         load_tflite_model(my_model).inputs[0].type]
    said["returned"] = type(quantize_model(my_model, output="tflite_model", weights="best")).__name__
    said["built"] = quantize_model(my_model, build=True)
    said["summary"] = summarize_model(my_model)
    said["updated"] = TfliteModelParameters.load_from_tflite_model(
        update_model_parameters(my_model, {"added": 7}))["added"]
    report = profile_model(my_model).generate_report("reports", format_units=False)
    said["report"] = [path.name for path in report]
    from_archive = load_yzlite_model(results.model_archive_path)
    float32 = load_tflite_model(from_archive, archive_file_ext=".float32.tflite")
    said["from_archive"] = [from_archive.name, from_archive.archive_path, float32.inputs[0].type]
    seen = []
    class Seen(keras.callbacks.Callback):
        def on_predict_batch_end(self, batch, logs=None):
            seen.append(logs["outputs"].shape[0])
    said["evaluated"] = [evaluate_model(my_model, callbacks=[Seen()]).samples, sum(seen)]
    Path("said.json").write_text(json.dumps(said))
"""


@pytest.mark.slow
def test_script_with_the_usual_last_block(tmp_path, yzlite_cache, install_plugin):
    install_plugin("evaluator", EVALUATOR)
    script = tmp_path / "my_model.py"
    script.write_text(BLOBS + MAIN_BLOCK)
    environment = {**os.environ, "YZLITE_DISABLE_PLUGINS": "audio,eval,image,models"}
    command = [sys.executable, "my_model.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "my_model: 1 epochs, best val_accuracy" in done.stdout
    assert "Overall accuracy: " in done.stdout
    assert "MACs:             1,728" in done.stdout
    said = json.loads((tmp_path / "said.json").read_text())
    # a dry run changes nothing of the model that it is made with
    unchanged = {"epochs": 2, "test": False, "samples": 1000}
    assert said["dry"]["epochs"] == [0]
    assert said["settings"] == unchanged
    assert said["full"].pop("settings") == {**unchanged, "epochs": 3}
    assert said["full"]["epochs"] == [0, 1, 2]
    assert said["full"]["again"] == [0, 1, 2, 3]
    assert "Training goes on after epoch 3 of 4" in done.stdout
    assert said["full"]["archive"] == str(tmp_path / "my_model.yzlite.zip")
    assert said["full"]["best"][0] == "val_accuracy"
    assert said["weights win"] is True
    assert said["weights"] is True
    assert said["quantized"] == [str(Path("out", "my_model.tflite")), "INT8", "FLOAT32"]
    assert said["returned"] == "TfliteModel"
    assert said["built"] == str(yzlite_cache / "models" / "my_model-test" / "my_model.tflite")
    assert "Param #" in said["summary"]
    assert "Input shape: 8 x 8 x 1" in said["summary"]
    assert said["updated"] == 7
    assert said["report"] == ["profiling_report-none-simulated.txt", "profiling_report-none-simulated.json"]
    assert "MACs:             1728" in (tmp_path / "reports" / said["report"][0]).read_text()
    assert said["from_archive"] == ["my_model", str(tmp_path / "my_model.yzlite.zip"), "FLOAT32"]
    assert said["evaluated"] == [240, 240]


NAMES = """
get_yzlite_logger set_yzlite_logger YZLiteModel YZLiteModelEvent AudioDatasetMixin
DataGeneratorDatasetMixin DatasetMixin EvaluateMixin EvaluateClassifierMixin EvaluateAutoEncoderMixin
ImageDatasetMixin SshMixin WeightsAndBiasesMixin TrainMixin load_yzlite_model load_yzlite_model_with_path
list_yzlite_models load_tflite_or_keras_model load_tflite_model train_model quantize_model
summarize_model view_model evaluate_model evaluate_classifier evaluate_autoencoder profile_model
update_model_parameters compile_model TrainingResults EvaluationResults ClassifierEvaluationResults
AutoEncoderEvaluationResults ProfilingModelResults TfliteModel TfliteModelParameters TFLITE_METADATA_TAG
"""


@pytest.mark.parametrize("name", NAMES.split())
def test_every_name_of_the_original_resolves_or_says_what_to_install(name):
    known = {*yzlite_core.__all__, *(point.name for point in entry_points(group="yzlite.exports"))}
    if name in known:
        assert getattr(yzlite_core, name) is not None
    else:
        with pytest.raises(MissingPluginError, match=r"pip install|is not part of YZLite"):
            getattr(yzlite_core, name)


def test_specification_becomes_a_model_object(make_script, yzlite_cache, monkeypatch, tmp_path):
    path = make_script("mine", MINIMAL)
    monkeypatch.chdir(tmp_path)
    model = load_yzlite_model("mine")
    assert model.model_specification_path == str(path)
    assert not model.test_mode_enabled
    assert load_yzlite_model(model, test=True) is model
    assert model.test_mode_enabled
    assert load_yzlite_model("mine-test").test_mode_enabled
    assert load_yzlite_model(path) is not model
    assert load_yzlite_model(path, reload=False) is load_yzlite_model(path, reload=False)
    with pytest.raises(ModelNotFoundError, match="did you mean 'mine'"):
        load_yzlite_model("mime")


def test_tflite_comes_from_a_file_an_object_or_a_sentence(make_script, yzlite_cache, tmp_path):
    model = load_tflite_model(TFLITE)
    assert load_tflite_model(model) is model
    assert load_tflite_model(str(TFLITE), return_tflite_path=True) == str(TFLITE)
    with pytest.raises(ArtefactNotFoundError, match="mine has not been trained: neither"):
        load_tflite_model(make_script("mine", MINIMAL))
    with pytest.raises(TfliteError):
        load_tflite_model(tmp_path / "gone.tflite")


def test_tflite_is_summarized_and_profiled(yzlite_cache):
    text = summarize_model(TFLITE)
    assert text == summarize_model(TfliteModel.load_flatbuffer_file(TFLITE))
    results = profile_model(TFLITE)
    assert results.name == "layer_norm"
    assert results.n_layers == len(results.layers) > 0
    assert results.to_dict()["summary"]["macs"] == results.macs
    assert json.loads(results.to_json())["layers"]


SUMMARIZER = """
from yzlite_core.contract.hookspecs import hookimpl
YZLITE_CONTRACT = 1

@hookimpl
def yzlite_summary(model):
    return [f"{model.name} is small", "and has no layers"]

@hookimpl
def yzlite_dataset_summary(model, datasets):
    return f"{len(datasets)} datasets of {model.name}"
"""


def test_plugins_have_a_say_in_a_summary(make_script, install_plugin, yzlite_cache):
    class Model(YZLiteModel, DatasetMixin):
        pass

    class Network:
        def summary(self, print_fn):
            print_fn("No layers")

    install_plugin("summarizer", SUMMARIZER)
    text = summarize_model(Model(make_script("mine", "")), built_model=Network())
    assert text.split("\n\n") == [
        "No layers",
        "Name: mine\nVersion: 1\nDescription: Generated by YZLite",
        "mine is small\nand has no layers",
        "0 datasets of mine",
    ]


@pytest.mark.parametrize("built", [True, False])
def test_optimizer_that_cannot_be_copied_trains_once(tmp_path, built):
    class Mine:
        def get_config(self):
            return {}

        @classmethod
        def from_config(cls, config):
            raise NotImplementedError("no config")  # as an optimizer may that keeps what cannot be written

    class Model(YZLiteModel, TrainMixin):
        pass

    model = Model(tmp_path / "mine.py")
    model.optimizer = Mine()
    model.optimizer.built = built
    if built:
        with pytest.raises(TrainingError, match=r"has trained a network, and cannot be copied .*no config"):
            renew_optimizer(model)
    else:
        renew_optimizer(model)
        assert isinstance(model.optimizer, Mine)


def test_what_is_not_part_of_yzlite_is_a_sentence(yzlite_cache):
    with pytest.raises(VendorHardwareError, match="not part of YZLite"):
        profile_model(TFLITE, use_device=True)
    with pytest.raises(PluginError, match="No plugin compiles models for the accelerator 'mvp'"):
        yzlite_core.compile_model(TFLITE, "mvp")


def test_dry_runs_are_pointed_at(make_script, yzlite_cache):
    model = load_yzlite_model(make_script("mine", MINIMAL))
    left = yzlite_cache / "models" / "mine-test" / "mine.tflite"
    left.parent.mkdir(parents=True)
    left.write_bytes(TFLITE.read_bytes())
    with pytest.raises(ArtefactNotFoundError, match="only a dry run has left one"):
        load_tflite_model(model)
    assert load_tflite_model(model, test=True).flatbuffer_data == TFLITE.read_bytes()
    assert not model.test_mode_enabled


@pytest.mark.parametrize("model", [3, None, b"mine", TfliteModel.load_flatbuffer_file(TFLITE)])
def test_what_is_no_model_is_refused(model):
    with pytest.raises(UsageError, match=f"this is of type {type(model).__name__}"):
        load_yzlite_model(model)
    with pytest.raises(UsageError, match="this is of type"):
        yzlite_core.train_model(model)
    with pytest.raises(UsageError, match="this is of type"):
        yzlite_core.evaluate_model(model)


def test_arguments_that_do_not_fit_together_are_refused(make_script, yzlite_cache):
    with pytest.raises(UsageError, match="cannot be trained"):
        yzlite_core.train_model("mine.yzlite.zip")
    with pytest.raises(UsageError, match="of the Keras model"):
        yzlite_core.evaluate_model("mine", tflite=True, weights="best")
    with pytest.raises(UsageError, match=r"no type of model 'karas' \(did you mean 'keras'"):
        yzlite_core.load_tflite_or_keras_model(make_script("mine", MINIMAL), "karas")
