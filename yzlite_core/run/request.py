"""Request: everything that a caller wants of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from yzlite_core.errors import UsageError

if TYPE_CHECKING:
    from yzlite_core.model.model import YZLiteModel

STAGES: Final = ("load", "fit", "convert", "evaluate", "profile", "archive")
KINDS: Final = ("keras", "tflite")
DEFAULT_SEED: Final = 42


@dataclass(frozen=True)
class Request:
    """What a caller wants of a run; commands and functions build it, and nobody changes it afterwards.

    Lists, mappings and sets that it is given are kept as tuples, read-only mappings and frozen sets.

    Attributes:
        model: A script, an archive or a log directory by its path, a name, or a model that its script made.
        stages: A selection of `STAGES`; they are gone through in that order.
        test: A dry run: one epoch, at most 3 samples of each class.
        seed: Of every random choice; None for that of the training, and 42 for a new one.
        workers: Threads that make batches; None leaves it to the model's data generator.
        settings: `--set`: dotted paths and values, in the order in which they are set.
        output: Directory of the results, in the place of the model's log directory.
        trust: Run an archive's code even if this user has not written it.
        without: Names of plugins that are not loaded.
        gpu: Whether TensorFlow may use a GPU.
        resume: Whether training goes on where an earlier one was interrupted.
        resume_epoch: The epoch after which it goes on; None for the newest that is kept.
        clean: Whether what earlier trainings and evaluations have left is removed first.
        weights: Weights to begin a training with, or to convert or evaluate in the place of the trained ones:
            `best`, the name of a file in the folder of the weights, or a path.
        keras_model: The network to convert, in the place of the trained one.
        kinds: Which models are evaluated: `keras`, `tflite`.
        must_evaluate: Whether it is an error if nobody evaluates such a model.
        max_samples_per_class: The most samples of each class that are evaluated; None for all.
        classes: The classes that are evaluated, the normal one first; None for the model's.
        dump: Whether what an auto-encoder makes of the samples is written as pictures.
        predict_callbacks: Keras callbacks that are told of each batch of the Keras model's predictions.
        writes: Whether results are kept; if not, they are only returned.
        update_archive: Whether the results of a trained model are put into the archive that holds it.
        post_process: Told to the handlers of model events.
        show: Whether plots are shown.
        live: Whether a progress bar may be drawn.

    Raises:
        UsageError: If there is no such stage, or none is named.
    """

    model: str | YZLiteModel
    stages: tuple[str, ...] = STAGES
    test: bool = False
    seed: int | None = None
    workers: int | None = None
    settings: tuple[tuple[str, Any], ...] = ()
    output: Path | None = None
    trust: bool = False
    without: tuple[str, ...] = ()
    gpu: bool = True
    resume: bool = False
    resume_epoch: int | None = None
    clean: bool = False
    weights: str | None = None
    keras_model: Any = None
    kinds: tuple[str, ...] = KINDS
    must_evaluate: bool = False
    max_samples_per_class: int | None = None
    classes: tuple[str, ...] | None = None
    dump: bool = False
    predict_callbacks: tuple[Any, ...] = ()
    writes: bool = True
    update_archive: bool = False
    post_process: bool = False
    show: bool = False
    live: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, unchanging(getattr(self, field.name)))
        if not self.stages:
            raise UsageError("No stage is named", hint=f"the stages are {', '.join(STAGES)}")
        for name in self.stages:
            if name not in STAGES:
                raise UsageError(f"There is no stage '{name}'", hint=f"the stages are {', '.join(STAGES)}")
        object.__setattr__(self, "stages", tuple(name for name in STAGES if name in self.stages))

    @property
    def trains(self) -> bool:
        """Whether a network is trained, and not one that has been."""
        return "fit" in self.stages

    @property
    def resumes(self) -> bool:
        """Whether training goes on where an earlier one was interrupted."""
        return self.resume or self.resume_epoch is not None

    @property
    def set_paths(self) -> frozenset[str]:
        """The dotted paths of the settings that the command sets."""
        of_test = ("epochs", "tflite_converter.representative_dataset_max_samples") if self.test else ()
        return frozenset((*(path for path, _ in self.settings), *of_test))

    @property
    def evaluates_otherwise(self) -> bool:
        """Whether a trained model is evaluated with other numbers than it is meant to be judged by."""
        changed = (self.max_samples_per_class, self.classes, self.weights)
        other = self.test or bool(self.settings) or any(value is not None for value in changed)
        return other and "evaluate" in self.stages and not {"fit", "convert"} & set(self.stages)


def unchanging(value: Any) -> Any:
    """Return a value that holds the same and cannot be changed; what is no list, mapping or set as it is."""
    if isinstance(value, (list, tuple)):
        return tuple(map(unchanging, value))
    if isinstance(value, Mapping) and not isinstance(value, MappingProxyType):
        return MappingProxyType({key: unchanging(item) for key, item in value.items()})
    return frozenset(value) if isinstance(value, (set, frozenset)) else value


def as_given(value: Any) -> Any:
    """Return what `unchanging` was given, with lists for tuples, as JSON and settings know it."""
    if isinstance(value, tuple):
        return list(map(as_given, value))
    return {k: as_given(item) for k, item in value.items()} if isinstance(value, MappingProxyType) else value
