"""The specification that the guide's snippets make when they are put together.

What the guide leaves out stands in the prelude; the rest is what a reader of the guide would type.
"""

# ruff: noqa: E501, F403, F405
# ---------------------------------------------------------------------------------------- prelude
import tensorflow as tf
from keras.layers import Activation, Conv2D, Dense, Flatten, InputLayer
from keras.models import Sequential

from yzlite.core import *
from yzlite.core import EvaluateClassifierMixin

# ------------------------------------------------------------------------------------------ guide


# Define a new MyModel class which inherits the
# YZLiteModel and several mixins
# NOTE: The name of the custom class can by anything
# @yzlite_model
class MyModel(YZLiteModel, TrainMixin, DatasetMixin, EvaluateClassifierMixin):
    """My Model's class object"""


# Instantiate the MyModel class
my_model = MyModel()

# General Settings
my_model.version = 1
my_model.description = "My model is great!"

# Training Basic Settings
my_model.epochs = 100
my_model.batch_size = 64
my_model.optimizer = "adam"

# Dataset Settings
my_model.class_mode = "categorical"
my_model.classes = ["up", "down", "left", "right"]
my_model.input_shape = (49, 40, 1)


def my_model_builder(my_model: MyModel):
    """Build the network as the guide does."""
    keras_model = Sequential(name=my_model.name)

    keras_model = Sequential()
    keras_model.add(InputLayer(my_model.input_shape))
    keras_model.add(Conv2D(filters=8, kernel_size=(10, 8), use_bias=True, padding="same", strides=(2, 2)))
    keras_model.add(Activation("relu"))
    keras_model.add(Flatten())
    keras_model.add(Dense(units=my_model.n_classes))

    keras_model.compile(loss=my_model.loss, optimizer=my_model.optimizer, metrics=my_model.metrics)
    return keras_model


# Set the model property to reference the model build function
my_model.build_model_function = my_model_builder

# https://keras.io/api/callbacks/reduce_lr_on_plateau/
my_model.reduce_lr_on_plateau["monitor"] = "accuracy"
my_model.reduce_lr_on_plateau["factor"] = 0.25
my_model.reduce_lr_on_plateau["patience"] = 25

my_model.tflite_converter["optimizations"] = [tf.lite.Optimize.DEFAULT]
my_model.tflite_converter["supported_ops"] = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
my_model.tflite_converter["inference_input_type"] = tf.int8
my_model.tflite_converter["inference_output_type"] = tf.int8
my_model.tflite_converter["representative_dataset"] = "generate"

yzlite_model = my_model

# Set the volume (in dB) scaler (i.e. amplitude) to apply to the microphone data. If 0 or omitted, no scaler is applied
yzlite_model.model_parameters["volume_db"] = 5.0
# This simulates the amount of time in milliseconds an audio loop takes.
yzlite_model.model_parameters["latency_ms"] = 0
# Console logging level, set to 'debug' to enable verbose logging
yzlite_model.model_parameters["log_level"] = "info"
