"""Show files to whoever sits before the screen."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path


def show_files(files: Iterable[Path], log: logging.Logger) -> None:
    """Open files with the programs that the desktop has for them, or say where they are."""
    import typer

    for file in files:
        if not file.is_file():
            log.warning(f"There is nothing to show: {file} was not written")
        elif typer.launch(str(file)) != 0:
            log.info(f"Look at {file}")
