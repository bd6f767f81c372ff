"""A third party's plugin for another kind of data: the report shows its samples as it says."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from yzlite_core.contract.plugins import load_plugins
from yzlite_eval.examples import Example, Gallery
from yzlite_eval.report import collect, render

PLUGIN = """
import numpy as np

from yzlite_core import Dataset, DatasetMixin, Setting, hookimpl
from yzlite_core.contract.shown import ShownSample, Signal

YZLITE_CONTRACT = 1


class MotionDatasetMixin(DatasetMixin):
    motion_rate_hz = Setting(float, default=50.0, doc="Measurements of an accelerometer in a second.")


@hookimpl
def yzlite_load_dataset(model, subset, limit, seed, sampling):
    if not isinstance(model, MotionDatasetMixin):
        return None
    rng = np.random.default_rng([seed, len(subset)])
    count = limit or 40
    labels = np.repeat(np.arange(2), count)
    x = rng.normal(size=(2 * count, 32, 3, 1)) * (0.1 + labels[:, None, None, None])
    counts = dict.fromkeys(model.classes, count)
    return Dataset(subset, x.astype("float32"), y=np.eye(2)[labels], class_counts=counts, generated=True)


@hookimpl
def yzlite_show_sample(model, x):
    if not isinstance(model, MotionDatasetMixin):
        return None
    return ShownSample(Signal(x[:, :, 0], axes=("forward", "left", "up"), rate_hz=model.motion_rate_hz))
"""

SCRIPT = """
# @yzlite_model
import keras
from yzlite_core import EvaluateClassifierMixin, MotionDatasetMixin, TrainMixin, YZLiteModel


class Motions(YZLiteModel, TrainMixin, MotionDatasetMixin, EvaluateClassifierMixin):
    pass


def build(my_model):
    layers = [keras.Input(my_model.input_shape), keras.layers.Flatten(), keras.layers.Dense(2, "softmax")]
    network = keras.Sequential(layers)
    network.compile(loss=my_model.loss, optimizer=my_model.optimizer, metrics=my_model.metrics)
    return network


my_model = Motions()
my_model.classes = ["still", "moving"]
my_model.input_shape = (32, 3, 1)
my_model.motion_rate_hz = 25.0
my_model.build_model_function = build
"""

SIGNAL = re.compile(
    '<svg class="signal".*?>(?P<lines>.*?)</svg></div><ul class="legend">(?P<names>.*?)</ul>'
    "<small>(?P<lasts>.*?)</small><strong>(?P<label>.*?)</strong>"
)


def shown_signals(page: str) -> dict[str, tuple[int, list[str], str]]:
    """Return for each class how many lines its sample has, their names, and how long it lasts."""
    return {
        found["label"]: (
            found["lines"].count("<polyline"),
            re.findall("</i>(.*?)</li>", found["names"]),
            found["lasts"].replace("\u202f", " "),
        )
        for found in SIGNAL.finditer(page)
    }


@pytest.fixture
def motion(install_plugin: Callable[..., Path]) -> None:
    lent = {"yzlite.exports": {"MotionDatasetMixin": "plugin_motion:MotionDatasetMixin"}}
    install_plugin("motion", PLUGIN, entry_points=lent)


def test_report_asks_the_plugin_how_a_sample_looks(motion: None, finished_run: Any) -> None:
    other = finished_run.model
    run = SimpleNamespace(**{**vars(finished_run), "plugins": load_plugins()})
    run.results["tflite"].gallery = Gallery(first=(Example(np.ones((32, 3, 1)), 1, 1, score=0.75),))
    mixin = importlib.import_module("plugin_motion").MotionDatasetMixin
    model = type("Motions", (type(other), mixin), {})(classes=other.classes)
    told = (run.results, run, run.reports, run.provenance)
    shown = shown_signals(render(collect(model, *told)))
    assert shown == {"dog": (3, ["forward", "left", "up"], "0.64 s")}
    assert shown_signals(render(collect(other, *told))) == {}


@pytest.mark.slow
def test_run_of_another_kind_of_data_shows_its_samples(
    motion: None, yzlite: Callable[..., Any], make_script: Callable[..., Path], tmp_path: Path
) -> None:
    make_script("motions", SCRIPT)
    done = yzlite("run", "motions", "--test", "--json", "--output", tmp_path / "log")
    assert done.code == 0, done.stderr
    page = (tmp_path / "log" / "report.html").read_text(encoding="utf-8")
    of_each = (3, ["forward", "left", "up"], "1.28 s")
    assert shown_signals(page) == {"still": of_each, "moving": of_each}
