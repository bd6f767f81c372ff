"""Whistles, claps and buzzers: tell short sounds apart by their spectrograms.

The sounds are synthesised by code on first use, so that this demo needs no download:

    yzlite run hello_audio
"""

# @yzlite_model
import math

import keras

from yzlite_core import (
    AudioDatasetMixin,
    AudioFeatureGeneratorSettings,
    EvaluateClassifierMixin,
    ParallelAudioDataGenerator,
    TrainMixin,
    YZLiteModel,
)
from yzlite_models.datasets import hello_audio


class HelloAudio(YZLiteModel, TrainMixin, AudioDatasetMixin, EvaluateClassifierMixin):
    """A classifier of sounds of one second."""


my_model = HelloAudio()

# General
my_model.version = 1
my_model.description = "Whistles, claps and buzzers in one second of sound"

# Dataset: `_unknown_` is drawn from the folders of other sounds, `_silence_` is noise alone
my_model.dataset = hello_audio
my_model.class_mode = "categorical"
my_model.classes = ["rise", "fall", "clap", "buzz", "_unknown_", "_silence_"]

# The front end makes 49 x 40 numbers of a second of sound; firmware finds these settings in the .tflite
frontend_settings = AudioFeatureGeneratorSettings()
frontend_settings.sample_rate_hz = 16000
frontend_settings.sample_length_ms = 1000
frontend_settings.window_size_ms = 30
frontend_settings.window_step_ms = 20
frontend_settings.filterbank_n_channels = 40
frontend_settings.filterbank_lower_band_limit = 125.0
frontend_settings.filterbank_upper_band_limit = 7500.0
frontend_settings.noise_reduction_enable = True

my_model.datagen = ParallelAudioDataGenerator(
    cores=0.5,
    dtype="int8",
    frontend_settings=frontend_settings,
    validation_split=0.1,
    unknown_class_percentage=2.0,
    silence_class_percentage=0.5,
    trim_threshold_db=20,
    offset_range=(0.0, 1.0),
    loudness_range=(0.5, 1.5),
    bg_noise_dir="_background_noise_",
    bg_noise_range=(0.0, 0.1),
)

# Training
my_model.epochs = 25
my_model.batch_size = 32
my_model.loss = "categorical_crossentropy"
my_model.metrics = ["accuracy"]
my_model.optimizer = "adam"
my_model.class_weights = "balanced"
my_model.checkpoint["monitor"] = "val_loss"  # finer than the accuracy of a small validation set


def cosine_decay(epoch: int) -> float:
    """Return the learning rate of an epoch: from 0.003 down to almost nothing along half a cosine."""
    return 0.003 * 0.5 * (1 + math.cos(math.pi * epoch / my_model.epochs))


my_model.lr_schedule = cosine_decay

# Conversion: the device feeds and reads int8
my_model.tflite_converter["inference_input_type"] = "int8"
my_model.tflite_converter["inference_output_type"] = "int8"

# What firmware needs to turn outputs into decisions
my_model.model_parameters["average_window_duration_ms"] = 500
my_model.model_parameters["detection_threshold"] = 175
my_model.model_parameters["suppression_ms"] = 750
my_model.model_parameters["minimum_count"] = 2
my_model.model_parameters["latency_ms"] = 100


def build_hello_audio(my_model: HelloAudio) -> keras.Model:
    """Build the network: a convolution, depthwise separable ones, then the mean over time and pitch."""
    layers = keras.layers

    def activated() -> list[keras.layers.Layer]:
        return [layers.BatchNormalization(momentum=0.9), layers.ReLU()]

    def separable(filters: int, strides: int = 1) -> list[keras.layers.Layer]:
        return [
            layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False),
            *activated(),
            layers.Conv2D(filters, 1, use_bias=False),
            *activated(),
        ]

    keras_model = keras.Sequential(
        [
            layers.InputLayer(my_model.input_shape),
            layers.Conv2D(32, (7, 5), strides=2, padding="same", use_bias=False),
            *activated(),
            *separable(48, strides=2),
            *separable(64),
            *separable(64, strides=2),
            *separable(64),
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.2),
            layers.Dense(my_model.n_classes, activation="softmax"),
        ],
        name=my_model.name,
    )
    keras_model.compile(loss=my_model.loss, optimizer=my_model.optimizer, metrics=my_model.metrics)
    return keras_model


my_model.build_model_function = build_hello_audio
