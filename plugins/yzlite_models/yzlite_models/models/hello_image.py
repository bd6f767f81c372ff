"""Rock, paper or scissors: tell three hand shapes apart in pictures of 96 x 96 grey pixels.

The pictures are drawn by code on first use, so that this demo needs no download:

    yzlite run hello_image
"""

# @yzlite_model
import math

import keras

from yzlite_core import (
    EvaluateClassifierMixin,
    ImageDatasetMixin,
    ParallelImageDataGenerator,
    TrainMixin,
    YZLiteModel,
)
from yzlite_models.datasets import hello_image


class HelloImage(YZLiteModel, TrainMixin, ImageDatasetMixin, EvaluateClassifierMixin):
    """A classifier of small grey images."""


my_model = HelloImage()

# General
my_model.version = 1
my_model.description = "Rock, paper or scissors in 96 x 96 grey pixels"

# Dataset
my_model.dataset = hello_image
my_model.class_mode = "categorical"
my_model.classes = ["rock", "paper", "scissors"]
my_model.input_shape = (96, 96, 1)

my_model.datagen = ParallelImageDataGenerator(
    cores=0.5,
    validation_split=0.1,
    validation_augmentation_enabled=False,
    rotation_range=15,
    width_shift_range=0.08,
    height_shift_range=0.08,
    zoom_range=0.1,
    horizontal_flip=True,
    brightness_range=(0.7, 1.3),
    contrast_range=(0.7, 1.3),
    samplewise_center=True,
    samplewise_std_normalization=True,
)

# Training
my_model.epochs = 20
my_model.batch_size = 32
my_model.loss = "categorical_crossentropy"
my_model.metrics = ["accuracy"]
my_model.optimizer = "adam"
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


def build_hello_image(my_model: HelloImage) -> keras.Model:
    """Build the network: four steps of convolution and pooling, then the mean over the picture."""

    def convolution(filters: int, kernel: int = 3, strides: int = 1) -> list[keras.layers.Layer]:
        return [
            keras.layers.Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False),
            keras.layers.BatchNormalization(momentum=0.9),
            keras.layers.ReLU(),
        ]

    keras_model = keras.Sequential(
        [
            keras.layers.InputLayer(my_model.input_shape),
            *convolution(16, kernel=5, strides=2),
            keras.layers.MaxPooling2D(),
            *convolution(24),
            keras.layers.MaxPooling2D(),
            *convolution(32),
            *convolution(32),
            keras.layers.MaxPooling2D(),
            *convolution(48),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(my_model.n_classes, activation="softmax"),
        ],
        name=my_model.name,
    )
    keras_model.compile(loss=my_model.loss, optimizer=my_model.optimizer, metrics=my_model.metrics)
    return keras_model


my_model.build_model_function = build_hello_image
