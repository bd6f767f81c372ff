"""Convert a SavedModel to .tflite, in a process of its own.

The converter needs TensorFlow and can take the whole process down; both stay in the child. It gets a
SavedModel, so that it needs none of the user's code, and the representative data as a file.
"""

from __future__ import annotations

import json
import os
import re
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yzlite_core.conversion.quantization_report import LayerError, worst_first
from yzlite_core.errors import ConversionError
from yzlite_core.support.child import run_module
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.schema import pack, unpack

if TYPE_CHECKING:
    import numpy as np

_ENVIRONMENT = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}


# What the settings may name: members of TensorFlow's enumerations, and types; known without TensorFlow.
NAMES = {
    "optimizations": ("DEFAULT", "OPTIMIZE_FOR_SIZE", "OPTIMIZE_FOR_LATENCY", "EXPERIMENTAL_SPARSITY"),
    "supported_ops": (
        "TFLITE_BUILTINS",
        "TFLITE_BUILTINS_INT8",
        "SELECT_TF_OPS",
        "EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8",
        "EXPERIMENTAL_STABLEHLO_OPS",
    ),
    "supported_types": ("float32", "float16", "int8"),
    "inference_input_type": ("float32", "int8", "uint8", "int16"),
    "inference_output_type": ("float32", "int8", "uint8", "int16"),
}


@dataclass(frozen=True)
class ConversionOptions:
    """What the TensorFlow Lite converter is told. Names are plain strings, see `normalize_name`.

    Attributes:
        optimizations: Members of `tf.lite.Optimize`; none for a float32 model.
        supported_ops: Members of `tf.lite.OpsSet`.
        supported_types: Types of weights, e.g. `float16`; none leaves it to the converter.
        inference_input_type: `float32`, `int8`, `uint8` or `int16`.
        inference_output_type: As `inference_input_type`.
        allow_custom_ops: Leave operators that TensorFlow Lite does not know to the firmware.
        experimental_new_converter: As the attribute of the converter.
        experimental_new_quantizer: As the attribute of the converter.
        experimental_enable_resource_variables: As the attribute of the converter.
        per_tensor_dense: One scale for all weights of a dense layer, for a TFLM of before 2024-09.
        extra: Any other attribute of the converter.
    """

    optimizations: tuple[str, ...] = ("DEFAULT",)
    supported_ops: tuple[str, ...] = ("TFLITE_BUILTINS_INT8",)
    supported_types: tuple[str, ...] = ()
    inference_input_type: str = "float32"
    inference_output_type: str = "float32"
    allow_custom_ops: bool = False
    experimental_new_converter: bool = True
    experimental_new_quantizer: bool = True
    experimental_enable_resource_variables: bool = False
    per_tensor_dense: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_integer_only(self) -> bool:
        """Whether the converter is told to use integer operators and no others."""
        return bool(self.optimizations) and not {"TFLITE_BUILTINS", "SELECT_TF_OPS"} & set(self.supported_ops)

    def unquantized(self) -> ConversionOptions:
        """Return the options for the same model with float32 weights, inputs and outputs."""
        selected = tuple(name for name in self.supported_ops if name == "SELECT_TF_OPS")
        return replace(
            self,
            optimizations=(),
            supported_ops=("TFLITE_BUILTINS", *selected),
            supported_types=(),
            inference_input_type="float32",
            inference_output_type="float32",
            per_tensor_dense=False,
        )


@dataclass(frozen=True)
class Conversion:
    """The result of a conversion.

    Attributes:
        tflite: The converted model.
        float32: The model without any quantization, if it was asked for.
        seconds: How long it took, with the start of the process.
    """

    tflite: bytes
    float32: bytes | None
    seconds: float


def normalize_name(value: Any) -> str:
    """Return the plain name of what a setting of the converter was given.

    Args:
        value: A name (`int8`, `tf.lite.Optimize.DEFAULT`), a member of one of TensorFlow's enumerations, or
            a TensorFlow or NumPy type.

    Returns:
        `DEFAULT`, `TFLITE_BUILTINS_INT8`, `int8`, ...

    Raises:
        ConversionError: If it is nothing of this kind.
    """
    if isinstance(value, type):
        name: Any = value.__name__  # np.int8
    else:
        name = getattr(value, "name", value)  # a member of an enumeration, tf.int8, np.dtype("int8")
    if not isinstance(name, str) or not name:
        raise ConversionError(f"{value!r} is neither a name nor a type nor an enumeration of the converter")
    return name.rpartition(".")[2]


