"""How much precision each layer loses by its quantization."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

# The quantization steps of a type's range.
_STEPS = 255.0

# The columns of TensorFlow's quantization debugger, and two that follow from them.
_COLUMNS = (
    "op_name", "tensor_idx", "num_elements", "stddev", "mean_error", "max_abs_error", "mean_squared_error",
    "scale", "zero_point", "tensor_name", "range", "rmse/scale",
)  # fmt: skip


@dataclass(frozen=True)
class LayerError:
    """What one quantized layer differs from its float counterpart, given the same input.

    Attributes:
        op_name: The operator.
        tensor_idx: The index of its output.
        num_elements: The output's elements.
        stddev: Standard deviation of the error.
        mean_error: Mean of the error.
        max_abs_error: Its largest magnitude.
        mean_squared_error: Mean of its square.
        scale: The output's quantization scale.
        zero_point: The output's zero point.
        tensor_name: The output's name.
    """

    op_name: str
    tensor_idx: int
    num_elements: int
    stddev: float
    mean_error: float
    max_abs_error: float
    mean_squared_error: float
    scale: float
    zero_point: int
    tensor_name: str

    @property
    def range(self) -> float:
        """What the output's values reach from the lowest to the highest: 255 steps."""
        return _STEPS * self.scale

    @property
    def rmse_per_scale(self) -> float:
        """Root mean square error in steps of the quantization; rounding alone costs sqrt(1/12) = 0.29."""
        return math.sqrt(self.mean_squared_error) / self.scale


def worst_first(rows: Sequence[dict[str, Any]]) -> list[LayerError]:
    """Return the rows of TensorFlow's quantization debugger in order of RMSE/scale, the largest first."""
    layers = [LayerError(**row) for row in rows if row["scale"] > 0]
    return sorted(layers, key=lambda layer: -layer.rmse_per_scale)


def to_csv(layers: Sequence[LayerError]) -> str:
    """Return the layers as the text of a CSV file, a line for each."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for layer in layers:
        writer.writerow({**asdict(layer), "range": layer.range, "rmse/scale": layer.rmse_per_scale})
    return text.getvalue()
