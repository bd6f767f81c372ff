"""Run a .tflite on the host, with LiteRT."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from yzlite_core.errors import TfliteError, YZLiteError
from yzlite_core.support.quiet import native_notes_hidden
from yzlite_core.tflite.file import TfliteFile
from yzlite_core.tflite.quantization import dequantize, quantize
from yzlite_core.tflite.tensors import TfliteTensor

Inputs = np.ndarray | Sequence[np.ndarray] | Mapping[str, np.ndarray]


class SamplesError(YZLiteError, ValueError):
    """The samples do not fit the inputs of the model."""


class TflitePredictor:
    """A loaded .tflite that predicts batches.

    The model runs at its own batch size, usually 1, sample by sample: enlarging its batch dimension
    changes no bit but is refused by every model with a Flatten layer, and gains a quarter at best.

    Args:
        tflite: The content of the file.
        threads: Threads of LiteRT's kernels.
        input_names: The order that a list of inputs has; by default the order in the file, which is that
            of the Keras model if `convert_saved_model` made it.
        exact: Run a quantized model with the kernels whose integers come closest to TFLM's; those of
            convolutions take up to twenty times as long.
        **options: Further arguments of LiteRT's `Interpreter`.

    Attributes:
        kind: `tflite`.
        input_names: What the inputs are called in the Keras model.
        inputs: The inputs, in the order of `input_names`.
        outputs: The outputs, in the order of the Keras model where the file remembers it.

    Raises:
        TfliteError: If it is not an intact .tflite, or has other inputs, or LiteRT cannot run it.
    """

    kind = "tflite"

    def __init__(
        self,
        tflite: bytes,
        threads: int = 1,
        input_names: Sequence[str] | None = None,
        exact: bool = False,
        **options: Any,
    ) -> None:
        model = TfliteFile(tflite)
        model.order_ports(input_names)
        self.input_names, self.inputs, self.outputs = model.input_names, model.inputs, model.outputs
        without_batch = [tensor.name for tensor in self.inputs if not tensor.shape]
        if without_batch or not self.inputs:
            raise TfliteError(f"The model has inputs without a batch dimension: {_listed(without_batch)}")
        self._has_state = any(tensor.is_variable for tensor in model.tensors)
        kernels = _kernels(model, exact)
        self._interpreter = _interpreter(model.flatbuffer_data, threads, {**kernels, **options})

    def predict(self, x: Inputs) -> np.ndarray | list[np.ndarray]:
        """Predict a batch.

        Args:
            x: Samples of shape (n, ...), for several inputs a list in the order of `input_names` or a
                mapping by name. Where the model's input is quantized, an array of that very integer type is
                taken as it is; any other is taken as real numbers and quantized.

        Returns:
            Shape (n, ...); float32 for float and quantized outputs, else the output's own type. A list if
            the model has several outputs.

        Raises:
            SamplesError: If the samples do not fit the model.
            TfliteError: If LiteRT fails.
        """
        results = [
            dequantize(result, tensor) if tensor.is_quantized and not tensor.is_float else result
            for result, tensor in zip(self.run(x), self.outputs, strict=True)
        ]
        return results[0] if len(results) == 1 else results

    def run(self, x: Inputs) -> list[np.ndarray]:
        """Predict a batch and return the outputs as they are.

        Args:
            x: As for `predict`.

        Returns:
            For each output an array of its own type, of shape (n, ...).

        Raises:
            SamplesError: If the samples do not fit the model.
            TfliteError: If LiteRT fails.
        """
        return self._run(self._prepared(x))

    def _prepared(self, x: Inputs) -> list[np.ndarray]:
        if isinstance(x, Mapping):
            if sorted(x) != sorted(self.input_names):
                raise SamplesError(f"The model's inputs are {_listed(self.input_names)}, not {_listed(x)}")
            given = [x[name] for name in self.input_names]
        else:
            given = list(x) if isinstance(x, (list, tuple)) and len(self.inputs) > 1 else [np.asarray(x)]
        if len(given) != len(self.inputs):
            raise SamplesError(
                f"The model has {len(self.inputs)} inputs ({_listed(self.input_names)}), got {len(given)}"
            )
        arrays = [
            _fitted(np.asarray(values), tensor, name)
            for values, tensor, name in zip(given, self.inputs, self.input_names, strict=True)
        ]
        counts = {len(array) for array in arrays}
        if len(counts) > 1:
            raise SamplesError(f"The inputs have different numbers of samples: {_listed(sorted(counts))}")
        return arrays

    def _run(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        count, batch = len(arrays[0]), self.inputs[0].shape[0]
        collected: list[list[np.ndarray]] = [[] for _ in self.outputs]
        for start in range(0, max(count, 1), batch):  # no samples: one run on zeros tells the shapes
            for tensor, array in zip(self.inputs, arrays, strict=True):
                self._interpreter.set_tensor(tensor.index, _filled(array[start : start + batch], batch))
            if self._has_state:
                self._interpreter.reset_all_variables()
            try:
                self._interpreter.invoke()
                for results, tensor in zip(collected, self.outputs, strict=True):
                    results.append(self._interpreter.get_tensor(tensor.index))
            except (RuntimeError, ValueError) as error:
                raise TfliteError(f"LiteRT failed to run the model: {error}") from None
        return [_joined(results, batch)[:count] for results in collected]


def _kernels(model: TfliteFile, exact: bool) -> dict[str, Any]:
    from ai_edge_litert.interpreter import OpResolverType

    if not any(tensor.is_quantized and not tensor.is_float for tensor in model.tensors):
        return {}
    # Measured against TFLM: of the three sets of kernels XNNPACK's, the default, differ most; the built-in
    # ones in 1 of 1000 results of a convolution; the reference ones in no convolution, but in dense layers.
    has_convolutions = any("CONV_2D" in layer.opcode for layer in model.layers)
    return {
        "experimental_op_resolver_type": OpResolverType.BUILTIN_REF
        if exact and has_convolutions
        else OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    }


def _interpreter(tflite: bytes, threads: int, options: Mapping[str, Any]) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    try:
        with native_notes_hidden():
            interpreter = Interpreter(model_content=tflite, num_threads=threads, **options)
            interpreter.allocate_tensors()
    except (RuntimeError, ValueError) as error:
        raise TfliteError(f"LiteRT cannot run the model: {' '.join(str(error).split())}") from None
    return interpreter


def _fitted(values: np.ndarray, tensor: TfliteTensor, name: str) -> np.ndarray:
    if values.ndim != len(tensor.shape) or values.shape[1:] != tensor.shape[1:]:
        wanted = ", ".join(["n", *map(str, tensor.shape[1:])])
        raise SamplesError(f"The input '{name}' takes samples of shape ({wanted}), got {values.shape}")
    if not np.issubdtype(values.dtype, np.number) and values.dtype != bool:
        raise SamplesError(f"The input '{name}' takes numbers, got an array of {values.dtype}")
    if values.dtype == tensor.dtype:
        return values
    if tensor.is_quantized and not tensor.is_float:
        if np.isnan(values).any():
            raise SamplesError(f"The samples for the input '{name}' contain NaN, which cannot be quantized")
        return quantize(values, tensor)
    return values.astype(tensor.dtype)


def _filled(chunk: np.ndarray, batch: int) -> np.ndarray:
    missing = batch - len(chunk)
    if missing:
        chunk = np.concatenate([chunk, np.zeros((missing, *chunk.shape[1:]), chunk.dtype)])
    return np.ascontiguousarray(chunk)


def _joined(results: list[np.ndarray], batch: int) -> np.ndarray:
    has_batch = results[0].ndim > 0 and len(results[0]) == batch
    return np.concatenate(results) if has_batch else np.stack(results)


def _listed(names: Any) -> str:
    return ", ".join(map(str, names))
