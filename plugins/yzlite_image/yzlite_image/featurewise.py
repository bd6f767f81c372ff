"""What the whole training data is like, for standardizing a sample by it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from yzlite_core.errors import DatasetError
from yzlite_core.plugin import Batches

_TINY = np.float32(1e-6)  # keeps a channel without variation from a division by zero
_LARGEST_WHITENED = 4096  # values in a sample: its whitening matrix takes 64 MB


@dataclass(frozen=True)
class Featurewise:
    """Standardize samples by the statistics of the training data.

    Args:
        mean: Of each channel, float32 of shape (channels,).
        std: Standard deviation of each channel, float32 of shape (channels,); None divides by nothing.
        whitening: Matrix of shape (values, values) that takes the correlations out of a sample (ZCA),
            or None.
    """

    mean: np.ndarray
    std: np.ndarray | None = None
    whitening: np.ndarray | None = None

    def __call__(self, data: np.ndarray) -> np.ndarray:
        """Return the standardized samples; `data` has the shape (n, height, width, channels)."""
        data = data - self.mean
        if self.std is not None:
            data /= self.std + _TINY
        if self.whitening is None:
            return data
        white: np.ndarray = data.reshape(len(data), -1) @ self.whitening
        return white.reshape(data.shape)


def measure(samples: Batches, *, std: bool = False, zca_epsilon: float | None = None) -> Featurewise:
    """Return the statistics of samples, read batch by batch (twice for whitening).

    Args:
        samples: The training data without targets, standardized so far, without random changes.
        std: Whether to divide by the standard deviation.
        zca_epsilon: Added to the variances before they are inverted (Krizhevsky, 2009: Learning multiple
            layers of features from tiny images, appendix A); None for no whitening.

    Raises:
        DatasetError: If the samples are too large for a whitening matrix.
    """
    count, total, squares = 0, np.zeros(1), np.zeros(1)
    for x in samples:
        count += x[..., 0].size
        total = total + x.sum((0, 1, 2), np.float64)
        squares = squares + np.square(x, dtype=np.float64).sum((0, 1, 2))
    mean = total / count
    deviation = np.sqrt(np.maximum(squares / count - mean**2, 0)).astype(np.float32)
    centred = Featurewise(mean.astype(np.float32), deviation if std else None)
    return centred if zca_epsilon is None else _whitened(samples, centred, zca_epsilon)


def _whitened(samples: Batches, centred: Featurewise, epsilon: float) -> Featurewise:
    shape = samples.sample(0).shape
    size = int(np.prod(shape))
    if size > _LARGEST_WHITENED:
        raise DatasetError(
            f"zca_whitening needs a matrix of {size:,} x {size:,} for samples of shape {shape}: too large",
            hint=f"use samples of up to {_LARGEST_WHITENED:,} values, or featurewise_center alone",
        )
    covariance = np.zeros((size, size), np.float32)
    for x in samples:
        flat = centred(x).reshape(len(x), size)
        covariance += flat.T @ flat / len(samples.source)
    variances, axes = np.linalg.eigh(covariance)
    scales = 1 / np.sqrt(np.maximum(variances, 0) + epsilon)
    return replace(centred, whitening=(axes * scales) @ axes.T)
