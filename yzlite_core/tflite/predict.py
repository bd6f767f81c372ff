"""Predict with whatever a script has at hand: one sample, a batch, several inputs, a generator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from yzlite_core.tflite.file import TfliteFile
from yzlite_core.tflite.interpreter import SamplesError, TflitePredictor


def predict(
    model: TfliteFile,
    x: Any,
    y_dtype: Any = None,
    interpreter_kwargs: Mapping[str, Any] | None = None,
) -> Any:
    """Run a model on the host, a quantized one with the kernels that come closest to the device's.

    Args:
        model: The model.
        x: One sample of the input's shape without the batch dimension, or a batch of shape (n, ...). For
            several inputs a list of them, or a dictionary by name or by place. Or, for one input, an iterator
            of batches, each (x, y) or x. Real numbers are quantized as the device quantizes them; an array of
            the input's own type is taken as it is.
        y_dtype: The type of the results; float32 dequantizes them, None leaves them as the model gives them.
        interpreter_kwargs: Arguments of LiteRT's `Interpreter`, e.g. `num_threads`.

    Returns:
        The output of shape (n, ...), without that dimension for one sample; a list if there are several.

    Raises:
        SamplesError: If the samples do not fit the model.
        TfliteError: If LiteRT cannot run it.
    """
    options = dict(interpreter_kwargs or {})
    threads = options.pop("num_threads", None) or 1
    predictor = TflitePredictor(model.flatbuffer_data, threads, exact=True, **options)
    if isinstance(x, Iterator):
        runs = [predictor.run(_batch(item)) for item in x]
        if not runs:
            raise SamplesError("The generator yields no samples")
        outputs = [np.concatenate(parts) for parts in zip(*runs, strict=True)]
        is_single = False
    else:
        arrays, is_single = _with_batch(predictor, _by_place(predictor, x))
        outputs = predictor.run(arrays if len(arrays) > 1 else arrays[0])
    results = [
        _typed(model, output[0] if is_single else output, place, y_dtype)
        for place, output in enumerate(outputs)
    ]
    return results[0] if len(results) == 1 else results


def _batch(item: Any) -> np.ndarray:
    return np.asarray(item[0] if isinstance(item, tuple) else item)


def _by_place(predictor: TflitePredictor, x: Any) -> list[np.ndarray]:
    """Return the inputs as a list in the order of the file."""
    if isinstance(x, Mapping):
        names = predictor.input_names
        named = {names[key] if isinstance(key, int) and key < len(names) else key: x[key] for key in x}
        if sorted(map(str, named)) != sorted(names):
            raise SamplesError(f"The model's inputs are {', '.join(names)}, not {', '.join(map(str, named))}")
        return [np.asarray(named[name]) for name in names]
    if len(predictor.inputs) == 1:
        return [np.asarray(x)]
    if not isinstance(x, Sequence) or len(x) != len(predictor.inputs):
        raise SamplesError(
            f"The model has {len(predictor.inputs)} inputs ({', '.join(predictor.input_names)})",
            hint="give a list of arrays, or a dictionary by name or by place",
        )
    return [np.asarray(part) for part in x]


def _with_batch(predictor: TflitePredictor, arrays: Iterable[np.ndarray]) -> tuple[list[np.ndarray], bool]:
    """Return the inputs with a batch dimension, and whether it had to be added."""
    given = list(arrays)
    lacking = [
        array.ndim == len(tensor.shape) - 1 for array, tensor in zip(given, predictor.inputs, strict=True)
    ]
    if all(lacking):
        return [array[np.newaxis] for array in given], True
    return given, False


def _typed(model: TfliteFile, output: np.ndarray, place: int, y_dtype: Any) -> np.ndarray:
    if y_dtype is None:
        return output
    wanted = np.dtype(y_dtype)
    if wanted.kind == "f":
        return model.dequantize_output_to_float32(output, place).astype(wanted)
    return output.astype(wanted)
