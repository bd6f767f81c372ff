"""Processes for users' functions: what is written in Python alone holds up all threads but its own."""

from __future__ import annotations

import functools
import importlib.util
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from yzlite_core.errors import DatasetError
from yzlite_core.support.quiet import native_notes_hidden

_SCRIPT = "yzlite_script"  # the name of the user's script in a process


class _Reference(NamedTuple):
    """Where a process finds a function: in a module, or in the script of a path."""

    module: str
    script: str | None
    name: str


class Processes:
    """Processes that call functions; they are started by the first call.

    Args:
        count: How many there are.
        gpu: Whether they see a GPU.
        environment: Further environment variables of theirs.
    """

    def __init__(
        self, count: int, gpu: bool = False, environment: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._count = count
        self._environment = {**environment, **({} if gpu else {"CUDA_VISIBLE_DEVICES": "-1"})}
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None

    def calling(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that lets one of the processes call the given one, and waits for what it returns.

        Args:
            function: A function of a module or of a script, which each process loads anew.

        Raises:
            DatasetError: If no other process could find the function.
        """
        reference = _reference_to(function)

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                result, error = self._running().submit(_called, reference, args, kwargs).result()
            except BrokenProcessPool:
                self.shutdown()
                raise DatasetError(
                    f"A process that calls {reference.name} has ended before it was done",
                    hint="see above what it said, or set function_processes of the data generator to 0",
                ) from None
            if error is not None:
                raise error
            return result

        return call

    def shutdown(self) -> None:
        """End the processes; a later call starts others."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown()

    def _running(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                # a copy of this process (fork) would have TensorFlow's locks without its threads
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(self._count, context, _begin, (self._environment,))
            return self._pool


def _reference_to(function: Callable[..., Any]) -> _Reference:
    name, module = getattr(function, "__qualname__", ""), getattr(function, "__module__", "")
    home = sys.modules.get(module)
    try:
        found = attrgetter(name)(home)
    except AttributeError:
        found = None
    is_script = getattr(home, "__spec__", None) is None
    script = getattr(home, "__file__", None) if is_script else None
    if found is not function or (is_script and script is None):
        raise DatasetError(
            f"{name or type(function).__name__} cannot be called in a process, where it could not be found",
            hint="define it by `def` at the top level of the script, or set function_processes to 0",
        )
    return _Reference(module, script, name)


# ------------------------------------------------------------------------------------------ in a process


def _begin(environment: Mapping[str, str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits for us
    os.environ.update(environment)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # nobody is left to whom anything could be said


def _called(
    reference: _Reference, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, Exception | None]:
    try:
        return _resolved(reference)(*args, **kwargs), None
    except Exception as error:
        return None, _portable(error)


@functools.cache
def _resolved(reference: _Reference) -> Callable[..., Any]:
    function: Callable[..., Any] = attrgetter(reference.name)(_home(reference.module, reference.script))
    return function


@functools.cache
def _home(module: str, script: str | None) -> Any:
    if script is None:
        return importlib.import_module(module)
    sys.path.insert(0, str(Path(script).parent))
    spec = importlib.util.spec_from_file_location(_SCRIPT, script)
    assert spec is not None  # of a .py file, as scripts are
    assert spec.loader is not None
    loaded = sys.modules[_SCRIPT] = importlib.util.module_from_spec(spec)
    with native_notes_hidden():  # TensorFlow's, if the script imports it
        spec.loader.exec_module(loaded)
    return loaded


def _portable(error: Exception) -> Exception:
    """Return the exception, or one that says the same if it does not survive the way to another process."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
