"""convert: from the trained Keras model to an audited `.tflite` with parameters."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from yzlite_core import hookspecs
from yzlite_core.artefacts import keras_model
from yzlite_core.dataset import Dataset
from yzlite_core.errors import ConversionError, PluginError
from yzlite_core.files import write_atomic
from yzlite_core.mixins import TrainMixin
from yzlite_core.stages.load import dataset
from yzlite_core.tflite.audit import float_tensors
from yzlite_core.tflite.convert import ConversionOptions
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.parameters import TfliteModelParameters
from yzlite_core.tflite.stamp import stamped
from yzlite_core.training.conversion import conversion_options, custom_representative

if TYPE_CHECKING:
    from yzlite_core.run import Run


def convert(run: Run) -> dict[str, Any]:
    """Convert, embed the parameters, write the files and return the report."""
    started = time.perf_counter()
    model = run.model
    if not isinstance(model, TrainMixin):
        raise ConversionError(f"{model.name} has no converter settings: it does not inherit TrainMixin")
    options = conversion_options(model)
    trained = keras_model(run)
    samples = _representative(run, model, options)
    parameters = gathered_parameters(run)
    tflite = run.plugins.claim(
        hookspecs.yzlite_convert, model=model, keras_model=trained, representative=samples, options=options
    ).value
    finished = stamped(tflite, parameters, model.description)
    write_atomic(run.paths.tflite, finished)
    if model.tflite_converter.get("generate_unquantized"):
        plain = run.plugins.claim(
            hookspecs.yzlite_convert,
            model=model,
            keras_model=trained,
            representative=None,
            options=options.unquantized(),
        ).value
        write_atomic(run.paths.float32_tflite, stamped(plain, parameters, model.description))
    floats = float_tensors(TfliteModel(finished))
    if floats:
        run.warn(f"{len(floats)} tensors of the .tflite remain float: {', '.join(floats[:5])}")
    return {
        "bytes": len(finished),
        "int8": not floats,
        "float_tensors": floats,
        "seconds": round(time.perf_counter() - started, 2),
    }


def _representative(run: Run, model: TrainMixin, options: ConversionOptions) -> list[list[np.ndarray]] | None:
    if not options.optimizations:
        return None
    custom = custom_representative(model)
    if custom is not None:
        return custom
    answer = run.plugins.claim(
        hookspecs.yzlite_representative_data, model=run.model, dataset=_calibration_data(run)
    )
    return list(answer.value)


def _calibration_data(run: Run) -> Dataset:
    return dataset(run, "validation")


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
    parameters.update(run.model.model_parameters)
    return parameters
