"""The random numbers of the samples of a batch, made for all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.random.bit_generator import ISeedSequence

_WORDS = 4  # of 64 bits, which seed a PCG64
_STEP = np.uint64(0x9E3779B97F4A7C15)
_LEVELS = 2.0**-53  # between two numbers of type float64 that are below 1


class RandomNumbers:
    """Random numbers that follow from the seed, the epoch and each sample's own number alone.

    NumPy's own way from numbers to a generator takes as long as augmenting a small image. Here (seed, epoch)
    goes that way once, and gives the places in the sequence of SplitMix64 from which all else is taken
    (Steele, Lea and Flood, 2014: Fast splittable pseudorandom number generators).

    Args:
        seed: 0 or more.
        epoch: From 0.
        indices: The numbers of the samples.
    """

    def __init__(self, seed: int, epoch: int, indices: Sequence[int]) -> None:
        self._indices = np.asarray(indices, np.uint64)[:, np.newaxis]
        self._start, start = np.random.SeedSequence((seed, epoch)).generate_state(2, np.uint64)
        self._place = _mixed(start + self._indices * _STEP)

    def uniform(self, count: int) -> np.ndarray:
        """Return the next numbers of each sample.

        Args:
            count: How many.

        Returns:
            float64 of shape (samples, count), in [0, 1).
        """
        places = self._place + np.arange(1, count + 1, dtype=np.uint64) * _STEP
        self._place = places[:, -1:]
        numbers: np.ndarray = (_mixed(places) >> np.uint64(11)) * _LEVELS
        return numbers

    @cached_property
    def generators(self) -> list[np.random.Generator]:
        """A generator for each sample, with other numbers than `uniform` has."""
        places = self._indices * np.uint64(_WORDS) + np.arange(1, _WORDS + 1, dtype=np.uint64)
        words = _mixed(self._start + places * _STEP)
        return [np.random.Generator(np.random.PCG64(_Words(row))) for row in words]  # type: ignore[arg-type]


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
