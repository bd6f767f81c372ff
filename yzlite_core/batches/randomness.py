"""A generator of random numbers for each sample, made for a whole batch at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.random.bit_generator import ISeedSequence

_WORDS = 4  # of 64 bits, which seed a PCG64
_STEP = np.uint64(0x9E3779B97F4A7C15)


def sample_generators(seed: int, epoch: int, indices: Sequence[int]) -> list[np.random.Generator]:
    """Return the generator of each sample, which follows from the seed, the epoch and its number alone.

    NumPy's own way from numbers to a generator takes as long as augmenting a small image. Here (seed, epoch)
    goes that way once, and gives the place in the sequence of SplitMix64 from which the samples' seeds are
    taken (Steele, Lea and Flood, 2014: Fast splittable pseudorandom number generators).

    Args:
        seed: 0 or more.
        epoch: From 0.
        indices: The numbers of the samples.
    """
    (start,) = np.random.SeedSequence((seed, epoch)).generate_state(1, np.uint64)
    places = np.asarray(indices, np.uint64)[:, np.newaxis] * np.uint64(_WORDS) + np.arange(
        1, _WORDS + 1, dtype=np.uint64
    )
    return [np.random.Generator(np.random.PCG64(_Words(words))) for words in _mixed(start + places * _STEP)]  # type: ignore[arg-type]


def _mixed(state: np.ndarray) -> np.ndarray:
    """Return the random bits of states of SplitMix64, uint64."""
    bits = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: np.ndarray = bits ^ (bits >> np.uint64(31))
    return mixed


class _Words(ISeedSequence):
    """The seed of a PCG64 that needs no further mixing."""

    def __init__(self, words: np.ndarray) -> None:
        self._words = words

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> np.ndarray:
        """Return the words, uint64 of shape (4,)."""
        return self._words
