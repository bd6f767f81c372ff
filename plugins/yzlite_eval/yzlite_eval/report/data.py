"""What the report shows: plain values, whatever run they came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from yzlite_core.plugin import Picture, Signal


@dataclass(frozen=True)
class Sample:
    """One sample, and what the network took it for.

    Attributes:
        actual: The true class.
        predicted: The class with the highest score.
        score: That score, 0 to 1.
        file: The file's name, or an empty string.
        look: How it looks, or None if it cannot be seen.
        wav: How it sounds, as a WAV file's bytes, or None.
    """

    actual: str
    predicted: str
    score: float
    file: str = ""
    look: Picture | Signal | None = None
    wav: bytes | None = None


@dataclass(frozen=True)
class ClassRow:
    """One class's share of an evaluation; None is undefined."""

    name: str
    samples: int
    recall: float | None
    precision: float | None
    f1: float | None
    auc: float | None


@dataclass(frozen=True)
class Curve:
    """A line of a chart, with the area under it if that means something."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    area: float | None = None


@dataclass(frozen=True)
class Evaluation:
    """What one predictor achieved.

    Attributes:
        label: What was evaluated, for people.
        samples: The number of samples.
        accuracy: 0 to 1, or None.
        metrics: Further numbers by name.
        classes: The classes of a classifier.
        roc: The ROC curves that exist.
        confusion: Rows are true classes.
    """

    label: str
    samples: int
    accuracy: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    classes: Sequence[ClassRow] = ()
    roc: Sequence[Curve] = ()
    confusion: Sequence[Sequence[int]] = ()


@dataclass(frozen=True)
class Training:
    """How training went.

    Attributes:
        history: For each metric its value after each epoch.
        epochs: How many were run.
        seconds: How long it took.
        best_epoch: The epoch whose weights were kept, from 1, or None.
        best: The metric that chose it, with its value there.
    """

    history: Mapping[str, Sequence[float | None]]
    epochs: int
    seconds: float
    best_epoch: int | None = None
    best: str = ""


@dataclass(frozen=True)
class Layer:
    """One row of the table of layers; the MACs of an unknown operator are None."""

    name: str
    output_shape: str
    macs: int | None
    bytes: int


@dataclass(frozen=True)
class Profile:
    """What the `.tflite` costs on the device, in bytes and operations of one inference.

    Attributes:
        flash_bytes: The file's size.
        arena_bytes: Working memory.
        arena_is_measured: Whether TensorFlow Lite Micro told it; else it is an estimate.
        macs: Multiplications with addition.
        ops: All operations.
        layers: The layers, in the order of execution.
    """

    flash_bytes: int
    arena_bytes: int | None
    arena_is_measured: bool
    macs: int
    ops: int
    layers: Sequence[Layer] = ()


@dataclass(frozen=True)
class Loss:
    """What a layer loses by its quantization: RMSE in steps, and the range that the steps divide."""

    layer: str
    operator: str
    rmse_per_scale: float
    range: float


@dataclass(frozen=True)
class SettingRow:
    """One setting: its dotted path, its value as text, whether somebody set it."""

    path: str
    value: str
    is_set: bool


@dataclass(frozen=True)
class ReportData:
    """Everything that the report shows.

    Attributes:
        name: The model's name.
        version: The model's version.
        description: The model's description.
        notes: What a reader must know before trusting a number.
        counts: For each subset the number of samples of each class.
        samples: One sample of each class.
        mistakes: The mistakes with the highest scores.
        samples_by: What the samples' predictions come from.
        augmentation: A PNG file's bytes of what the augmentation makes of samples, or None.
        training: How training went, or None.
        evaluations: The evaluations, float before int8.
        profile: What the model costs, or None.
        losses: What each layer loses by its quantization, the worst first.
        settings: The settings in force.
        provenance: Versions, seed and hashes, as text.
    """

    name: str
    version: str = ""
    description: str = ""
    notes: Sequence[str] = ()
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    samples: Sequence[Sample] = ()
    mistakes: Sequence[Sample] = ()
    samples_by: str = ""
    augmentation: bytes | None = None
    training: Training | None = None
    evaluations: Sequence[Evaluation] = ()
    profile: Profile | None = None
    losses: Sequence[Loss] = ()
    settings: Sequence[SettingRow] = ()
    provenance: Sequence[tuple[str, str]] = ()
