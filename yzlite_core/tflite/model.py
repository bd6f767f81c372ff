"""A .tflite as scripts know it: the file, and what the rest of the room makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yzlite_core.tflite.file import TfliteFile
from yzlite_core.tflite.predict import predict
from yzlite_core.tflite.summary import summarize


class TfliteModel(TfliteFile):
    """A `TfliteFile` that also describes itself and predicts."""

    def summary(self) -> str:
        """Return a text with everything that a person asks of a model."""
        return summarize(self)

    def predict(
        self,
        x: Any,
        y_dtype: Any = None,
        interpreter_kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run the model on the host; see `yzlite_core.tflite.predict.predict`."""
        return predict(self, x, y_dtype, interpreter_kwargs)
