"""Recurrent layers loop over time; what can be quantized has no loops."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# A product for each gate. With one product for all gates, split afterwards, the converter leaves the split in
# floating point where the first time step does not use all of its parts.
_GATES_APART = 1


def rolled_layers(keras_model: Any) -> list[Any]:
    """Return the recurrent layers (LSTM, GRU, ...) that loop over time, those inside of other layers too.

    TensorFlow's converter crashes when it is to quantize such a loop.
    """
    return [layer for layer in _recurrent_layers(keras_model) if not layer.unroll]


@contextmanager
def unrolled(keras_model: Any) -> Iterator[None]:
    """Let recurrent layers compute one time step after the other, without a loop, in this block."""
    layers = _recurrent_layers(keras_model)
    cells = [layer.cell for layer in layers if hasattr(layer.cell, "implementation")]
    before = [layer.unroll for layer in layers], [cell.implementation for cell in cells]
    for layer in layers:
        layer.unroll = True
    for cell in cells:
        cell.implementation = _GATES_APART
    try:
        yield
    finally:
        for layer, unroll in zip(layers, before[0], strict=True):
            layer.unroll = unroll
        for cell, implementation in zip(cells, before[1], strict=True):
            cell.implementation = implementation


def _recurrent_layers(keras_model: Any) -> list[Any]:
    import keras

    # Keras has no public way to layers that the script's own layers hold.
    return [
        layer
        for layer in keras_model._flatten_layers(include_self=False)
        if isinstance(layer, keras.layers.RNN) and hasattr(layer, "unroll")
    ]
