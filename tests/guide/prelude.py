"""What the guide's snippets leave out: put before them, it makes one script of them all."""

import tensorflow as tf
from keras.layers import Activation, Conv2D, Dense, Flatten, InputLayer
from keras.models import Sequential

from yzlite.core import (
    AudioDatasetMixin,
    DatasetMixin,
    EvaluateClassifierMixin,
    ImageDatasetMixin,
    TrainMixin,
    YZLiteModel,
)
from yzlite.core.preprocess.audio.parallel_generator import ParallelAudioDataGenerator
from yzlite.core.preprocess.image.parallel_generator import ParallelImageDataGenerator
from yzlite.datasets.audio.speech_commands import speech_commands_v2
from yzlite.datasets.image import rock_paper_scissors_v1


class AudioModel(YZLiteModel, TrainMixin, AudioDatasetMixin, EvaluateClassifierMixin):
    """The guide's "audio-based model specification script"."""


class ImageModel(YZLiteModel, TrainMixin, ImageDatasetMixin, EvaluateClassifierMixin):
    """The guide's "image-based model specification script"."""


audio_model = AudioModel()
image_model = ImageModel()
keras_model = Sequential()
my_model: "MyModel | ImageModel"  # noqa: F821 # the guide makes it
yzlite_model: "AudioModel | ImageModel"
