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

from yzlite_core.errors import ArtefactNotFoundError, MissingPluginError, YZLiteError
from yzlite_core.functions.load import bundle_of
from yzlite_core.functions.view import free_port

_PATIENCE = 60.0  # seconds until it answers


@contextmanager
def log_directory(model: str, *, test: bool = False) -> Iterator[Path]:
    """Yield the folder of TensorBoard's logs that a model's last training has left; no script is executed.

    Raises:
        ArtefactNotFoundError: If there are none; says how to have them written.
    """
    with bundle_of(model, test=test) as bundle:
        folder = bundle.paths.train / "tensorboard"
        if not any(folder.rglob("events.out.tfevents.*")):
            place = f"{bundle.archive}, and an archive never does" if bundle.paths.is_private else folder
            raise ArtefactNotFoundError(
                f"There are no TensorBoard logs of {bundle.name} in {place}",
                hint="add a line such as my_model.tensorboard['update_freq'] = 'epoch' to the specification, "
                "and train",
            )
        yield folder


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
