"""Run a module of this package in a process of its own: for what may crash, or must not be imported here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def run_module(
    module: str,
    *arguments: str,
    cwd: str | os.PathLike[str],
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run `python -m module` to its end; the process is killed if this one is interrupted.

    Args:
        module: Dotted name of a module of this package.
        *arguments: Its command line.
        cwd: Its working directory; not the user's, whose modules would be found before installed ones.
        environment: Variables to set beside those of this process.
        timeout: Seconds.

    Returns:
        Its exit code (negative: the signal that killed it), and what it printed, errors apart.

    Raises:
        subprocess.TimeoutExpired: If it took longer than `timeout`.
    """
    search_path = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=cwd,
        env={**os.environ, **(environment or {}), "PYTHONPATH": os.pathsep.join(search_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=timeout,
        check=False,
    )
