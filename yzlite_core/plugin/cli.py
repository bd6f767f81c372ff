"""The door for plugins with commands: options that all share, how a result is shown, how a failure is said.

A command returns what it found::

    >>> from yzlite_core.plugin.cli import Json, Shown, command
    >>> def taste(size: int = 96, json: Json = False) -> Shown:
    ...     return Shown({"status": "ok", "pixels": size * size}, f"{size * size} pixels")
    >>> taste(size=4).data["pixels"]
    16

As `@command` it prints that, or its JSON, or one sentence where it fails, and ends with the exit code::

    >>> try:
    ...     command(taste)(size=4)
    ... except SystemExit as end:
    ...     print("exit code", end.code)
    16 pixels
    exit code 0
"""

from __future__ import annotations

from yzlite_core.contract.stub import handed_out

__all__, __getattr__, __dir__ = handed_out(__name__)
