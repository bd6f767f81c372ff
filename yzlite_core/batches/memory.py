"""Memory that is used again, because new pages take longer than filling them."""

from __future__ import annotations

import sys
from threading import Lock
from typing import Any

import numpy as np

_ALIGNMENT = 64  # bytes: what TensorFlow asks of an array that it takes over without copying it


class Recycler:
    """Makes arrays of the memory of earlier ones that nobody holds any more, neither as a whole nor in part.

    Args:
        most: The memory of how many arrays is looked after.
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

    def _memory(self, size: int) -> np.ndarray:
        unheld = [place for place in range(len(self._kept)) if _references(self._kept, place) == _UNHELD]
        for place in unheld:
            if len(self._kept[place]) >= size:
                return self._kept[place]
        memory = np.empty(size, np.uint8)
        if unheld:
            self._kept[unheld[0]] = memory
        else:  # what has been held for longest may be held for good
            self._kept = [*self._kept[len(self._kept) >= self._most :], memory]
        return memory


def _references(memories: list[np.ndarray], place: int) -> int:
    """Return how often a memory is referred to: arrays in it, and arrays in those, refer to it."""
    return sys.getrefcount(memories[place])


_UNHELD = _references([np.empty(0)], 0)
