"""A small classifier, its data and a run, without TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from yzlite_core.contract.plugins import load_plugins
from yzlite_core.data.dataset import Dataset
from yzlite_core.model.mixins import DatasetMixin, TrainMixin
from yzlite_eval.classifier import evaluate_classifier
from yzlite_eval.mixin import EvaluateAutoEncoderMixin, EvaluateClassifierMixin, EvaluateMixin

pytest_plugins = ["yzlite_core.testing.fixtures"]


class _Model(TrainMixin, DatasetMixin):
    name = "my_model"
    version = 1
    description = "A model for tests."
    test_mode_enabled = False


class Classifier(_Model, EvaluateClassifierMixin):
    pass


class AutoEncoder(_Model, EvaluateAutoEncoderMixin):
    pass


class Generic(_Model, EvaluateMixin):
    pass


@dataclass(frozen=True)
class FakePredictor:
    """A predictor whose network is a function; `calls` notes how many samples it was asked about."""

    function: Callable[[Any], Any]
    kind: str = "keras"
    model: Any = None
    calls: list[int] = field(default_factory=list)

    def predict(self, x: Any) -> Any:
        self.calls.append(len(x))
        return self.function(x)


@pytest.fixture
def classifier() -> Classifier:
    model = Classifier()
    model.classes = ["cat", "dog", "hen"]
    return model


@pytest.fixture
def autoencoder() -> AutoEncoder:
    model = AutoEncoder()
    model.loss = "mse"
    model.class_mode = "input"
    return model


@pytest.fixture
def generic() -> Generic:
    return Generic()


@pytest.fixture
def predictor() -> type[FakePredictor]:
    return FakePredictor


@pytest.fixture
def pixels() -> Dataset:
    """30 images; the mean brightness tells the class, and three of each ten are too bright by one class."""
    ids = np.repeat([0, 1, 2], 10)
    level = (ids + np.tile([0] * 7 + [1] * 3, 3)) % 3
    x = np.broadcast_to((level / 2)[:, None, None, None], (30, 8, 8, 1)).astype(np.float32)
    return Dataset(
        "evaluation", x, y=np.eye(3)[ids], class_counts={"cat": 10, "dog": 10, "hen": 10}, batch_size=7
    )


def brightness(x: np.ndarray) -> np.ndarray:
    """Return a softmax around the class that the mean brightness stands for."""
    level = 2 * x.mean(axis=(1, 2, 3))
    powers = np.exp(-4 * (level[:, None] - np.arange(3)) ** 2)
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.fixture
def seer() -> Callable[[np.ndarray], np.ndarray]:
    return brightness


@pytest.fixture
def finished_run(classifier: Classifier, pixels: Dataset, tmp_path: Path) -> Any:
    """What a run offers when the report is due, with `results`."""
    counts = {"cat": 100, "dog": 80, "hen": 90}
    return SimpleNamespace(
        model=classifier,
        plugins=load_plugins(),
        results={
            kind: evaluate_classifier(classifier, FakePredictor(brightness, kind), pixels)
            for kind in ("keras", "tflite")
        },
        paths=SimpleNamespace(
            root=tmp_path,
            train=tmp_path / "train",
            augmentation=tmp_path / "train" / "augmentation.png",
            eval=tmp_path / "eval",
            report=tmp_path / "report.html",
        ),
        reports={
            "load": {
                "training": counts,
                "validation": {},
                "evaluation": dict(pixels.class_counts),
                "generated": False,
            },
            "evaluate": {"keras": None, "tflite": None, "subset": "evaluation", "skipped": 0},
            "fit": {
                "epochs": 3,
                "skipped": 0,
                "seconds": 12.5,
                "best": {"epoch": 2, "monitor": "val_accuracy", "value": 0.75},
                "history": {
                    "accuracy": [0.5, 0.6, 0.7],
                    "val_accuracy": [0.4, 0.75, 0.7],
                    "loss": [1.0, None, 0.4],
                },
            },
            "convert": {"bytes": 19040, "int8": True, "float_tensors": [], "seconds": 0.7},
            "profile": {
                "flash_bytes": 19040,
                "arena_bytes": None,
                "arena_estimate_bytes": 9632,
                "macs": 336000,
                "ops": 680000,
                "layers": [
                    {
                        "index": 0,
                        "name": "Op0-CONV_2D",
                        "opcode": "CONV_2D",
                        "macs": 336000,
                        "output_shape": [1, 4, 4, 8],
                        "bytes": 800,
                    }
                ],
            },
        },
        provenance={
            "seed": 42,
            "versions": {"python": "3.11.2"},
            "plugins": [{"name": "eval", "version": "0.1.0"}],
            "dataset_sha256": {"training": None},
        },
    )
