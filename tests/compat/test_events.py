"""Model events: what handlers are told, what they may replace, and what happens if they fail."""

from __future__ import annotations

import inspect
import logging
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import yzlite_core
from yzlite.core import DatasetMixin, YZLiteModel, YZLiteModelEvent, summarize_model
from yzlite_core.compat import plugin as compat
from yzlite_core.contract import hookspecs
from yzlite_core.contract.plugins import Plugins, load_plugins
from yzlite_core.contract.validation import hook_names
from yzlite_core.errors import NobodyAnsweredError, StopRunError, UsageError
from yzlite_core.model.specification import open_model
from yzlite_core.run import plugin as core

BLOBS = (
    (Path(__file__).parents[1] / "blobs.py")
    .read_text(encoding="utf-8")
    .replace("from yzlite_core import", "from yzlite.core import")
)

# What each event brings, in the order of a run.
DATA = {
    "BEFORE_MODEL_LOAD": "",
    "AFTER_MODEL_LOAD": "",
    "TRAIN_STARTUP": "post_process",
    "BEFORE_LOAD_DATASET": "subset test",
    "AFTER_LOAD_DATASET": "subset test",
    "SUMMARIZE_DATASET": "summary summary_dict",
    "BEFORE_BUILD_TRAIN_MODEL": "",
    "AFTER_BUILD_TRAIN_MODEL": "keras_model",
    "POPULATE_TRAIN_CALLBACKS": "keras_callbacks",
    "BEFORE_TRAIN": "fit_kwargs",
    "AFTER_TRAIN": "training_history",
    "BEFORE_SAVE_TRAIN_MODEL": "keras_model keras_model_dict",
    "AFTER_SAVE_TRAIN_MODEL": "keras_model keras_model_dict",
    "BEFORE_SAVE_TRAIN_RESULTS": "keras_model output_dir results",
    "AFTER_SAVE_TRAIN_RESULTS": "keras_model output_dir results",
    "BEFORE_UNLOAD_DATASET": "",
    "AFTER_UNLOAD_DATASET": "",
    "QUANTIZE_STARTUP": "build keras_model post_process tflite_converter_settings",
    "BEFORE_QUANTIZE": "converter converter_dict",
    "AFTER_QUANTIZE": "keras_model tflite_converter_settings tflite_flatbuffer tflite_flatbuffer_dict "
    "update_archive",
    "QUANTIZE_SHUTDOWN": "keras_model tflite_converter_settings tflite_model update_archive",
    "TRAIN_SHUTDOWN": "results",
    "EVALUATE_STARTUP": "max_samples_per_class post_process tflite",
    "EVALUATE_SHUTDOWN": "results",
    "AFTER_PROFILE": "results",
    "BEFORE_SAVE_TRAIN_ARCHIVE": "archive_path",
    "AFTER_SAVE_TRAIN_ARCHIVE": "archive_path",
}
# By plots of yzlite-eval, and by `summary()`.
ELSEWHERE = {"GENERATE_EVALUATE_PLOT", "SUMMARIZE_MODEL"}

EVALUATOR = """
from yzlite_core.contract.hookspecs import hookimpl
from yzlite_core.contract.values import EvaluationResults
YZLITE_CONTRACT = 1

@hookimpl
def yzlite_evaluate(model, predictor, dataset, run):
    return EvaluationResults(model.name, samples=1, accuracy=0.5)
"""

WITNESS = """

def witness(yzlite_model, logger, told, **data):
    assert yzlite_model is my_model
    assert logger is not None
    print("EVENT", told, *sorted(data))


from yzlite.core import YZLiteModelEvent
for each in YZLiteModelEvent:
    my_model.add_event_handler(each, witness, _raise_exception=True, told=each.value)
"""

