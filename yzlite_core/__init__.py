"""YZLite: a plugin framework for machine learning on microcontrollers.

The names that plugins lend (`AudioDatasetMixin`, `ImageDatasetMixin`, `EvaluateClassifierMixin`, ...)
are resolved when they are first used; one whose plugin is missing says what to install.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yzlite_core.hookspecs import HOOK_CONTRACT, hookimpl

if TYPE_CHECKING:
    from yzlite_audio.frontend import AudioFeatureGenerator as AudioFeatureGenerator
    from yzlite_audio.frontend import AudioFeatureGeneratorSettings as AudioFeatureGeneratorSettings
    from yzlite_audio.generator import ParallelAudioDataGenerator as ParallelAudioDataGenerator
    from yzlite_audio.mixin import AudioDatasetMixin as AudioDatasetMixin
    from yzlite_core.batches import Batches as Batches
    from yzlite_core.batches import Transform as Transform
    from yzlite_core.dataset import Dataset as Dataset
    from yzlite_core.dataset_base import YZLiteDataset as YZLiteDataset
    from yzlite_core.errors import YZLiteError as YZLiteError
    from yzlite_core.mixins import DataGeneratorDatasetMixin as DataGeneratorDatasetMixin
    from yzlite_core.mixins import DatasetMixin as DatasetMixin
    from yzlite_core.mixins import TrainMixin as TrainMixin
    from yzlite_core.model import YZLiteModel as YZLiteModel
    from yzlite_core.results import EvaluationResults as EvaluationResults
    from yzlite_core.results import Problem as Problem
    from yzlite_core.settings import OptionGroup as OptionGroup
    from yzlite_core.settings import Setting as Setting
    from yzlite_core.spec import list_yzlite_models as list_yzlite_models
    from yzlite_core.tflite.api import *  # noqa: F403  # its __all__ says what
    from yzlite_eval.autoencoder import AutoEncoderEvaluationResults as AutoEncoderEvaluationResults
    from yzlite_eval.classifier import ClassifierEvaluationResults as ClassifierEvaluationResults
    from yzlite_eval.mixin import EvaluateAutoEncoderMixin as EvaluateAutoEncoderMixin
    from yzlite_eval.mixin import EvaluateClassifierMixin as EvaluateClassifierMixin
    from yzlite_eval.mixin import EvaluateMixin as EvaluateMixin
    from yzlite_image.generator import ParallelImageDataGenerator as ParallelImageDataGenerator
    from yzlite_image.mixin import ImageDatasetMixin as ImageDatasetMixin

    KerasModel = Any

__version__ = "0.1.0"

_OWN = {
    "Batches": "yzlite_core.batches",
    "DataGeneratorDatasetMixin": "yzlite_core.mixins",
    "Dataset": "yzlite_core.dataset",
    "DatasetMixin": "yzlite_core.mixins",
    "EvaluationResults": "yzlite_core.results",
    "OptionGroup": "yzlite_core.settings",
    "Problem": "yzlite_core.results",
    "Setting": "yzlite_core.settings",
    "TFLITE_METADATA_TAG": "yzlite_core.tflite.parameters",
    "TfliteModel": "yzlite_core.tflite.model",
    "TfliteModelParameters": "yzlite_core.tflite.parameters",
    "TrainMixin": "yzlite_core.mixins",
    "Transform": "yzlite_core.batches",
    "YZLiteDataset": "yzlite_core.dataset_base",
    "YZLiteError": "yzlite_core.errors",
    "YZLiteModel": "yzlite_core.model",
    "list_yzlite_models": "yzlite_core.spec",
}

# Not KerasModel, which would import Keras, and not the parts of a TfliteModel, which few scripts need.
__all__ = [*_OWN, "HOOK_CONTRACT", "hookimpl"]


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module 'yzlite_core' has no attribute {name!r}")
    import importlib

    if name in _OWN:
        value = getattr(importlib.import_module(_OWN[name]), name)
    elif name == "KerasModel":
        value = importlib.import_module("keras").Model
    elif name.startswith("Tflite"):
        value = getattr(importlib.import_module("yzlite_core.tflite.api"), name)
    else:
        from yzlite_core.lending import borrow

        value = borrow(name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    from yzlite_core.lending import lent_names

    return sorted({*globals(), *__all__, *lent_names()})
