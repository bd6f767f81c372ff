"""Make batches ahead of time in threads, and hand them out in order."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any

Maker = Callable[[int, int], Any]


class Prefetcher:
    """Threads that make the batches after the one that was asked for.

    An exception in a thread is raised where its batch is asked for.

    Args:
        make: Makes the batch of (epoch, index); called from several threads at once.
        workers: The number of threads.
        max_pending: Batches made ahead.
    """

    def __init__(self, make: Maker, workers: int, max_pending: int) -> None:
        self._make = make
        self._workers = workers
        self._max_pending = max(1, max_pending)
        self._pending: dict[tuple[int, int], Future[Any]] = {}
        self._last = (-1, -1)
        self._pool: ThreadPoolExecutor | None = None
        self._lock = Lock()

    def for_maker(self, make: Maker) -> Prefetcher:
        """Return another prefetcher of the same size."""
        return Prefetcher(make, self._workers, self._max_pending)

    def get(self, epoch: int, index: int, count: int) -> Any:
        """Return the batch `index` of `count`, and begin with the ones that follow it."""
        with self._lock:
            # Keras asks in random order unless told otherwise: what follows would be made in vain.
            in_order = index == 0 or (epoch, index - 1) == self._last
            last = min(index + self._max_pending, count - 1) if in_order else index
            ahead = [(epoch, i) for i in range(index, last + 1)]
            self._last = (epoch, index)
            for key in self._pending.keys() - ahead:
                self._pending.pop(key).cancel()
            pool = self._pool = self._pool or ThreadPoolExecutor(self._workers, "yzlite-batch")
            for key in ahead:
                if key not in self._pending:
                    self._pending[key] = pool.submit(self._make, *key)
            wanted = self._pending.pop((epoch, index))
        return wanted.result()

    def shutdown(self, wait: bool = True) -> None:
        """Stop the threads and forget what is pending."""
        with self._lock:
            pool, self._pool = self._pool, None
            self._pending.clear()
        if pool is not None:
            pool.shutdown(wait=wait, cancel_futures=True)
