"""The networks of these tests, as Keras models, and the script that made the .tflite files beside it.

python networks.py fixtures             writes the .tflite files again
python networks.py export DIR NAME...   exports networks as SavedModels
python networks.py convert DIR NAME...  converts networks to int8, and writes their numbers of parameters
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from yzlite_core.conversion import _convert_child
from yzlite_core.conversion.converter import ConversionOptions, _finished, convert_saved_model
from yzlite_core.conversion.unrolling import unrolled
from yzlite_core.tflite.model import TfliteModel

HERE = Path(__file__).parent


def tiny_cnn():
    return keras.Sequential(
        [
            layers.Input((12, 10, 1), name="image"),
            layers.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
            layers.DepthwiseConv2D(3, padding="same", activation="relu"),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )


def two_ports():
    left, right = layers.Input((4,), name="zeta"), layers.Input((3,), name="alpha")
    joined = layers.Concatenate()([left, right])
    return keras.Model([left, right], [layers.Dense(5)(joined), layers.Dense(2)(joined)])


def layer_norm():
    inputs = layers.Input((6, 8), name="x")
    hidden = layers.LayerNormalization()(layers.Dense(8)(inputs))
    return keras.Model(inputs, layers.Dense(3)(layers.Flatten()(hidden)))


def rolled_lstm():
    inputs = layers.Input((12, 6), name="x")
    return keras.Model(inputs, layers.Dense(3)(layers.LSTM(8)(inputs)))


def unsupported():
    inputs = layers.Input((4,), name="x")
    whole = keras.ops.cast(inputs, "int32")
    bits = keras.ops.bitwise_and(whole, whole + 1)
    return keras.Model(inputs, layers.Dense(2)(keras.ops.cast(bits, "float32")))


def guide_cnn():
    return keras.Sequential(
        [
            layers.Input((49, 40, 1), name="x"),
            layers.Conv2D(8, (10, 8), strides=2, padding="same"),
            layers.Activation("relu"),
            layers.Flatten(),
            layers.Dense(4),
        ]
    )


def unrolled_lstm():
    inputs = layers.Input((10, 6), name="x")
    hidden = layers.LSTM(8, unroll=True, return_sequences=True)(inputs)
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(layers.LSTM(8, unroll=True)(hidden)))


def _normed(x, layer, active=True):
    x = layers.BatchNormalization()(layer(x))
    return layers.ReLU()(x) if active else x


def ds_cnn():
    inputs = layers.Input((49, 10, 1), name="x")
    x = _normed(inputs, layers.Conv2D(64, (10, 4), strides=2, padding="same"))
    for _ in range(4):
        x = _normed(x, layers.DepthwiseConv2D(3, padding="same"))
        x = _normed(x, layers.Conv2D(64, 1))
    x = layers.Flatten()(layers.AveragePooling2D((25, 5))(x))
    return keras.Model(inputs, layers.Dense(12, activation="softmax")(x))


def resnet():
    inputs = layers.Input((32, 32, 3), name="x")
    x = _normed(inputs, layers.Conv2D(16, 3, padding="same"))
    for filters, stride in ((16, 1), (32, 2), (64, 2)):
        y = _normed(x, layers.Conv2D(filters, 3, strides=stride, padding="same"))
        y = _normed(y, layers.Conv2D(filters, 3, padding="same"), active=False)
        if stride > 1:
            x = layers.Conv2D(filters, 1, strides=stride, padding="same")(x)
        x = layers.ReLU()(layers.add([x, y]))
    x = layers.Flatten()(layers.AveragePooling2D(8)(x))
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))


def mobilenet():
    inputs = layers.Input((96, 96, 3), name="x")
    x = _normed(inputs, layers.Conv2D(8, 3, strides=2, padding="same"))
    blocks = [(1, 16), (2, 32), (1, 32), (2, 64), (1, 64), (2, 128), *[(1, 128)] * 5, (2, 256), (1, 256)]
    for stride, filters in blocks:
        x = _normed(x, layers.DepthwiseConv2D(3, strides=stride, padding="same"))
        x = _normed(x, layers.Conv2D(filters, 1))
    x = layers.Flatten()(layers.AveragePooling2D(3)(x))
    return keras.Model(inputs, layers.Dense(2, activation="softmax")(x))


def auto_encoder():
    inputs = x = layers.Input((640,), name="x")
    for units in (128, 128, 128, 128, 8, 128, 128, 128, 128):
        x = _normed(x, layers.Dense(units))
    return keras.Model(inputs, layers.Dense(640)(x))


def build(name):
    """Build a network with the same weights every time, none of them zero, normalised as by a training."""
    model = globals()[name]()
    rng = np.random.default_rng(7)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            continue
        weights = layer.get_weights()
        scales = [
            np.sqrt(2 / max(1, array.size / array.shape[-1])) if array.ndim > 1 else 0.1 for array in weights
        ]
        layer.set_weights(
            [scale * rng.normal(size=a.shape) for scale, a in zip(scales, weights, strict=True)]
        )
    normalisations = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    for layer in normalisations:
        layer.momentum = 0.0  # takes over the statistics of one batch
    if normalisations:
        model(rng.normal(size=(64, *model.input_shape[1:])).astype(np.float32), training=True)
    return model


def export(model, folder):
    """Write a SavedModel with batch size 1."""
    archive = keras.export.ExportArchive()
    archive.track(model)
    signature = [tf.TensorSpec((1, *i.shape[1:]), tf.float32, name=i.name) for i in model.inputs]
    archive.add_endpoint(
        "serve",
        lambda *inputs: model(inputs[0] if len(inputs) == 1 else list(inputs), training=False),
        input_signature=signature,
    )
    archive.write_out(folder, verbose=False)


def samples(model, count=20):
    rng = np.random.default_rng(1)
    return [
        {i.name: rng.normal(size=(1, *i.shape[1:])).astype(np.float32) for i in model.inputs}
        for _ in range(count)
    ]


def convert(folder, names):
    """Convert networks as the converter's process does it, all in this one process."""
    parameters = {}
    for name in names:
        model = build(name)
        parameters[name] = model.count_params()
        with unrolled(model):
            export(model, folder / f"{name}.saved")
        options = ConversionOptions(inference_input_type="int8", inference_output_type="int8")
        converted = _convert_child.convert(str(folder / f"{name}.saved"), asdict(options), samples(model))
        (folder / f"{name}.tflite").write_bytes(_finished(converted, [i.name for i in model.inputs]))
    (folder / "parameters.json").write_text(json.dumps(parameters))


def fixtures(scratch):
    for name, port in (("tiny_cnn", "int8"), ("two_ports", "float32"), ("layer_norm", "int8")):
        model = build(name)
        export(model, scratch / name)
        options = ConversionOptions(inference_input_type=port, inference_output_type=port)
        conversion = convert_saved_model(
            scratch / name, options=options, representative=samples(model), float32=name == "tiny_cnn"
        )
        TfliteModel(conversion.tflite).save(HERE / f"{name}.tflite")
        if conversion.float32:
            TfliteModel(conversion.float32).save(HERE / f"{name}.float32.tflite")


if __name__ == "__main__":
    if sys.argv[1] == "export":
        for wanted in sys.argv[3:]:
            export(build(wanted), Path(sys.argv[2]) / wanted)
    elif sys.argv[1] == "convert":
        convert(Path(sys.argv[2]), sys.argv[3:])
    else:
        import tempfile

        with tempfile.TemporaryDirectory() as directory:
            fixtures(Path(directory))
