"""Noise as a camera has it; pixel values are in 0..255."""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist
from typing import Final

import numpy as np

#: One kind of noise: (c, l, r), which is normal noise of the standard deviation c + l v + r sqrt(v) on a
#: value v; and the share of the pixels that turn white or black, half of them each.
NOISE: Final = np.dtype([("deviation", np.float64, 3), ("specks", np.float64)])

#: The kinds that `noise` names. `poisson` is the noise of pixels that count photons: normal, which is what
#: a Poisson distribution comes to beyond a few of them.
NOISES: Final = {
    "gauss": np.array(((10.0, 0.0, 0.0), 0.0), NOISE),
    "poisson": np.array(((0.0, 0.0, 1.0), 0.0), NOISE),
    "s&p": np.array(((0.0, 0.0, 0.0), 0.01), NOISE),
    "speckle": np.array(((0.0, 0.1, 0.0), 0.0), NOISE),
}


@lru_cache
def normal_quantiles() -> np.ndarray:
    """Return 65,536 equally likely values of the standard normal distribution, float32, up to 4.3."""
    inverse = NormalDist().inv_cdf
    return np.array([inverse((level + 0.5) / 65536) for level in range(65536)], np.float32)
