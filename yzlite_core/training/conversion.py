"""From a model's converter settings to a conversion: options, calibration data, SavedModel."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from yzlite_core.dataset import Dataset
from yzlite_core.errors import ConversionError, YZLiteError
from yzlite_core.tflite.convert import ConversionOptions, convert_saved_model, normalize_name

if TYPE_CHECKING:
    from yzlite_core.mixins import TrainMixin

_OWN_KEYS = {
    "representative_dataset",
    "representative_dataset_max_samples",
    "generate_unquantized",
    "generate_quantization_report",
}
_DEFAULTS = {"inference_input_type": "float32", "inference_output_type": "float32"}


def conversion_options(model: TrainMixin) -> ConversionOptions:
    """Return the converter's settings with every name in its plain form; the settings stay as they are."""
    given = {key: value for key, value in model.tflite_converter.items() if key not in _OWN_KEYS}
    named: dict[str, Any] = dict(_DEFAULTS)
    for key, value in given.items():
        if key in ("optimizations", "supported_ops"):
            listed = value if isinstance(value, (list, tuple, set)) else [value]
            named[key] = tuple(normalize_name(item) for item in listed)
        elif key in ("inference_input_type", "inference_output_type"):
            named[key] = normalize_name(value)
        else:
            named[key] = value
    return ConversionOptions(**named)


def custom_representative(model: TrainMixin) -> list[list[np.ndarray]] | None:
    """Return the samples of a script's own representative dataset, or None for `'generate'`.

    Raises:
        ConversionError: If it is neither `'generate'` nor a function that yields lists of inputs.
    """
    wanted = model.tflite_converter.get("representative_dataset", "generate")
    if wanted == "generate":
        return None
    if not callable(wanted):
        raise ConversionError(
            f"tflite_converter['representative_dataset'] is {wanted!r}",
            hint="it takes 'generate', or a function that yields lists of input arrays",
        )
    limit = model.tflite_converter.get("representative_dataset_max_samples", 1000)
    samples: list[list[np.ndarray]] = []
    try:
        for item in wanted():
            parts = item if isinstance(item, (list, tuple)) else [item]
            samples.append([np.asarray(part, np.float32) for part in parts])
            if len(samples) >= limit:
                break
    except YZLiteError:
        raise
    except Exception as error:
        raise ConversionError(
            f"The script's representative dataset failed: {type(error).__name__}: {error}"
        ) from error
    return samples


def representative_samples(model: TrainMixin, dataset: Dataset) -> Iterator[list[np.ndarray]]:
    """Yield samples taken evenly over the data, as float32 of shape (1, ...) for each input."""
    limit = model.tflite_converter.get("representative_dataset_max_samples", 1000)
    total = sum(dataset.class_counts.values())
    wanted = None if total <= limit else set(np.linspace(0, total - 1, limit).round().astype(int).tolist())
    number = taken = 0
    for x, _ in dataset.batches():
        parts = list(x.values()) if isinstance(x, dict) else x if isinstance(x, list) else [x]
        for row in range(len(parts[0])):
            if wanted is None or number in wanted:
                yield [np.asarray(part[row : row + 1], np.float32) for part in parts]
                taken += 1
            number += 1
            if taken >= limit:
                return


def convert(
    keras_model: Any, representative: Sequence[list[np.ndarray]] | None, options: ConversionOptions
) -> bytes:
    """Convert a Keras model in a child process.

    The network is exported with a batch of one, because a free batch leaves shape computations before
    every reshape; the child needs none of the script's code, and its crash is a sentence here.

    Raises:
        ConversionError: If Keras cannot export the network or the converter refuses or crashes.
    """
    names = [tensor.name for tensor in keras_model.inputs]
    samples = None
    if representative is not None:
        samples = [dict(zip(names, sample, strict=True)) for sample in representative]
    with tempfile.TemporaryDirectory(prefix="yzlite-") as folder:
        directory = Path(folder) / "saved_model"
        _export(keras_model, directory)
        converted = convert_saved_model(directory, options=options, representative=samples, input_names=names)
        return converted.tflite


def _export(keras_model: Any, directory: Path) -> None:
    import keras
    import tensorflow as tf

    signature = [
        tf.TensorSpec((1, *tensor.shape[1:]), dtype=tensor.dtype, name=tensor.name)
        for tensor in keras_model.inputs
    ]

    def serve(*inputs: Any) -> Any:
        return keras_model(list(inputs) if len(inputs) > 1 else inputs[0], training=False)

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            archive = keras.export.ExportArchive()
            archive.track(keras_model)
            archive.add_endpoint("serve", serve, input_signature=signature)
            archive.write_out(str(directory), verbose=False)
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise ConversionError(f"Keras cannot export the network: {' '.join(lines[:3])}") from error
