"""Look at a network in the browser, by Netron."""

from __future__ import annotations

import errno
import logging
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yzlite_core.errors import ArtefactNotFoundError, MissingPluginError, UsageError
from yzlite_core.functions.load import AnyModel, built_tflite, bundle_of, specification
from yzlite_core.model.model import YZLiteModel
from yzlite_core.support.files import write_atomic
from yzlite_core.tflite.model import TfliteModel

HOST = "localhost"
PORT = 8080
_TRIED = 100


@contextmanager
def served(file: Path, host: str | None = None, port: int | None = None) -> Iterator[str]:
    """Serve a network's page as long as the block lasts, and yield its address.

    Raises:
        MissingPluginError: If Netron is not installed.
        UsageError: If no port is free, or the host is none of this machine's.
    """
    try:
        import netron
    except ImportError:
        raise MissingPluginError(
            "Netron, which shows networks, is not installed: pip install netron"
        ) from None
    address = (host or HOST, free_port(host or HOST, port or PORT))
    netron.start(str(file), address=address, browse=False)
    try:
        yield f"http://{address[0]}:{address[1]}"
    finally:
        netron.stop(address)


def free_port(host: str, first: int) -> int:
    """Return the first free port of a host from `first` on.

    Raises:
        UsageError: If none of a hundred is free, or the host is none of this machine's.
    """
    refusal = None
    for port in range(first, min(first + _TRIED, 65536)):
        refusal = _refusal(host, port)
        if refusal is None:
            return port
        if refusal.errno not in (errno.EADDRINUSE, errno.EACCES):
            break
    reason = refusal.strerror.partition(" (")[0] if refusal and refusal.strerror else refusal
    raise UsageError(f"Nothing can be served at {host}:{first}: {reason}", hint="choose another host or port")


def _refusal(host: str, port: int) -> OSError | None:
    """Return why a port cannot be served on, or None if it can."""
    try:
        with socket.create_server((host, port)):
            return None
    except OSError as error:
        return error


@contextmanager
def file_to_view(
    model: AnyModel | TfliteModel,
    *,
    test: bool = False,
    build: bool = False,
    tflite: bool = False,
    log: logging.Logger | None = None,
) -> Iterator[Path]:
    """Yield the file of a network.

    Args:
        model: A model, a `TfliteModel`, the path of a `.tflite`, `.keras`, script, archive or log directory,
            or a name.
        test: Take what a training in test mode has left.
        build: Build the network, train it in test mode and convert it, and show that `.tflite`.
        tflite: The `.tflite` instead of the Keras model.
        log: Where the lines of a training go; None drops them.

    Raises:
        ArtefactNotFoundError: If the model has not been trained.
    """
    if isinstance(model, TfliteModel) or build:
        with tempfile.TemporaryDirectory(prefix="yzlite-") as scratch:
            if isinstance(model, TfliteModel):
                yield model.save(Path(scratch, f"{model.name}.tflite"))
            else:
                loaded = specification(model)
                yield write_atomic(Path(scratch, f"{loaded.name}.tflite"), built_tflite(loaded, log))
    elif not isinstance(model, YZLiteModel) and os.fspath(model).endswith((".tflite", ".keras", ".h5")):
        path = Path(model).expanduser()
        if not path.is_file():
            raise ArtefactNotFoundError(f"There is no file {path}")
        yield path
    else:
        with bundle_of(model, test=test) as bundle:
            yield bundle.file(".tflite" if tflite else ".keras")
