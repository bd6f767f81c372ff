"""The public names of YZLite, listed here and nowhere else: `contract.stub` reads them at run time.

A line `from module import name as name` each. `from yzlite_core import *` leaves out what the star below
stands for, the parts of a `TfliteModel`, which few scripts need, and `KerasModel`, which would import Keras.
"""

from typing import TYPE_CHECKING, Any

from yzlite_core.compat.attributes import YZLiteModelAttributes as YZLiteModelAttributes
from yzlite_core.compat.events import YZLiteModelEvent as YZLiteModelEvent
from yzlite_core.compat.functions import evaluate_model as evaluate_model
from yzlite_core.compat.functions import load_tflite_model as load_tflite_model
from yzlite_core.compat.functions import load_tflite_or_keras_model as load_tflite_or_keras_model
from yzlite_core.compat.functions import load_yzlite_model as load_yzlite_model
from yzlite_core.compat.functions import load_yzlite_model_with_path as load_yzlite_model_with_path
from yzlite_core.compat.functions import profile_model as profile_model
from yzlite_core.compat.functions import quantize_model as quantize_model
from yzlite_core.compat.functions import summarize_model as summarize_model
from yzlite_core.compat.functions import train_model as train_model
from yzlite_core.compat.functions import update_model_parameters as update_model_parameters
from yzlite_core.compat.functions import view_model as view_model
from yzlite_core.compat.logger import get_yzlite_logger as get_yzlite_logger
from yzlite_core.compat.logger import set_yzlite_logger as set_yzlite_logger
from yzlite_core.compat.vendor import compile_model as compile_model
from yzlite_core.contract.hookspecs import HOOK_CONTRACT as HOOK_CONTRACT
from yzlite_core.contract.hookspecs import hookimpl as hookimpl
from yzlite_core.contract.values import EvaluationResults as EvaluationResults
from yzlite_core.contract.values import Problem as Problem
from yzlite_core.contract.values import TrainingResults as TrainingResults
from yzlite_core.data.batches import Batches as Batches
from yzlite_core.data.batches import Transform as Transform
from yzlite_core.data.datagen.mixin import DataGeneratorDatasetMixin as DataGeneratorDatasetMixin
from yzlite_core.data.dataset import Dataset as Dataset
from yzlite_core.errors import YZLiteError as YZLiteError
from yzlite_core.functions.profile import ProfilingModelResults as ProfilingModelResults
from yzlite_core.model.mixins import DatasetMixin as DatasetMixin
from yzlite_core.model.mixins import TrainMixin as TrainMixin
from yzlite_core.model.model import YZLiteModel as YZLiteModel
from yzlite_core.model.scripted_dataset import YZLiteDataset as YZLiteDataset
from yzlite_core.model.settings import OptionGroup as OptionGroup
from yzlite_core.model.settings import Setting as Setting
from yzlite_core.model.specification import list_yzlite_models as list_yzlite_models
from yzlite_core.tflite.api import *  # noqa: F403  # its __all__ says what
from yzlite_core.tflite.metadata import TfliteModelMetadataEntry as TfliteModelMetadataEntry
from yzlite_core.tflite.model import TfliteModel as TfliteModel
from yzlite_core.tflite.parameters import TFLITE_METADATA_TAG as TFLITE_METADATA_TAG
from yzlite_core.tflite.parameters import TfliteModelParameters as TfliteModelParameters

# isort: split
# What plugins lend. Where each comes from at run time, its entry point in the group `yzlite.exports` says.
from yzlite_audio.features import apply_frontend as apply_frontend
from yzlite_audio.frontend import AudioFeatureGenerator as AudioFeatureGenerator
from yzlite_audio.frontend import AudioFeatureGeneratorSettings as AudioFeatureGeneratorSettings
from yzlite_audio.generator import ParallelAudioDataGenerator as ParallelAudioDataGenerator
from yzlite_audio.mixin import AudioDatasetMixin as AudioDatasetMixin
from yzlite_audio.wav import read_audio_file as read_audio_file
from yzlite_audio.wav import write_audio_file as write_audio_file
from yzlite_audio.windowing import adjust_length as adjust_length

# isort: split
from yzlite_image.decode import read_image_file as read_image_file
from yzlite_image.generator import ParallelImageDataGenerator as ParallelImageDataGenerator
from yzlite_image.mixin import ImageDatasetMixin as ImageDatasetMixin
from yzlite_image.saving import write_image_file as write_image_file
from yzlite_image.unique import UniqueImageDatabase as UniqueImageDatabase
from yzlite_image.unique import create_signature as create_signature

# isort: split
from yzlite_eval.autoencoder import AutoEncoderEvaluationResults as AutoEncoderEvaluationResults
from yzlite_eval.classifier import ClassifierEvaluationResults as ClassifierEvaluationResults
from yzlite_eval.functions import evaluate_autoencoder as evaluate_autoencoder
from yzlite_eval.functions import evaluate_classifier as evaluate_classifier
from yzlite_eval.mixin import EvaluateAutoEncoderMixin as EvaluateAutoEncoderMixin
from yzlite_eval.mixin import EvaluateClassifierMixin as EvaluateClassifierMixin
from yzlite_eval.mixin import EvaluateMixin as EvaluateMixin

# isort: split
from yzlite_models.datasets import rock_paper_scissors_v1 as rock_paper_scissors_v1
from yzlite_models.datasets import speech_commands_v2 as speech_commands_v2

__version__: str

if TYPE_CHECKING:
    KerasModel = Any  # Keras has no type information
else:
    from keras import Model as KerasModel  # noqa: F401  # what it is at run time
