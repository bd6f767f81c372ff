"""Where samples come from: arrays in memory, or files that are decoded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from yzlite_core.errors import UnreadableSampleError, YZLiteError


class Source(Protocol):
    """A fixed, numbered collection of samples."""

    def __len__(self) -> int:
        """The number of samples."""
        ...

    def load(self, index: int) -> np.ndarray:
        """Return the data of one sample; called from several threads at once.

        Raises:
            UnreadableSampleError: If it is gone or damaged.
        """
        ...

    def name(self, index: int) -> str:
        """Return what names the sample in a message."""
        ...


class ArraySource:
    """Samples in an array.

    Args:
        data: Array of shape (n, ...).
    """

    def __init__(self, data: np.ndarray) -> None:
        self._data = data

    def __len__(self) -> int:
        return len(self._data)

    def load(self, index: int) -> np.ndarray:
        """Return one row."""
        return np.asarray(self._data[index])

    def name(self, index: int) -> str:
        """Return `sample <index>`."""
        return f"sample {index}"


class FileSource:
    """Samples in files.

    Args:
        paths: One file for each sample; None is a sample without a file (`decode` gets None).
        decode: Turns a path into an array.
    """

    def __init__(self, paths: Sequence[Path | None], decode: Callable[[Path | None], np.ndarray]) -> None:
        self.paths = tuple(paths)
        self._decode = decode

    def __len__(self) -> int:
        return len(self.paths)

    def load(self, index: int) -> np.ndarray:
        """Decode one file.

        Raises:
            UnreadableSampleError: If it is gone or cannot be decoded; names the file.
        """
        path = self.paths[index]
        try:
            return self._decode(path)
        except YZLiteError:
            raise
        except FileNotFoundError:
            raise UnreadableSampleError(
                f"{path} is gone since the dataset was listed", hint="run again to list it anew"
            ) from None
        except Exception as error:
            raise UnreadableSampleError(
                f"{path} cannot be decoded: {error}", hint="replace or remove the file"
            ) from error

    def name(self, index: int) -> str:
        """Return the file's path."""
        return str(self.paths[index] or f"sample {index}")
