"""Compiled kernels: numba, imported by the first call, cached where the user may write.

Importing a module of kernels costs nothing: a kernel is compiled when it is first called, without
the GIL, and its machine code is kept for the next process in `<cache>/numba`, or where
`NUMBA_CACHE_DIR` says. Where nothing can be written (a read-only installation without a home
folder) each process compiles for itself and says so once. numba belongs to the plugins that have
kernels; the core works without it.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, ParamSpec, TypeVar, overload

from yzlite_core.errors import MissingPluginError
from yzlite_core.support.files import cache_dir

P = ParamSpec("P")
R = TypeVar("R")

_building = threading.RLock()


class Kernel(Generic[P, R]):
    """A function that numba compiles when it is first called.

    Kernels may call each other. They belong in one file then, with the named tuples that they take:
    numba compiles a kernel again when its own file has changed, and looks at no other.

    Args:
        function: What to compile: the subset of Python and NumPy that numba knows.
        options: Further options of `numba.njit`.
    """

    def __init__(self, function: Callable[P, R], options: dict[str, Any]) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._options = options
        self._dispatcher: Callable[P, R] | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the compiled function, which has to be compiled first if these types are new to it."""
        return (self._dispatcher or self.dispatcher)(*args, **kwargs)

    @property
    def dispatcher(self) -> Callable[P, R]:
        """What numba made of the function, once, whichever thread comes first.

        Raises:
            MissingPluginError: If numba is not installed.
        """
        with _building:
            if self._dispatcher is None:
                self._dispatcher = _jit(self._function, self._options)
            return self._dispatcher


@overload
def compile_kernel(function: Callable[P, R], /) -> Kernel[P, R]: ...
@overload
def compile_kernel(**options: Any) -> Callable[[Callable[P, R]], Kernel[P, R]]: ...
def compile_kernel(function: Callable[P, R] | None = None, /, **options: Any) -> Any:
    """Make a function a kernel: compiled at its first call, without the GIL, cached on the disk.

    Use it as `@compile_kernel` or as `@compile_kernel(error_model="numpy")`.

    Args:
        function: What to compile.
        **options: Further options of `numba.njit`; `fastmath` and `parallel` would make results
            depend on the machine, so leave them off.

    Returns:
        The kernel, or with options a decorator that makes it.
    """
    if function is None:
        return functools.partial(Kernel, options=options)
    return Kernel(function, options)


def _jit(function: Callable[P, R], options: dict[str, Any]) -> Callable[P, R]:
    numba = _import_numba(function)
    jit = functools.partial(numba.njit, nogil=True, **options)
    try:
        with _cache_folder(numba.config):
            return jit(cache=True)(function)  # type: ignore[no-any-return]
    except (OSError, RuntimeError) as error:
        _say_once(f"Compiled kernels cannot be kept for the next run, so each run compiles them: {error}")
        return jit()(function)  # type: ignore[no-any-return]


def _import_numba(function: Callable[..., Any]) -> Any:
    try:
        import numba
    except ImportError as error:
        raise MissingPluginError(
            f"{function.__module__}.{function.__qualname__} is compiled by numba, which cannot be "
            f"imported: {error}",
            hint="pip install numba",
        ) from error
    _let_kernels_call_kernels(numba)
    return numba


@functools.cache
def _let_kernels_call_kernels(numba: Any) -> None:
    """Teach numba that a `Kernel` among a function's globals stands for the compiled function."""
    numba.extending.typeof_impl.register(Kernel, lambda kernel, _: numba.types.Dispatcher(kernel.dispatcher))


@contextmanager
def _cache_folder(config: Any) -> Iterator[None]:
    """Let numba choose our folder for what is decorated in this block, unless the user chose one.

    Raises:
        OSError: If the folder cannot be made.
        RuntimeError: If there is no home folder, or numba finds no folder that it may write.
    """
    if config.CACHE_DIR:
        yield
        return
    folder = cache_dir() / "numba"
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"{folder} is read-only")
    config.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        config.CACHE_DIR = ""


@functools.cache
def _say_once(sentence: str) -> None:
    print(sentence, file=sys.stderr)
