"""A Keras model that can be asked batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from yzlite_core.data.structures import listed, mapped


@dataclass(frozen=True)
class KerasPredictor:
    """Runs a Keras model on NumPy arrays.

    Attributes:
        model: The `keras.Model`.
        kind: `keras`.
        callbacks: Keras callbacks that are told of each batch.
    """

    model: Any
    kind: str = "keras"
    callbacks: Sequence[Any] = ()

    def predict(self, x: Any) -> Any:
        """Return the outputs for inputs of shape (n, ...), as float32."""
        y = self._told(x) if self.callbacks else self.model.predict_on_batch(x)
        return mapped(np.asarray, listed(y))

    def _told(self, x: Any) -> Any:
        """Predict as one batch, with the callbacks' methods called around it as Keras does."""
        import keras

        told = keras.callbacks.CallbackList(list(self.callbacks), model=self.model)
        told.on_predict_begin()
        told.on_predict_batch_begin(0)
        y = self.model.predict_on_batch(x)
        told.on_predict_batch_end(0, {"outputs": y})
        told.on_predict_end()
        return y
