"""The JSON of `yzlite run`: what it holds, and what each stage reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from yzlite_core.errors import ErrorReport


class LoadReport(TypedDict):
    """Stage `load`: the number of samples of each class in each subset."""

    training: dict[str, int]
    validation: dict[str, int]
    evaluation: dict[str, int]
    generated: bool  # code made the data


class BestReport(TypedDict):
    """The epoch whose weights were kept, from 1, and the metric that chose it."""

    epoch: int
    monitor: str
    value: float


class FitReport(TypedDict):
    """Stage `fit`."""

    epochs: int  # that were run
    best: BestReport | None  # None: the last epoch's weights were kept
    history: dict[str, list[float | None]]
    seconds: float
    skipped: int  # samples that cannot be read


class LossReport(TypedDict):
    """What a layer loses by its quantization: RMSE in steps, and the range that the steps divide."""

    layer: str
    operator: str
    rmse_per_scale: float
    range: float


class ConvertReport(TypedDict, total=False):
    """Stage `convert`; `quantization` is there where `generate_quantization_report` is set."""

    bytes: int
    int8: bool
    float_tensors: list[str]
    quantization: list[LossReport]
    seconds: float


class KindReport(TypedDict):
    """The evaluation of one model; the accuracy is 0 to 1, or None where that makes no sense."""

    accuracy: float | None
    metrics: dict[str, float]
    samples: int


class EvaluateReport(TypedDict):
    """Stage `evaluate`; `subset` says which data it really was."""

    keras: KindReport | None
    tflite: KindReport | None
    subset: str
    skipped: int


class LayerReport(TypedDict):
    """One layer of the `.tflite`; the MACs of an unknown operator are None."""

    index: int
    name: str
    opcode: str
    macs: int | None
    output_shape: list[int]
    bytes: int


class ProfileReport(TypedDict):
    """Stage `profile`: bytes, and operations of one inference."""

    flash_bytes: int
    arena_bytes: int | None  # measured with TensorFlow Lite Micro, where that is installed
    arena_estimate_bytes: int
    macs: int
    ops: int
    layers: list[LayerReport]
    unknown_layers: list[str]


class ArchiveReport(TypedDict):
    """Stage `archive`; the JSON of a run leaves it out."""

    bytes: int
    members: list[str]


class Reports(TypedDict, total=False):
    """What the stages have reported so far, in the order of a run."""

    load: LoadReport
    fit: FitReport
    convert: ConvertReport
    evaluate: EvaluateReport
    profile: ProfileReport
    archive: ArchiveReport


class PluginReport(TypedDict):
    """A plugin, as the JSON of a run lists it."""

    name: str
    dist: str
    version: str
    state: str


class Provenance(TypedDict):
    """What somebody needs to know to repeat a training: `provenance.json`."""

    model: str
    run: str  # the same for the same network, script and seed
    seed: int
    tensorflow_threads: int
    date: str
    versions: dict[str, str]
    platform: str
    plugins: list[PluginReport]
    script_sha256: str
    dataset_sha256: dict[str, str | None]
    generated_data: bool


class RunReport(TypedDict):
    """The whole; a path is None where there is no such file."""

    status: Literal["ok", "failed", "budget"]
    error: ErrorReport | None
    model: str
    seed: int
    log_dir: str | None
    archive: str | None
    keras: str | None
    tflite: str | None
    report: str | None
    plugins: list[PluginReport]
    stages: Mapping[str, Any]  # `Reports` without `archive`
