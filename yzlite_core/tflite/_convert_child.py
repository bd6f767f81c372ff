"""The process that converts: `python -m yzlite_core.tflite._convert_child request.json`.

The only module of this package that imports TensorFlow. It reads the request and the representative
data, and writes its results, or `error.txt`, beside them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np


def convert(saved_model: str, options: dict[str, Any], samples: list[dict[str, np.ndarray]] | None) -> bytes:
    """Return the .tflite of a SavedModel; `options` are the fields of `ConversionOptions`."""
    import tensorflow as tf

    def representative() -> Iterator[dict[str, np.ndarray]]:
        yield from samples or []

    converter = tf.lite.TFLiteConverter.from_saved_model(saved_model)
    converter.optimizations = _members(tf.lite.Optimize, options["optimizations"])
    converter.target_spec.supported_ops = _members(tf.lite.OpsSet, options["supported_ops"])
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
    model: bytes = converter.convert()
    return model


def _members(enumeration: Any, names: list[str]) -> list[Any]:
    unknown = [name for name in names if name not in enumeration.__members__]
    if unknown:
        known = ", ".join(enumeration.__members__)
        raise ValueError(f"there is no {enumeration.__name__} {unknown[0]!r}, only {known}")
    return [enumeration[name] for name in names]


def _samples(path: Path, names: list[str] | None) -> list[dict[str, np.ndarray]] | None:
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
    except Exception as error:  # whatever it is, it belongs to the parent's sentence
        reason = (
            f"the representative data has no input {error}" if isinstance(error, KeyError) else str(error)
        )
        path.with_name("error.txt").write_text(reason, encoding="utf-8")
        sys.exit(1)


if __name__ == "__main__":
    main()
