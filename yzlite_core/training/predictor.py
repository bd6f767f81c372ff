"""A Keras model that can be asked batch by batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class KerasPredictor:
    """Runs a Keras model on NumPy arrays.

    Attributes:
        model: The `keras.Model`.
        kind: `keras`.
    """

    model: Any
    kind: str = "keras"

    def predict(self, x: Any) -> Any:
        """Return the outputs for inputs of shape (n, ...), as float32."""
        y = self.model.predict_on_batch(x)
        return [np.asarray(part) for part in y] if isinstance(y, (list, tuple)) else np.asarray(y)
