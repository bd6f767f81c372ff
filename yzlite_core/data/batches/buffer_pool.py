"""Memory that is used again, because new pages take longer than filling them."""

from __future__ import annotations

import sys
from threading import Lock
from typing import Any

import numpy as np

_SPARE = 2  # memories that nobody holds and nobody has asked for, either
_ALIGNMENT = 64  # bytes: what TensorFlow asks of an array that it takes over without copying it


class Recycler:
    """Makes arrays of the memory of earlier ones that nobody holds any more, neither as a whole nor in part.

    Args:
        most: The memory of how many arrays is looked after, 2 or more.
    """

    def __init__(self, most: int = 16) -> None:
        self._most = most
        self._kept: list[np.ndarray] = []
        self._lock = Lock()

    def empty(self, shape: tuple[int, ...], dtype: Any = np.float32) -> np.ndarray:
        """Return an array without definite values, C-contiguous.

        Args:
            shape: Its shape.
            dtype: Its type.
        """
        kind = np.dtype(dtype)
        size = int(np.prod(shape)) * kind.itemsize
        with self._lock:  # until the array holds the memory, another thread could take it
            memory = self._memory(size + _ALIGNMENT)
            start = -memory.ctypes.data % _ALIGNMENT
            made: np.ndarray = memory[start : start + size].view(kind).reshape(shape)
            return made

    def clear(self) -> None:
        """Let go of all memory; arrays that somebody holds keep theirs."""
        with self._lock:
            self._kept = []

    def _memory(self, size: int) -> np.ndarray:
        unheld = [n for n in range(len(self._kept)) if _references(self._kept, n) == _UNHELD]
        chosen = next((n for n in unheld if len(self._kept[n]) >= size), None)
        memory = np.empty(size, np.uint8) if chosen is None else self._kept[chosen]
        spare = [n for n in unheld if n != chosen][:_SPARE]
        kept = [self._kept[n] for n in range(len(self._kept)) if n not in unheld or n in spare]
        self._kept = [*kept[-self._most + 1 :], memory]  # what has been held for longest may be held for good
        return memory


def _references(memories: list[np.ndarray], place: int) -> int:
    """Return how often a memory is referred to: arrays in it, and arrays in those, refer to it."""
    return sys.getrefcount(memories[place])


_UNHELD = _references([np.empty(0)], 0)