def convert_saved_model(
    saved_model_dir: str | os.PathLike[str],
    *,
    options: ConversionOptions | None = None,
    representative: Sequence[Mapping[str, np.ndarray]] | None = None,
    float32: bool = False,
    input_names: Sequence[str] | None = None,
) -> Conversion:
    """Convert a SavedModel.

    The same SavedModel, options and data give the same bytes. Constants lie at multiples of 16 bytes.

    Args:
        saved_model_dir: Folder of a SavedModel with one signature of a fixed batch size.
        options: What the converter is told.
        representative: Samples to calibrate with: for each, an array of the signature's shape (the batch
            dimension included) by input name.
        float32: Also convert to a model without any quantization.
        input_names: The order that the inputs get in the file, e.g. that of the Keras model, which a
            SavedModel forgets; by default the order in the samples.

    Raises:
        ConversionError: If the converter refuses the model, or crashes.
    """
    start = time.monotonic()
    options = options or ConversionOptions()
    models = {"model.tflite": options}
    if float32:
        models["float32.tflite"] = options.unquantized()
    with _answered(saved_model_dir, representative, models=models) as folder:
        names = input_names or (list(representative[0]) if representative else None)
        converted = [_finished((folder / name).read_bytes(), names) for name in models]
    return Conversion(converted[0], converted[1] if float32 else None, time.monotonic() - start)


def quantization_errors(
    saved_model_dir: str | os.PathLike[str],
    *,
    options: ConversionOptions | None = None,
    representative: Sequence[Mapping[str, np.ndarray]],
) -> list[LayerError]:
    """Compare each quantized layer with its float counterpart, given the same input.

    Args:
        saved_model_dir: As for `convert_saved_model`.
        options: What the converter is told.
        representative: Samples to calibrate with; the first hundred are compared with.

    Returns:
        The layers that are quantized; the one that loses most comes first.

    Raises:
        ConversionError: If the converter refuses the model, or crashes.
    """
    options = options or ConversionOptions()
    with _answered(saved_model_dir, representative, compare=options) as folder:
        return worst_first(json.loads((folder / "errors.json").read_text(encoding="utf-8")))


@contextmanager
def _answered(
    saved_model_dir: str | os.PathLike[str],
    representative: Sequence[Mapping[str, np.ndarray]] | None,
    *,
    models: Mapping[str, ConversionOptions] | None = None,
    compare: ConversionOptions | None = None,
) -> Iterator[Path]:
    """Let the child process work, and yield the folder of its answers."""
    with tempfile.TemporaryDirectory(prefix="yzlite-") as directory:
        folder = Path(directory)
        request = {
            "saved_model": str(Path(saved_model_dir).absolute()),
            "representative": _write_representative(folder / "representative.npz", representative),
            "models": {name: asdict(chosen) for name, chosen in (models or {}).items()},
            "compare": None if compare is None else asdict(compare),
        }
        (folder / "request.json").write_text(_json(request), encoding="utf-8")
        child = run_module(
            "yzlite_core.conversion._convert_child", "request.json", cwd=folder, environment=_ENVIRONMENT
        )
        if child.returncode:
            raise _failure(child.returncode, folder / "error.txt", child.stderr)
        yield folder


def _finished(converted: bytes, input_names: Sequence[str] | None) -> bytes:
    # The converter's own output has lost the alignment that kernels rely on, and the order of the ports.
    model = TfliteModel(pack(unpack(converted)))
    model.order_ports(input_names)
    return model.flatbuffer_data


def _write_representative(path: Path, samples: Sequence[Mapping[str, np.ndarray]] | None) -> list[str] | None:
    """Write one array of all samples for each input, and return the inputs' names in that order."""
    import numpy as np

    if samples is None:
        return None
    if not samples:
        raise ConversionError("There is no representative data to calibrate the quantization with")
    names = list(samples[0])
    try:
        arrays = [np.stack([sample[name] for sample in samples]) for name in names]
    except (KeyError, ValueError) as error:
        raise ConversionError(
            f"The samples of the representative data differ in their inputs: {error}"
        ) from None
    np.savez(path, *arrays)
    return names


def _json(request: Any) -> str:
    try:
        return json.dumps(request)
    except TypeError as error:
        raise ConversionError(
            f"An option of the converter cannot be handed to its process: {error}"
        ) from None


def _failure(returncode: int, report: Path, printed: str) -> ConversionError:
    if returncode < 0:
        name = signal.Signals(-returncode).name
        cause = (
            "the machine may have run out of memory"
            if name == "SIGKILL"
            else "a rolled LSTM or GRU is the usual cause: use unroll=True"
        )
        return ConversionError(f"The TensorFlow Lite converter crashed ({name})", hint=cause)
    text = report.read_text(encoding="utf-8") if report.exists() else printed
    return ConversionError(f"The TensorFlow Lite converter refused the model: {_reason(text)}")


def _reason(text: str) -> str:
    """Return the one line of the converter's error that says something to the author of a network."""
    unsupported = sorted(set(re.findall(r"'tf\.(\w+)' op is neither a custom op nor a flex op", text)))
    if unsupported:
        return f"it has no int8 or float operator for {', '.join(unsupported)}"
    lines = [
        re.sub(r"^(<unknown>:0: )?(error: )?(loc\(.*\): )?", "", line.strip()) for line in text.splitlines()
    ]
    said = [
        line for line in lines if line and not line.startswith(("note:", "<unknown>:0: note:", "at ", "^"))
    ]
    return said[-1] if said else "it gave no reason"
