"""convert: from the trained Keras model to an audited `.tflite` with parameters."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from yzlite_core import hookspecs
from yzlite_core.artefacts import keras_model
from yzlite_core.errors import ConversionError, PluginError
from yzlite_core.files import write_atomic
from yzlite_core.mixins import TrainMixin
from yzlite_core.stages.load import dataset
from yzlite_core.tflite.audit import float_tensors
from yzlite_core.tflite.convert import ConversionOptions
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.parameters import TfliteModelParameters
from yzlite_core.tflite.quantization_report import to_csv
from yzlite_core.tflite.stamp import stamped
from yzlite_core.tflite.tflm import measure_arena
from yzlite_core.training.conversion import layer_errors
from yzlite_core.training.representative import GENERATE, CalibrationSample, custom_samples
from yzlite_core.training.unrolling import rolled_layers

if TYPE_CHECKING:
    from yzlite_core.run import Run


_SHOWN_LAYERS = 20  # the file has them all


def convert(run: Run) -> dict[str, Any]:
    """Convert, embed the parameters, write the files and return the report."""
    started = time.perf_counter()
    model = run.model
    if not isinstance(model, TrainMixin):
        raise ConversionError(f"{model.name} has no converter settings: it does not inherit TrainMixin")
    options = run.plugins.claim(hookspecs.yzlite_conversion_options, model=run.model).value
    trained = keras_model(run)
    rolled = rolled_layers(trained)
    if rolled:
        names = ", ".join(layer.name for layer in rolled)
        run.say(f"Recurrent layers are unrolled in the .tflite, which has no loops over time: {names}")
    samples = _representative(run, model, options)
    parameters = gathered_parameters(run)
    tflite = _converted(run, trained, samples, options)
    arena = measure_arena(tflite)
    if arena is not None:
        parameters.setdefault("runtime_memory_size", arena)
    finished = stamped(tflite, parameters, model.description)
    write_atomic(run.paths.tflite, finished)
    if model.tflite_converter.get("generate_unquantized"):
        plain = _converted(run, trained, None, options.unquantized())
        write_atomic(run.paths.float32_tflite, stamped(plain, parameters, model.description))
    wants_report = model.tflite_converter.get("generate_quantization_report") and not model.test_mode_enabled
    losses = _report_quantization(run, trained, samples, options) if wants_report else {}
    floats = float_tensors(TfliteModel(finished))
    if floats and options.is_integer_only:
        run.warn(f"{len(floats)} tensors of the .tflite remain float: {', '.join(floats[:5])}")
    return {
        "bytes": len(finished),
        "int8": not floats,
        "float_tensors": floats,
        **losses,
        "seconds": round(time.perf_counter() - started, 2),
    }


def _converted(
    run: Run, trained: Any, samples: Sequence[CalibrationSample] | None, options: ConversionOptions
) -> bytes:
    tflite: bytes = run.plugins.claim(
        hookspecs.yzlite_convert,
        model=run.model,
        keras_model=trained,
        representative=samples,
        options=options,
    ).value
    return _with_metadata(tflite, run.model.serialize_tflite_metadata())


def _with_metadata(tflite: bytes, contents: Mapping[str, bytes]) -> bytes:
    if not contents:
        return tflite
    model = TfliteModel(tflite)
    for tag, content in contents.items():
        model.add_metadata(tag, content)
    return model.flatbuffer_data


def _representative(
    run: Run, model: TrainMixin, options: ConversionOptions
) -> list[CalibrationSample] | None:
    if not options.optimizations or model.tflite_converter.get("representative_dataset", GENERATE) is None:
        return None
    custom = custom_samples(model)
    if custom is not None:
        return custom
    answer = run.plugins.claim(
        hookspecs.yzlite_representative_data,
        model=run.model,
        dataset=dataset(run, "validation"),
        seed=run.seed,
    )
    return list(answer.value)


def _report_quantization(
    run: Run, trained: Any, samples: Sequence[CalibrationSample] | None, options: ConversionOptions
) -> dict[str, Any]:
    """Write what the quantization costs each layer, and return it for the report of this stage."""
    if samples is None:
        run.warn("There is no quantization report: no representative data is used")
        return {}
    layers = layer_errors(trained, samples, options)
    write_atomic(run.paths.quantization_report, to_csv(layers))
    for layer in layers[:1]:
        run.say(
            f"The quantization costs {layer.op_name} most: an RMSE of {layer.rmse_per_scale:.2f} steps "
            f"at {layer.tensor_name}"
        )
    return {
        "quantization": [
            {
                "layer": layer.tensor_name,
                "operator": layer.op_name,
                "rmse_per_scale": layer.rmse_per_scale,
                "range": layer.range,
            }
            for layer in layers[:_SHOWN_LAYERS]
        ]
    }


def gathered_parameters(run: Run) -> TfliteModelParameters:
    """Return what the plugins and the script want embedded; the script wins, and a clash is an error."""
    merged: dict[str, Any] = {}
    owner: dict[str, str] = {}
    for answer in run.plugins.collect(hookspecs.yzlite_model_parameters, model=run.model):
        for key, value in answer.value.items():
            if key in merged:
                raise PluginError(f"Both {owner[key]} and {answer.plugin} add the parameter '{key}'")
            merged[key], owner[key] = value, answer.plugin
    parameters = TfliteModelParameters(merged)
    parameters.update(run.model.populate_model_parameters())
    return parameters
