"""Batches that the user's own function makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from yzlite_core.data.batches.engine import Batches
from yzlite_core.errors import DatasetError, YZLiteError

_BATCH = 0xFFFF_FFFE  # the stream of a batch's random numbers, apart from any sample's


@dataclass(frozen=True)
class BatchParameters:
    """What a `get_batch_function` may need to make a batch.

    Attributes:
        samples: The batches that it replaces: `samples.sample(index, epoch)` is one finished sample, and
            `samples.targets` the targets of all.
        indices: The numbers of the samples of this batch, in the order of `filenames`.
        epoch: The number of the epoch, from 0.
        rng: The source of random numbers of this batch; equal numbers for any number of workers.
        params: What the data generator says of itself; each of its attributes is one of this too.
    """

    samples: Batches
    indices: np.ndarray
    epoch: int
    rng: np.random.Generator
    params: Any = None

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """(Samples of this batch, *shape of one)."""
        return len(self.indices), *self.sample_shape

    def __getattr__(self, name: str) -> Any:
        return getattr(self.params, name)


class CustomBatches(Batches):
    """Batches made by a function `(batch_index, filenames, class_ids, params) -> (batch_index, (x, y))`.

    Without targets it returns `(batch_index, x)`.

    Args:
        function: Makes a batch; called from several threads at once. File names are those in the dataset's
            folder; without a folder, what names the samples.
        *args: As for `Batches`, of which these take the place.
        params: What the data generator says of itself.
        **kwargs: As for `Batches`.
    """

    def __init__(self, function: Callable[..., Any], *args: Any, params: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._function = function
        self._params = params

    def _make(self, epoch: int, batch: int) -> Any:
        start = batch * self.batch_size
        indices = self.order(epoch)[start : start + self.batch_size]
        names = [self.file_of(int(index)) for index in indices]
        class_ids = None if self.labels is None else self.labels[indices]
        rng = np.random.default_rng((self.seed, epoch, _BATCH, batch))
        try:
            params = BatchParameters(self, indices, epoch, rng, self._params)
            made = self._function(batch, names, class_ids, params)
            _, of_batch = made
            x, y = (of_batch, None) if isinstance(of_batch, np.ndarray) else of_batch
        except YZLiteError:
            raise
        except Exception as error:
            name = getattr(self._function, "__name__", "get_batch_function")
            raise DatasetError(
                f"{name} failed on batch {batch}: {type(error).__name__}: {error}",
                hint="a get_batch_function returns (batch_index, (x, y))",
            ) from error
        return x if y is None else (x, y)
