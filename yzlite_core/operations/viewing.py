"""`view_model`: look at a network in the browser, by Netron."""

from __future__ import annotations

import errno
import os
import socket
import tempfile
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yzlite_core.artefacts import artefact
from yzlite_core.errors import ArtefactNotFoundError, MissingPluginError, UsageError
from yzlite_core.files import write_atomic
from yzlite_core.model import YZLiteModel
from yzlite_core.operations.loading import built_tflite, load_yzlite_model
from yzlite_core.operations.session import session
from yzlite_core.plugins import load_plugins
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.trained import find_trained

HOST = "localhost"
PORT = 8080
_TRIED = 100


def view_model(
    model: str | os.PathLike[str] | YZLiteModel | TfliteModel,
    host: str | None = None,
    port: int | None = None,
    test: bool = False,
    build: bool = False,
    tflite: bool = False,
    timeout: float = 7.0,
) -> str:
    """Show a network in the browser.

    Args:
        model: A model, a `TfliteModel`, the path of a `.tflite`, `.keras`, script or archive, or a name.
        host: Where the page is served; None for `localhost`.
        port: On which port; None for 8080. One that is taken gives way to the next free one.
        test: Take what a training in test mode has left.
        build: Build the network, train it in test mode and convert it, and show that `.tflite`.
        tflite: Show the `.tflite` instead of the Keras model.
        timeout: Seconds that the page is served, for the browser to fetch it.

    Returns:
        The page's address.

    Raises:
        MissingPluginError: If Netron is not installed.
        ArtefactNotFoundError: If the model has not been trained.
    """
    with file_to_view(model, test=test, build=build, tflite=tflite) as file, served(file, host, port) as url:
        webbrowser.open(url)
        time.sleep(timeout)
    return url


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
    model: str | os.PathLike[str] | YZLiteModel | TfliteModel, *, test: bool, build: bool, tflite: bool
) -> Iterator[Path]:
    """Yield the file of a network; see `view_model`."""
    suffix = ".tflite" if tflite else ".keras"
    with tempfile.TemporaryDirectory(prefix="yzlite-") as scratch:
        folder = Path(scratch)
        if isinstance(model, TfliteModel):
            yield model.save(folder / f"{model.name}.tflite")
        elif build:
            loaded = load_yzlite_model(model)
            yield write_atomic(folder / f"{loaded.name}.tflite", built_tflite(loaded))
        elif isinstance(model, YZLiteModel):
            with session(model, test=test) as run:
                file = artefact(run, run.paths.root / f"{model.name}{suffix}")
            yield file
        else:
            yield _named(os.fspath(model), suffix, folder, test)


def _named(model: str, suffix: str, folder: Path, test: bool) -> Path:
    if model.endswith((".tflite", ".keras", ".h5")):
        path = Path(model).expanduser()
        if not path.is_file():
            raise ArtefactNotFoundError(f"There is no file {path}")
        return path
    trained = find_trained(model, load_plugins(), test=test)
    if suffix == ".tflite" and trained.file is not None:
        return trained.file
    return trained.beside(suffix, folder)