REPLACING = """
from dataclasses import replace as replaced
import keras


class Noting(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        print("NOTED epoch", epoch)


def more_callbacks(keras_callbacks, **kwargs):
    keras_callbacks.append(Noting())

def longer(fit_kwargs, **kwargs):
    fit_kwargs["epochs"] = 3

def smaller(keras_model, keras_model_dict, **kwargs):
    renamed = keras.models.clone_model(keras_model)
    renamed.set_weights(keras_model.get_weights())
    renamed.name = "another_name"
    keras_model_dict["value"] = renamed

def int8_input(converter, converter_dict, **kwargs):
    converter_dict["value"] = replaced(converter, inference_input_type="int8")

def described(tflite_flatbuffer, tflite_flatbuffer_dict, **kwargs):
    from yzlite_core import TfliteModel
    model = TfliteModel(tflite_flatbuffer)
    model.add_metadata("from_handler", b"12345")
    tflite_flatbuffer_dict["value"] = model.flatbuffer_data

def fails(logger, **kwargs):
    raise RuntimeError("no good")

my_model.add_event_handler("POPULATE_TRAIN_CALLBACKS", more_callbacks)
my_model.add_event_handler("BEFORE_TRAIN", longer)
my_model.add_event_handler("BEFORE_SAVE_TRAIN_MODEL", smaller)
my_model.add_event_handler("BEFORE_QUANTIZE", int8_input)
my_model.add_event_handler("AFTER_QUANTIZE", described)
my_model.add_event_handler("AFTER_TRAIN", fails)
"""


def test_there_are_29_events():
    assert len(YZLiteModelEvent) == 29
    assert {*DATA, *ELSEWHERE} == {event.value for event in YZLiteModelEvent}
    assert YZLiteModelEvent.AFTER_TRAIN == "AFTER_TRAIN"


def test_handlers_run_in_the_order_of_registration_with_their_own_arguments(tmp_path):
    model, seen = YZLiteModel(tmp_path / "m.py"), []
    for number in (3, 1, 2):
        model.add_event_handler(
            YZLiteModelEvent.AFTER_TRAIN,
            lambda number, shared, **_: seen.append((number, shared)),
            number=number,
        )
    model.trigger_event(YZLiteModelEvent.AFTER_TRAIN, shared="x")
    assert seen == [(3, "x"), (1, "x"), (2, "x")]


def test_failing_handler_is_logged_and_the_others_run(tmp_path, caplog):
    model, seen, log = YZLiteModel(tmp_path / "m.py"), [], logging.getLogger("events")

    def fails(**_):
        raise RuntimeError("no good")

    model.add_event_handler("AFTER_TRAIN", fails)
    model.add_event_handler("AFTER_TRAIN", lambda **_: seen.append(1))
    model.trigger_event("AFTER_TRAIN", logger=log)
    assert seen == [1]
    assert "AFTER_TRAIN (test_events.py, line " in caplog.text
    assert "RuntimeError: no good; the run goes on" in caplog.text


def test_handler_may_ask_to_raise(tmp_path):
    model = YZLiteModel(tmp_path / "m.py")
    model.add_event_handler("AFTER_TRAIN", lambda **_: 1 / 0, _raise_exception=True)
    with pytest.raises(StopRunError, match=r"AFTER_TRAIN .*ZeroDivisionError"):
        model.trigger_event("AFTER_TRAIN")


def test_unknown_event_and_no_function_are_sentences(tmp_path):
    model = YZLiteModel(tmp_path / "m.py")
    with pytest.raises(UsageError, match="did you mean 'AFTER_TRAIN'"):
        model.add_event_handler("AFTER_TRIAN", print)
    with pytest.raises(UsageError, match="handler of AFTER_TRAIN is int, not a function"):
        model.add_event_handler("AFTER_TRAIN", 3)  # type: ignore[arg-type]


def shout(summary, summary_dict, **_):
    summary_dict["value"] = summary.upper() + "!"


def test_summary_can_be_replaced(tmp_path):
    model = YZLiteModel(tmp_path / "m.py")
    model.add_event_handler("SUMMARIZE_MODEL", shout)
    assert model.summary() == "NAME: M\nVERSION: 1\nDESCRIPTION: GENERATED BY YZLITE!"


def test_summary_of_a_model_is_replaced_once(make_script, yzlite_cache):
    """The core's answer to `yzlite_summary` is the model's own `summary()`, which asks the handlers."""

    class Model(YZLiteModel, DatasetMixin):
        pass

    class Network:
        def summary(self, print_fn):
            print_fn("Layers: none")

    model = Model(make_script("m", ""))
    model.class_counts = {"training": {"a": 1}}
    model.add_event_handler("SUMMARIZE_MODEL", shout)
    model.add_event_handler("SUMMARIZE_DATASET", shout)
    assert summarize_model(model, built_model=Network()).split("\n\n") == [
        "Layers: none",
        "NAME: M\nVERSION: 1\nDESCRIPTION: GENERATED BY YZLITE!",
        "TRAINING: A 1!",
    ]


