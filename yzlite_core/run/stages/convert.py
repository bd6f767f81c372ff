"""convert: from the trained Keras model to an audited `.tflite` with parameters."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from yzlite_core.contract import hookspecs
from yzlite_core.conversion.audit import float_tensors
from yzlite_core.conversion.convert import layer_errors
from yzlite_core.conversion.converter import ConversionOptions
from yzlite_core.conversion.quantization_report import to_csv
from yzlite_core.conversion.representative import GENERATE, CalibrationSample, custom_samples
from yzlite_core.conversion.unrolling import rolled_layers
from yzlite_core.errors import ConversionError, PluginError
from yzlite_core.model.mixins import TrainMixin
from yzlite_core.model.places import read_json
from yzlite_core.run.products import Converted, Trained
from yzlite_core.run.reports import ConvertReport, LossReport
from yzlite_core.run.settings_in_force import described
from yzlite_core.support.files import write_atomic, write_json
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.parameters import TfliteModelParameters
from yzlite_core.tflite.stamp import stamped
from yzlite_core.tflite.tflm import measure_arena

if TYPE_CHECKING:
    from yzlite_core.run.run import Run
    from yzlite_core.run.stages.load import Data


_SHOWN_LAYERS = 20  # the file has them all


def convert(run: Run, trained: Trained, data: Data) -> Converted:
    """Convert, embed the parameters, and write the files.

    Raises:
        ConversionError: If the network cannot be converted.
        PluginError: If two plugins add one parameter.
    """
    started = time.perf_counter()
    model = run.model
    if not isinstance(model, TrainMixin):
        raise ConversionError(f"{model.name} has no converter settings: it does not inherit TrainMixin")
    options = run.plugins.claim(hookspecs.yzlite_conversion_options, model=model).value
    network = trained.keras_model
    rolled = rolled_layers(network)
    if rolled:
        names = ", ".join(layer.name for layer in rolled)
        run.say(f"Recurrent layers are unrolled in the .tflite, which has no loops over time: {names}")
    samples = _representative(run, model, options, data)
    parameters = gathered_parameters(run)
    tflite = _converted(run, network, samples, options)
    arena = measure_arena(tflite)
    if arena is not None:
        parameters.setdefault("runtime_memory_size", arena)
    finished = stamped(tflite, parameters, model.description)
    write_atomic(run.paths.tflite, finished)
    if model.tflite_converter.get("generate_unquantized"):
        plain = _converted(run, network, None, options.unquantized())
        write_atomic(run.paths.float32_tflite, stamped(plain, parameters, model.description))
    floats = float_tensors(TfliteModel(finished))
    report: ConvertReport = {"bytes": len(finished), "int8": not floats, "float_tensors": floats}
    if model.tflite_converter.get("generate_quantization_report") and not model.test_mode_enabled:
        losses = _report_quantization(run, network, samples, options)
        if losses:
            report["quantization"] = losses
    if floats and options.is_integer_only:
        run.warn(f"{len(floats)} tensors of the .tflite remain float: {', '.join(floats[:5])}")
    report["seconds"] = round(time.perf_counter() - started, 2)
    _record(run, report)
    return Converted(lambda: finished, trained, report)


def _record(run: Run, report: ConvertReport) -> None:
    """Keep beside the `.tflite` how it was made; a training keeps its other settings itself."""
    paths = run.paths
    write_json(paths.reports, {**read_json(paths.reports), "convert": report})
    if not run.request.trains and paths.settings.is_file():
        write_json(paths.settings, {**read_json(paths.settings), **described(run.model, of_training=False)})


def _converted(
    run: Run, network: Any, samples: Sequence[CalibrationSample] | None, options: ConversionOptions
) -> bytes:
    tflite: bytes = run.plugins.claim(
        hookspecs.yzlite_convert,
        model=run.model,
        keras_model=network,
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
    run: Run, model: TrainMixin, options: ConversionOptions, data: Data
) -> list[CalibrationSample] | None:
    if not options.optimizations or model.tflite_converter.get("representative_dataset", GENERATE) is None:
        return None
    custom = custom_samples(model)
    if custom is not None:
        return custom
    answer = run.plugins.claim(
        hookspecs.yzlite_representative_data,
        model=run.model,
        dataset=data.validation,
        seed=run.seed,
    )
    return list(answer.value)


def _report_quantization(
    run: Run, network: Any, samples: Sequence[CalibrationSample] | None, options: ConversionOptions
) -> list[LossReport]:
    """Write what the quantization costs each layer, and return it for the report of this stage."""
    if samples is None:
        run.warn("There is no quantization report: no representative data is used")
        return []
    layers = layer_errors(network, samples, options)
    write_atomic(run.paths.quantization_report, to_csv(layers))
    for layer in layers[:1]:
        run.say(
            f"The quantization costs {layer.op_name} most: an RMSE of {layer.rmse_per_scale:.2f} steps "
            f"at {layer.tensor_name}"
        )
    return [
        {
            "layer": layer.tensor_name,
            "operator": layer.op_name,
            "rmse_per_scale": layer.rmse_per_scale,
            "range": layer.range,
        }
        for layer in layers[:_SHOWN_LAYERS]
    ]


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
