"""From a trained Keras model to a conversion: options, SavedModel, calibration data by name."""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

import numpy as np

from yzlite_core.conversion.converter import (
    NAMES,
    ConversionOptions,
    convert_saved_model,
    normalize_name,
    quantization_errors,
)
from yzlite_core.conversion.quantization_report import LayerError
from yzlite_core.conversion.representative import CalibrationSample
from yzlite_core.conversion.unrolling import unrolled
from yzlite_core.errors import ConversionError, did_you_mean
from yzlite_core.model.mixins.converter import ConverterAttributes

if TYPE_CHECKING:
    from yzlite_core.model.mixins import TrainMixin

_LISTS = ("optimizations", "supported_ops", "supported_types")
# What the conversion stage asks itself, not the converter.
_OF_THE_STAGE = {
    "representative_dataset",
    "representative_dataset_max_samples",
    "generate_unquantized",
    "generate_quantization_report",
}


def conversion_options(model: TrainMixin) -> ConversionOptions:
    """Return the converter's settings with every name in its plain form; the settings stay as they are.

    Raises:
        ConversionError: If a name is none that the converter knows; names the nearest.
    """
    attributes = get_type_hints(ConverterAttributes)
    named: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for key, value in model.tflite_converter.items():
        if key in _OF_THE_STAGE:
            continue
        if key in attributes:
            extra[key] = value
        elif key in _LISTS:
            listed = value if isinstance(value, (list, tuple, set)) else [value]
            named[key] = tuple(_known_name(key, item) for item in listed)
        elif key in NAMES:
            named[key] = _known_name(key, value)
        else:
            named[key] = value
    return ConversionOptions(**named, extra=extra)


def _known_name(key: str, value: Any) -> str:
    name = normalize_name(value)
    if name not in NAMES[key]:
        raise ConversionError(
            f"tflite_converter['{key}'] does not take '{name}'",
            hint=did_you_mean(name, NAMES[key]) or f"it takes {', '.join(NAMES[key])}",
        )
    return name


def convert(
    keras_model: Any, representative: Sequence[CalibrationSample] | None, options: ConversionOptions
) -> bytes:
    """Convert a Keras model in a child process.

    The network is exported with a batch of one, because a free batch leaves shape computations before
    every reshape; the child needs none of the script's code, and its crash is a sentence here.

    Args:
        keras_model: The network.
        representative: Samples to calibrate with; None quantizes no activations.
        options: What the converter is told.

    Raises:
        ConversionError: If Keras cannot export the network, the samples do not fit it, or the converter
            refuses or crashes.
    """
    samples = None if representative is None else _by_name(keras_model, representative)
    with _saved_model(keras_model) as folder:
        names = [tensor.name for tensor in _inputs(keras_model)]
        return convert_saved_model(folder, options=options, representative=samples, input_names=names).tflite


def layer_errors(
    keras_model: Any, representative: Sequence[CalibrationSample], options: ConversionOptions
) -> list[LayerError]:
    """Return how far each quantized layer is from its float counterpart, the worst first.

    Args:
        keras_model: The network.
        representative: Samples to calibrate with; the first hundred are compared with.
        options: What the converter is told.

    Raises:
        ConversionError: If the network cannot be converted, or its layers not compared.
    """
    samples = _by_name(keras_model, representative)
    with _saved_model(keras_model) as folder:
        return quantization_errors(folder, options=options, representative=samples)


def _inputs(keras_model: Any) -> list[Any]:
    """Return the network's inputs; a subclass of `keras.Model` knows those that it was built with."""
    import keras

    declared = getattr(keras_model, "inputs", None)
    if declared:
        return list(declared)
    shape = (keras_model.get_build_config() or {}).get("input_shape")
    if not shape or not all(size is None or isinstance(size, int) for size in shape):
        raise ConversionError(
            "The network does not say what its inputs are",
            hint="build it with keras.Input, or train it first",
        )
    return [keras.KerasTensor((None, *shape[1:]), keras_model.input_dtype, name="input")]


def _by_name(keras_model: Any, samples: Sequence[CalibrationSample]) -> list[dict[str, np.ndarray]]:
    """Return the samples as the converter wants them: by the inputs' names, of their types."""
    inputs = {tensor.name: tensor for tensor in _inputs(keras_model)}
    listed = ", ".join(inputs)
    found = []
    for sample in samples:
        if not isinstance(sample, Mapping):
            if len(sample) != len(inputs):
                raise ConversionError(
                    f"The representative data has {len(sample)} arrays for a sample, the network takes "
                    f"{len(inputs)}: {listed}"
                )
            sample = dict(zip(inputs, sample, strict=True))
        if set(sample) != set(inputs):
            raise ConversionError(
                f"The representative data has the inputs {', '.join(sample)}, the network has {listed}"
            )
        found.append({name: _fitted(sample[name], tensor) for name, tensor in inputs.items()})
    return found


def _fitted(array: np.ndarray, tensor: Any) -> np.ndarray:
    shape = (1, *tensor.shape[1:])
    if len(array.shape) != len(shape) or any(
        wanted not in (None, size) for wanted, size in zip(shape, array.shape, strict=True)
    ):
        raise ConversionError(
            f"The representative data has samples of shape {array.shape} for the input '{tensor.name}'",
            hint=f"it takes one sample at a time, of shape {shape}",
        )
    return np.asarray(array, tensor.dtype)


@contextlib.contextmanager
def _saved_model(keras_model: Any) -> Iterator[Path]:
    """Write a Keras model as a SavedModel with a batch of one, into a folder that lives for the block."""
    import keras
    import tensorflow as tf

    inputs = _inputs(keras_model)
    signature = [tf.TensorSpec((1, *i.shape[1:]), dtype=i.dtype, name=i.name) for i in inputs]

    def serve(*values: Any) -> Any:
        return keras_model(_structured(keras_model, values), training=False)

    with tempfile.TemporaryDirectory(prefix="yzlite-") as folder:
        directory = Path(folder) / "saved_model"
        try:
            with contextlib.redirect_stdout(io.StringIO()), unrolled(keras_model):
                archive = keras.export.ExportArchive()
                archive.track(keras_model)
                archive.add_endpoint("serve", serve, input_signature=signature)
                archive.write_out(str(directory), verbose=False)
        except Exception as error:
            plain = re.sub(r"\x1b\[[0-9;]*m", "", str(error))  # Keras writes parts of it in bold
            lines = [line.strip() for line in plain.splitlines() if line.strip()]
            raise ConversionError(f"Keras cannot export the network: {' '.join(lines[:3])}") from error
        yield directory


def _structured(keras_model: Any, values: Sequence[Any]) -> Any:
    """Return values in the form in which the network takes its inputs: one, a list, or a dictionary."""
    declared = getattr(keras_model, "input", None)
    if isinstance(declared, Mapping):
        by_name = {tensor.name: value for tensor, value in zip(keras_model.inputs, values, strict=True)}
        return {key: by_name[tensor.name] for key, tensor in declared.items()}
    return list(values) if len(values) > 1 else values[0]
