"""The values that stages and hooks hand to each other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from yzlite_core.support.source_location import SCRIPT_MODULE


@dataclass(frozen=True)
class Problem:
    """Something in a specification that cannot work.

    Attributes:
        message: One sentence: what is wrong.
        hint: What to do about it.
    """

    message: str
    hint: str | None = None


@dataclass(frozen=True)
class Best:
    """The epoch whose weights were kept.

    Attributes:
        epoch: Its number, from 1.
        monitor: The metric that chose it.
        value: The metric's value there.
    """

    epoch: int
    monitor: str
    value: float


@dataclass(frozen=True)
class History:
    """What training measured.

    Attributes:
        metrics: For each metric its value after each epoch.
        best: The epoch whose weights were kept; None if it was simply the last.
        seconds: How long training took.
        params: What `keras.Model.fit` was told: epochs, steps.
    """

    metrics: Mapping[str, Sequence[float]]
    best: Best | None = None
    seconds: float = 0.0
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def epochs(self) -> int:
        """The number of epochs that were run."""
        return max((len(values) for values in self.metrics.values()), default=0)

    @property
    def epoch(self) -> list[int]:
        """The numbers of the epochs that were run, from 0 as Keras counts."""
        return list(range(self.epochs))

    @property
    def history(self) -> dict[str, list[float]]:
        """Each metric's value after each epoch, under the name that Keras has for it."""
        return {name: list(values) for name, values in self.metrics.items()}


@dataclass(frozen=True)
class TrainingResults:
    """What a training has made.

    Attributes:
        yzlite_model: The model that was trained.
        keras_model: The trained network, with the weights that were kept.
        training_history: Each metric's value after each epoch, and which epoch was the best.
        params: The epochs that were asked for, and the size of a batch.
        archive: Where the archive is, if one was written.
    """

    yzlite_model: Any
    keras_model: Any
    training_history: History
    params: Mapping[str, Any] = field(default_factory=dict)
    archive: Path | None = None

    @property
    def epochs(self) -> list[int]:
        """The numbers of the epochs that were run, from 0 as Keras counts."""
        return self.training_history.epoch

    @property
    def history(self) -> dict[str, list[float]]:
        """Each metric's value after each epoch."""
        return self.training_history.history

    @property
    def model_archive_path(self) -> str:
        """The path of the archive."""
        return str(self.archive or self.yzlite_model.archive_path)

    def get_best_metric(self) -> tuple[str, float]:
        """Return the metric that chose the weights that were kept, and its value there."""
        best = self.training_history.best
        if best is not None:
            return best.monitor, best.value
        name, values = next(iter(self.history.items()))
        return name, values[-1]

    def asdict(self) -> dict[str, Any]:
        """Return epochs, parameters and history as JSON knows them."""
        return {"epochs": self.epochs, "params": dict(self.params), "history": to_jsonable(self.history)}

    def __str__(self) -> str:
        name, value = self.get_best_metric()
        return f"{self.yzlite_model.name}: {len(self.epochs)} epochs, best {name} {value:.4f}"


class Predictor(Protocol):
    """A trained model that can be asked, whatever runs it."""

    @property
    def kind(self) -> str:
        """`keras` or `tflite`."""
        ...

    def predict(self, x: Any) -> Any:
        """Return the outputs for inputs of shape (n, ...), float32 of shape (n, ...).

        A model of several inputs takes, and one of several outputs returns, a list of arrays.
        """
        ...


class EvaluationResults(dict[str, Any]):
    """What an evaluation found: a dictionary that can be written as JSON.

    Args:
        name: The model's name.
        model_type: `generic`, `classification` or `auto_encoder`.
        samples: The number of samples that were evaluated, each once.
        accuracy: The share of right answers, 0 to 1, or None where that makes no sense.
        metrics: Further numbers by name.
        **details: Whatever else belongs into `eval-results.json`.
    """

    def __init__(
        self,
        name: str = "my_model",
        model_type: str = "generic",
        *,
        samples: int = 0,
        accuracy: float | None = None,
        metrics: Mapping[str, float] | None = None,
        **details: Any,
    ) -> None:
        super().__init__(
            name=name,
            model_type=model_type,
            samples=samples,
            overall_accuracy=accuracy,
            metrics=dict(metrics or {}),
            **details,
        )

    @property
    def name(self) -> str:
        """The model's name."""
        return str(self["name"])

    @property
    def model_type(self) -> str:
        """The kind of evaluation."""
        return str(self["model_type"])

    @property
    def accuracy(self) -> float | None:
        """The share of right answers, 0 to 1."""
        value: float | None = self["overall_accuracy"]
        return value

    @property
    def samples(self) -> int:
        """The number of samples that were evaluated."""
        return int(self["samples"])

    def to_json(self) -> dict[str, Any]:
        """Return the part that `yzlite run --json` shows."""
        return {"accuracy": self.accuracy, "metrics": self["metrics"], "samples": self.samples}

    def generate_summary(self, include_all: bool = True) -> str:
        """Return the results as text for people.

        Args:
            include_all: Also show the metrics, not only the accuracy.
        """
        lines = [f"Name: {self.name}", f"Model type: {self.model_type}", f"Samples: {self.samples}"]
        if self.accuracy is not None:
            lines.append(f"Overall accuracy: {self.accuracy:.3%}")
        if include_all:
            lines += [f"{key}: {value:.4g}" for key, value in self["metrics"].items()]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.generate_summary()


def to_jsonable(value: Any) -> Any:
    """Return a form of `value` that JSON can hold.

    NumPy scalars and arrays become numbers and lists, callables and classes their names, and anything
    else the name of its type, so that no address of this machine's memory gets into a file.
    """
    if isinstance(value, (str, bool, int, type(None))):
        return value
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, np.ndarray):
        return to_jsonable(value.tolist()) if value.size <= 1024 else f"array{value.shape} of {value.dtype}"
    if isinstance(value, Mapping):
        return {str(key): to_jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_jsonable(item) for item in value]
    if isinstance(value, np.dtype):
        return value.name
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if name is not None:
        module = str(getattr(value, "__module__", None) or "").removeprefix(SCRIPT_MODULE)
        return f"{module}.{name}" if module else str(name)
    if hasattr(value, "name") and isinstance(value.name, str):
        return value.name  # TensorFlow's dtypes, enumerations
    return type(value).__name__