LOADED = """
from yzlite.core import YZLiteModel
my_model = YZLiteModel()
my_model.add_event_handler("BEFORE_MODEL_LOAD", lambda **_: print("before"))
my_model.add_event_handler("AFTER_MODEL_LOAD", lambda **_: print("after"))
"""


def test_events_of_loading(make_script, yzlite_cache, capsys):
    with open_model(make_script("m", LOADED), load_plugins()):
        assert capsys.readouterr().out == "before\nafter\n"


def test_handler_that_may_raise_ends_the_loading(make_script, yzlite_cache):
    raising = 'my_model.add_event_handler("AFTER_MODEL_LOAD", lambda **_: 1 / 0, _raise_exception=True)\n'
    script = make_script("m", LOADED + raising)
    with (
        pytest.raises(StopRunError, match=r"handler of AFTER_MODEL_LOAD \(m\.py, line 6\) failed: ZeroDiv"),
        open_model(script, load_plugins()),
    ):
        pass


@dataclass(frozen=True)
class Of:
    """What stands for a run."""

    model: object


def test_core_needs_no_events(make_script, yzlite_cache, capsys):
    with open_model(make_script("m", LOADED), Plugins([], {"run": core})) as loaded:
        assert loaded.model.name == "m"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("hook", hook_names(compat))
@pytest.mark.parametrize("cls", [YZLiteModel, yzlite_core.YZLiteModel])
def test_models_without_handlers_have_no_events(hook, cls, tmp_path):
    """Each implementation would stumble over these arguments, of which only the model is one."""
    spec = getattr(hookspecs, hook)
    model = cls(tmp_path / "m.py")
    given = dict.fromkeys(inspect.signature(spec).parameters)
    given |= {name: of_it for name, of_it in (("model", model), ("run", Of(model))) if name in given}
    events = Plugins([], {"compat": compat})
    if spec.kind == "claim":
        with pytest.raises(NobodyAnsweredError):
            events.claim(spec, **given)
    else:
        assert (events.tell if spec.kind == "tell" else events.collect)(spec, **given) == []


@pytest.mark.slow
def test_every_event_of_a_run_with_its_data(yzlite, make_script, install_plugin):
    install_plugin("evaluator", EVALUATOR)
    make_script("witnessed", BLOBS + WITNESS)
    done = yzlite("run", "witnessed", "--test", YZLITE_DISABLE_PLUGINS="eval")
    assert done.code == 0, done.stderr
    seen = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("EVENT")]
    told = {event: " ".join(data) for event, *data in seen}
    assert told == DATA
    assert list(told) == list(DATA)  # a dictionary keeps the order of the first mention


@pytest.mark.slow
def test_handler_that_may_raise_ends_the_run(yzlite, make_script):
    late = """
def too_late(**kwargs):
    raise RuntimeError("enough")

my_model.add_event_handler("QUANTIZE_STARTUP", too_late, _raise_exception=True)
"""
    make_script("stopped", BLOBS + late)
    done = yzlite("run", "stopped", "--test", "--stages", "fit,convert", "--json")
    assert done.code == 1
    assert done.json["error"]["stage"] == "convert"
    assert "The handler of QUANTIZE_STARTUP (stopped.py, line " in done.json["error"]["message"]
    assert "RuntimeError: enough" in done.json["error"]["message"]
    assert set(done.json["stages"]) == {"fit"}


@pytest.mark.slow
def test_handlers_replace_what_a_run_makes(yzlite, make_script):
    make_script("replaced", BLOBS + REPLACING)
    done = yzlite("run", "replaced", "--stages", "fit,convert", "--json")
    assert done.code == 0, done.stderr
    assert done.stderr.count("NOTED epoch") == done.json["stages"]["fit"]["epochs"] == 3
    assert "handler of AFTER_TRAIN" in done.stderr
    assert "RuntimeError: no good; the run goes on" in done.stderr
    code = f"import keras; print(keras.models.load_model({done.json['keras']!r}).name)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.splitlines()[-1] == "another_name"
    from yzlite_core import TfliteModel

    model = TfliteModel.load_flatbuffer_file(done.json["tflite"])
    assert model.inputs[0].type == "INT8"
    assert model.get_metadata("from_handler") == b"12345"
