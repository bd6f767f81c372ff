"""The fixtures; imported by pytest only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_VARIABLES = (
    "YZLITE_READONLY",
    "YZLITE_MODEL_PATHS",
    "YZLITE_DATASETS",
    "YZLITE_USER_SETTINGS_PATH",
    "YZLITE_DISABLE_PLUGINS",
    "YZLITE_PLUGINS_DIR",
    "YZLITE_TRACE_PLUGINS",
)


@dataclass(frozen=True)
class CommandResult:
    """How a command ended.

    Attributes:
        code: The exit code.
        stdout: What it wrote to standard output.
        stderr: What it wrote to standard error.
    """

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The one JSON object on standard output."""
        return json.loads(self.stdout)


@pytest.fixture
def yzlite_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, in `YZLITE_CACHE_DIR`; no other variable of YZLite is set."""
    cache = tmp_path / "cache"
    cache.mkdir()
    monkeypatch.setenv("YZLITE_CACHE_DIR", str(cache))
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return cache


@pytest.fixture
def make_script(tmp_path: Path) -> Callable[..., Path]:
    """A function (name, text) that writes a specification script and returns its path."""

    def make(name: str, text: str) -> Path:
        path = tmp_path / f"{name}.py"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return make


@pytest.fixture
def install_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A function (name, code, ...) that makes a distribution with a plugin module and puts it on the path.

    It serves this process (`sys.path`) and its children (`PYTHONPATH`) until the test ends.
    """

    def install(
        name: str,
        code: str,
        *,
        dist: str | None = None,
        entry_points: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Path:
        dist = dist or f"yzlite-{name}"
        site = tmp_path / f"site-{name}"
        info = site / f"{dist.replace('-', '_')}-1.0.dist-info"
        info.mkdir(parents=True)
        module = f"plugin_{name.replace('-', '_')}"
        (site / f"{module}.py").write_text(textwrap.dedent(code), encoding="utf-8")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {dist}\nVersion: 1.0\n")
        groups = {"yzlite": {name: module}, **(entry_points or {})}
        lines = []
        for group, points in groups.items():
            lines.append(f"[{group}]")
            lines += [f"{key} = {value}" for key, value in points.items()]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
        monkeypatch.syspath_prepend(str(site))
        monkeypatch.setitem(sys.modules, module, None)  # so that the test's end removes what it imports
        monkeypatch.delitem(sys.modules, module)
        inherited = os.environ.get("PYTHONPATH")
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), *([inherited] if inherited else [])]))
        return site

    return install


@pytest.fixture
def batch_threads() -> Callable[[], set[threading.Thread]]:
    """A function that gives the living threads that make batches and were begun since the test began."""

    def living() -> set[threading.Thread]:
        return {thread for thread in threading.enumerate() if thread.name.startswith("yzlite-batch")}

    before = living()
    return lambda: living() - before


@pytest.fixture
def yzlite(yzlite_cache: Path, tmp_path: Path) -> Callable[..., CommandResult]:
    """A function (*arguments) that runs `yzlite` in a child process, in the test's folder and cache."""

    def run(*arguments: object, **environment: str) -> CommandResult:
        done = subprocess.run(
            [sys.executable, "-c", "from yzlite_core.cli import main; main()", *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return CommandResult(done.returncode, done.stdout, done.stderr)

    return run
