"""Arrays in a file that is mapped into memory, and gone with the process however it ends."""

from __future__ import annotations

import mmap
import tempfile
import weakref
from pathlib import Path

import numpy as np

from yzlite_core.errors import DatasetError

_SLAB = 16 << 20  # bytes by which the file grows: a multiple of the granularity of mappings


class MappedFile:
    """A nameless file that grows while arrays are put into it. Not for several threads at once.

    Args:
        folder: Where the file lies; made if it is not there.

    Raises:
        DatasetError: If the file cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=folder, prefix="yzlite-samples-")  # noqa: SIM115 # as long as us
        except OSError as error:
            raise self._explained(error) from error
        weakref.finalize(self, self._file.close)
        self._slab: np.ndarray = np.empty(0, np.uint8)
        self._used = 0

    def keep(self, data: np.ndarray) -> np.ndarray:
        """Return a copy of an array that lies in the file.

        Raises:
            DatasetError: If the file cannot grow.
        """
        if self._used + data.nbytes > self._slab.size:
            self._slab, self._used = self._grown(-(-data.nbytes // _SLAB) * _SLAB), 0
        place = self._slab[self._used : self._used + data.nbytes]
        self._used += -(-data.nbytes // 64) * 64  # where the next array begins
        kept: np.ndarray = place.view(data.dtype).reshape(data.shape)
        kept[...] = data
        return kept

    def _grown(self, size: int) -> np.ndarray:
        try:
            start = self._file.seek(0, 2)
            for _ in range(size // _SLAB):  # written, because a hole would end the process on a full disk
                self._file.write(bytes(_SLAB))
            self._file.flush()
            return np.frombuffer(mmap.mmap(self._file.fileno(), size, offset=start), np.uint8)
        except OSError as error:
            raise self._explained(error) from error

    def _explained(self, error: OSError) -> DatasetError:
        return DatasetError(
            f"Decoded samples cannot be kept in {self._folder}: {error.strerror or error}",
            hint="make room there, or change cache_dir or cache_mb of the data generator",
        )
