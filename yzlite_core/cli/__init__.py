"""The command `yzlite`: one file a command, imported when it is run."""

from yzlite_core.cli.main import main

__all__ = ["main"]
