"""Noise as a camera has it; pixel values are in 0..255."""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist
from typing import Final, NamedTuple

import numpy as np


class Noise(NamedTuple):
    """One kind of noise.

    Attributes:
        deviation: (c, l, r): normal noise of the standard deviation c + l v + r sqrt(v) on a value v.
        specks: Share of the pixels that turn white or black, half of them each.
    """

    deviation: tuple[float, float, float] = (0.0, 0.0, 0.0)
    specks: float = 0.0


#: The kinds that `noise` names. `poisson` is the noise of pixels that count photons: normal, which is what
#: a Poisson distribution comes to beyond a few of them.
NOISES: Final = {
    "gauss": Noise((10.0, 0.0, 0.0)),
    "poisson": Noise((0.0, 0.0, 1.0)),
    "s&p": Noise(specks=0.01),
    "speckle": Noise((0.0, 0.1, 0.0)),
}


@lru_cache
def normal_quantiles() -> np.ndarray:
    """Return 65,536 equally likely values of the standard normal distribution, float32, up to 4.3."""
    inverse = NormalDist().inv_cdf
    return np.array([inverse((level + 0.5) / 65536) for level in range(65536)], np.float32)
