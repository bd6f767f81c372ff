"""The process that converts: `python -m yzlite_core.conversion._convert_child request.json`.

The only module of this package that imports TensorFlow. It reads the request and the representative
data, and writes its results, or `error.txt`, beside them.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

CalibrationSamples = list[dict[str, np.ndarray]]

_COMPARED = 100  # samples; more cost time, and hardly change what is found


def convert(saved_model: str, options: dict[str, Any], samples: CalibrationSamples | None) -> bytes:
    """Return the .tflite of a SavedModel; `options` are the fields of `ConversionOptions`."""
    model: bytes = _converter(saved_model, options, samples).convert()
    return model


def compare(saved_model: str, options: dict[str, Any], samples: CalibrationSamples) -> list[dict[str, Any]]:
    """Return how far each quantized layer is from its float counterpart: the debugger's rows."""
    import tensorflow as tf

    def in_order() -> Iterator[list[np.ndarray]]:
        # The debugger takes lists, in the order of a model that it makes itself.
        details = debugger._quant_interpreter.get_input_details()
        names = [each["name"].removeprefix("serving_default_").removesuffix(":0") for each in details]
        for sample in samples[:_COMPARED]:
            yield [sample[name] for name in names]

    debugger = tf.lite.experimental.QuantizationDebugger(
        converter=_converter(saved_model, options, samples), debug_dataset=in_order
    )
    debugger.run()
    table = io.StringIO()
    debugger.layer_statistics_dump(table)
    table.seek(0)
    whole = ("tensor_idx", "num_elements", "zero_point")
    names = ("op_name", "tensor_name")
    return [
        {
            key: value if key in names else int(float(value)) if key in whole else float(value)
            for key, value in row.items()
        }
        for row in csv.DictReader(table)
    ]


def _converter(saved_model: str, options: dict[str, Any], samples: CalibrationSamples | None) -> Any:
    import tensorflow as tf

    def representative() -> Iterator[dict[str, np.ndarray]]:
        yield from samples or []

    converter = tf.lite.TFLiteConverter.from_saved_model(saved_model)
    converter.optimizations = _members(tf.lite.Optimize, options["optimizations"])
    converter.target_spec.supported_ops = _members(tf.lite.OpsSet, options["supported_ops"])
    if options["supported_types"]:
        converter.target_spec.supported_types = [
            tf.dtypes.as_dtype(name) for name in options["supported_types"]
        ]
    converter.inference_input_type = tf.dtypes.as_dtype(options["inference_input_type"])
    converter.inference_output_type = tf.dtypes.as_dtype(options["inference_output_type"])
    if options["optimizations"] and samples is not None:
        converter.representative_dataset = representative
    others = {
        name: options[name]
        for name in (
            "allow_custom_ops",
            "experimental_new_converter",
            "experimental_new_quantizer",
            "experimental_enable_resource_variables",
        )
    }
    others["_experimental_disable_per_channel_quantization_for_dense_layers"] = options["per_tensor_dense"]
    for name, value in {**others, **options["extra"]}.items():
        if not hasattr(converter, name):
            raise AttributeError(f"the converter has no attribute '{name}'")
        setattr(converter, name, value)
    return converter


def _members(enumeration: Any, names: list[str]) -> list[Any]:
    unknown = [name for name in names if name not in enumeration.__members__]
    if unknown:
        known = ", ".join(enumeration.__members__)
        raise ValueError(f"there is no {enumeration.__name__} {unknown[0]!r}, only {known}")
    return [enumeration[name] for name in names]


def _samples(path: Path, names: list[str] | None) -> CalibrationSamples | None:
    if names is None:
        return None
    with np.load(path) as stored:
        arrays = [stored[f"arr_{index}"] for index in range(len(names))]
    return [dict(zip(names, sample, strict=True)) for sample in zip(*arrays, strict=True)]


def main() -> None:
    """Convert as the request says; exit with 1 if the converter refuses."""
    path = Path(sys.argv[1])
    request = json.loads(path.read_text(encoding="utf-8"))
    try:
        samples = _samples(path.with_name("representative.npz"), request["representative"])
        for name, options in request["models"].items():
            path.with_name(name).write_bytes(convert(request["saved_model"], options, samples))
        if request["compare"]:
            errors = compare(request["saved_model"], request["compare"], samples or [])
            path.with_name("errors.json").write_text(json.dumps(errors), encoding="utf-8")
    except Exception as error:  # whatever it is, it belongs to the parent's sentence
        reason = (
            f"the representative data has no input {error}" if isinstance(error, KeyError) else str(error)
        )
        path.with_name("error.txt").write_text(reason, encoding="utf-8")
        sys.exit(1)


if __name__ == "__main__":
    main()
