"""The logs of a training, shown by TensorBoard in a process of its own."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from yzlite_core.contract.plugins import load_plugins
from yzlite_core.errors import ArtefactNotFoundError, MissingPluginError, YZLiteError
from yzlite_core.functions.view import free_port
from yzlite_core.model.archive import is_archive
from yzlite_core.model.places import TEST_SUFFIX
from yzlite_core.model.specification import locate
from yzlite_core.support.files import cache_dir

_PATIENCE = 60.0  # seconds until it answers


def log_directory(model: str, *, test: bool = False) -> Path:
    """Return the folder of TensorBoard's logs of a model's training, the one that is going on among them.

    No script is executed.

    Args:
        model: A log directory or a script by its path, or a name.
        test: Whether the training in test mode is meant.

    Raises:
        ArtefactNotFoundError: If there are none; says how to have them written.
    """
    named = Path(model).expanduser()
    if (named / "train").is_dir():
        name, folder = named.name, named
    else:
        path, named_test = locate(model, load_plugins())
        name = path.stem + (TEST_SUFFIX if test or named_test else "")
        folder = cache_dir() / "models" / name
        if is_archive(path):
            raise ArtefactNotFoundError(
                f"{path} holds no TensorBoard logs, as no archive does", hint="name the log directory"
            )
    logs = folder / "train" / "tensorboard"
    if not any(logs.rglob("events.out.tfevents.*")):
        raise ArtefactNotFoundError(
            f"{name} has no TensorBoard logs in {logs}",
            hint="add a line such as my_model.tensorboard['update_freq'] = 'epoch' to the specification, and "
            "train",
        )
    return logs


@contextmanager
def serving(folder: Path, host: str, port: int) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve logs as long as the block lasts; yield the page's address and the process.

    Raises:
        MissingPluginError: If TensorBoard is not installed.
        YZLiteError: If it does not answer; says what it said.
    """
    if importlib.util.find_spec("tensorboard") is None:
        raise MissingPluginError("TensorBoard is not installed: pip install tensorboard")
    port = free_port(host, port)
    url = f"http://{host}:{port}"
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(folder), "--host", host]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([*command, "--port", str(port)], stdout=said, stderr=said)
        try:
            if not _answers(url, process):
                said.seek(0)
                lines = said.read().decode(errors="replace").strip().splitlines()
                raise YZLiteError(f"TensorBoard does not answer: {lines[-1] if lines else 'it said nothing'}")
            yield url, process
        finally:
            process.terminate()
            process.wait()


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return True
        time.sleep(0.2)
    return False
