"""What a .tflite says of itself: description, parameters, and among these its own hash and date."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from typing import Any

from yzlite_core.support.clock import build_time
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.parameters import TfliteModelParameters


def stamped(tflite: bytes, parameters: TfliteModelParameters, description: str | None = None) -> bytes:
    """Return a model with these parameters in place of its own, stamped with its hash and the date.

    Args:
        tflite: The content of the file.
        parameters: What the file is to hold; its `hash` and `date` are made here.
        description: The model's description; None leaves it as it is.

    Returns:
        The content of the new file. `hash` is the MD5 of that file with an empty hash and date, `date` the
        time in ISO 8601 with milliseconds, or that of `SOURCE_DATE_EPOCH`.

    Raises:
        TfliteError: If it is not an intact .tflite.
        ParameterError: If a parameter cannot be stored.
    """
    model = TfliteModel(tflite)
    if description is not None:
        model.description = description
    own = parameters.copy()
    own.update({"hash": "", "date": ""})
    digest = hashlib.md5(own.add_to_tflite_flatbuffer(model.flatbuffer_data)).hexdigest()
    own.update({"hash": digest, "date": _now()})
    return own.add_to_tflite_flatbuffer(model.flatbuffer_data)


def with_parameters(tflite: bytes, changes: Mapping[str, Any], description: str | None = None) -> bytes:
    """Return a model with some parameters changed or added, stamped anew.

    Args:
        tflite: The content of the file.
        changes: New values. A parameter that the file has keeps its type as long as the new value fits it,
            because the firmware asks for that type.
        description: The model's description; None leaves it as it is.

    Raises:
        TfliteError: If it is not an intact .tflite, or its parameters are not readable.
        ParameterError: If a value has no type that a parameter may have.
    """
    parameters = TfliteModelParameters.load_from_tflite_flatbuffer(tflite)
    parameters.replace(changes)
    return stamped(tflite, parameters, description)


def _now() -> str:
    now = build_time()
    seconds, milliseconds = divmod(round(now * 1000), 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{milliseconds:03d}Z"
