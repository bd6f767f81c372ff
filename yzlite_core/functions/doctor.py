"""Look whether everything that YZLite needs is there, and say how to get what is not."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import importlib_metadata

from yzlite_core.contract.lazy_exports import known_lenders
from yzlite_core.contract.plugins import Plugins, load_plugins
from yzlite_core.model.archive import trust_file
from yzlite_core.model.specification import find_models, known_datasets, search_path
from yzlite_core.support.determinism import tensorflow_threads
from yzlite_core.support.files import cache_dir
from yzlite_core.support.version import __version__

OK, NOTE, PROBLEM = "ok", "note", "problem"
_LEAST_FREE = 1 << 30
_PATIENCE = 300.0  # seconds for TensorFlow's import on a slow disk
_TENSORFLOW = """
import json, keras, tensorflow as tf
print(json.dumps([tf.__version__, keras.__version__, len(tf.config.list_physical_devices("GPU"))]))
"""


@dataclass(frozen=True)
class Finding:
    """What one look has found.

    Attributes:
        name: What was looked at.
        state: `ok`, `note` (something optional is missing) or `problem`.
        text: What was found.
        hint: What to do about it.
    """

    name: str
    state: str
    text: str
    hint: str | None = None


def checkup() -> list[Finding]:
    """Look at everything, and return what was found; a look that fails is a problem of its own."""
    looks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _python,
        _packages,
        _facade,
        _tensorflow,
        _plugins,
        _cache,
        _trust,
        _models,
        _optional,
    )
    return [finding for look in looks for finding in _guarded(look)]


def _guarded(look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    try:
        return list(look())
    except Exception as error:
        hint = getattr(error, "hint", None)
        text = getattr(error, "message", None) or f"{type(error).__name__}: {error}"
        return [Finding(look.__name__.strip("_"), PROBLEM, text, hint)]


def _python() -> Iterator[Finding]:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    wanted = importlib_metadata.metadata("yzlite-core").get("Requires-Python") or ""
    lowest = tuple(int(part) for part in wanted.strip(">=").split(".") if part.isdigit())
    good = sys.version_info[: len(lowest)] >= lowest
    yield Finding("Python", OK if good else PROBLEM, found, None if good else f"YZLite needs Python {wanted}")


def _packages() -> Iterator[Finding]:
    yield Finding("yzlite-core", OK, __version__)
    for requirement in importlib_metadata.requires("yzlite-core") or ():
        if "extra ==" in requirement:
            continue
        name = requirement.split(";")[0].strip().split(">")[0].split("=")[0].split("~")[0].strip()
        try:
            yield Finding(name, OK, importlib_metadata.version(name))
        except importlib_metadata.PackageNotFoundError:
            yield Finding(name, PROBLEM, "not installed", f"pip install '{requirement}'")


def _facade() -> Iterator[Finding]:
    """Tell whether `import yzlite` gives our facade, and not the other project of that name."""
    spec = importlib.util.find_spec("yzlite")
    ours = Path(__file__).parents[2]
    if spec is None or spec.origin is None:
        yield Finding("yzlite", PROBLEM, "the package is missing", "reinstall yzlite-core")
    elif Path(spec.origin).parents[1] != ours:
        other = Path(spec.origin).parent
        yield Finding("yzlite", PROBLEM, f"{other} belongs to another project", "pip uninstall yzlite")


def _tensorflow() -> Iterator[Finding]:
    """Import TensorFlow in a process of its own, which it may take down."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", _TENSORFLOW]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired:
        yield Finding("TensorFlow", PROBLEM, f"its import takes more than {_PATIENCE:.0f} s", "try again")
        return
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
        yield Finding(
            "TensorFlow", PROBLEM, f"cannot be imported: {last}", "pip install --force-reinstall tensorflow"
        )
        return
    version, keras, gpus = json.loads(done.stdout.splitlines()[-1])
    devices = f"{gpus} GPU" if gpus else "no GPU"
    cores = f"{tensorflow_threads()} threads of {os.cpu_count()} cores"
    yield Finding("TensorFlow", OK, f"{version} with Keras {keras}, {cores}, {devices}")


def _plugins() -> Iterator[Finding]:
    records = load_plugins().records
    for record in records:
        text = f"{record.dist} {record.version}"
        if record.state in ("broken", "refused"):
            hint = f"upgrade or reinstall {record.dist}, or switch it off: --no-plugin {record.name}"
            yield Finding(
                f"plugin {record.name}", PROBLEM, f"{text} is {record.state}: {record.reason}", hint
            )
        else:
            state = OK if record.state == "ok" else NOTE
            yield Finding(f"plugin {record.name}", state, text if state == OK else f"{text}: {record.reason}")
    for dist in sorted(set(known_lenders()) - {record.dist for record in records}):
        yield Finding(dist, NOTE, "not installed", f"pip install {dist}")


def _cache() -> Iterator[Finding]:
    folder = cache_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        text = f"{folder} cannot be written to: {error.strerror}"
        yield Finding("cache", PROBLEM, text, "set YZLITE_CACHE_DIR to a folder of yours")
        return
    free = shutil.disk_usage(folder).free
    text = f"{folder}, {free / 2**30:.1f} GB free"
    if free < _LEAST_FREE:
        yield Finding("cache", PROBLEM, text, "make room, or set YZLITE_CACHE_DIR to a folder with room")
    else:
        yield Finding("cache", OK, text)


def _trust() -> Iterator[Finding]:
    file = trust_file()
    if not file.exists():
        yield Finding("trust", OK, "no archive of yours yet")
        return
    try:
        trusted = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(trusted, list):
            raise ValueError("it is no list")
    except (OSError, ValueError) as error:
        yield Finding(
            "trust", PROBLEM, f"{file} cannot be read: {error}", "remove it; archives ask for --trust"
        )
        return
    yield Finding("trust", OK, f"{len(trusted)} scripts of yours may run from archives")


def _models() -> Iterator[Finding]:
    plugins: Plugins = load_plugins()
    for root in search_path(plugins):
        if not root.folder.is_dir():
            hint = "make it, or correct YZLITE_MODEL_PATHS and model_paths of the user's settings"
            yield Finding("search path", PROBLEM, f"there is no folder {root.folder}", hint)
    yield Finding("models", OK, f"{len({entry.dotted for entry in find_models(plugins)})} on the search path")
    yield Finding("datasets", OK, f"{len(known_datasets(plugins))} registered")


def _optional() -> Iterator[Finding]:
    """Tell which helpers are there that nothing depends on."""
    helpers = {
        "tflite_micro": ("tflite-micro", "the memory of a model is estimated, not measured"),
        "netron": ("netron", "yzlite view shows no networks"),
        "tensorboard": ("tensorboard", "yzlite tensorboard shows no logs"),
    }
    for module, (dist, without) in helpers.items():
        if importlib.util.find_spec(module) is None:
            yield Finding(dist, NOTE, f"not installed: {without}", f"pip install {_pinned(dist)}")
        else:
            yield Finding(dist, OK, importlib_metadata.version(dist))


def _pinned(dist: str) -> str:
    """Return a distribution as pip has to be asked for it; `tflite-micro` has previews alone."""
    return "--pre tflite-micro" if dist == "tflite-micro" else dist
