"""The built-in plugin that converts a trained network to `.tflite`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from yzlite_core.contract.hookspecs import HOOK_CONTRACT, hookimpl
from yzlite_core.contract.values import Problem
from yzlite_core.errors import ConversionError
from yzlite_core.model.mixins import TrainMixin

if TYPE_CHECKING:
    from yzlite_core.conversion.converter import ConversionOptions
    from yzlite_core.conversion.representative import CalibrationSample
    from yzlite_core.data.dataset import Dataset
    from yzlite_core.model.model import YZLiteModel

YZLITE_CONTRACT = HOOK_CONTRACT


@hookimpl
def yzlite_check_model(model: YZLiteModel) -> Sequence[Problem]:
    """Look at the settings of the converter, which would else fail after the training."""
    if not isinstance(model, TrainMixin):
        return []
    from yzlite_core.conversion.convert import conversion_options

    try:
        conversion_options(model)
    except ConversionError as error:
        return [Problem(error.message, error.hint)]
    return []


@hookimpl
def yzlite_conversion_options(model: YZLiteModel) -> ConversionOptions | None:
    """Read the settings of `tflite_converter`."""
    if not isinstance(model, TrainMixin):
        return None
    from yzlite_core.conversion.convert import conversion_options

    return conversion_options(model)


@hookimpl
def yzlite_representative_data(
    model: YZLiteModel, dataset: Dataset, seed: int
) -> Iterable[CalibrationSample] | None:
    """Draw as many samples of each class."""
    if not isinstance(model, TrainMixin):
        return None
    from yzlite_core.conversion.representative import drawn_samples, max_samples

    return drawn_samples(dataset, max_samples(model), seed)


@hookimpl
def yzlite_model_parameters(model: YZLiteModel) -> Mapping[str, Any]:
    """Give what firmware wants to know of any model."""
    parameters = {"name": model.name, "version": model.version}
    classes = getattr(model, "classes", None)
    return parameters if classes is None else {**parameters, "classes": list(classes)}


@hookimpl
def yzlite_convert(
    keras_model: Any, representative: Sequence[CalibrationSample] | None, options: ConversionOptions
) -> bytes:
    """Run TensorFlow's converter in a child process."""
    from yzlite_core.conversion.convert import convert

    return convert(keras_model, representative, options)
