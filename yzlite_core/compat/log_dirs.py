"""Folders and loggers in a model's log directory, for scripts that write results of their own."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path


class ModelLogDirs:
    """What a model offers to write into its log directory."""

    def create_log_dir(self, suffix: str = "", delete_existing: bool = False) -> str:
        """Make a folder of the log directory and return its path.

        Args:
            suffix: Its name, which may hold slashes; empty for the log directory itself.
            delete_existing: Whether what is in it is deleted first.
        """
        log_dir: str = getattr(self, "log_dir")  # noqa: B009 # of YZLiteModel
        folder = Path(log_dir) / suffix
        if delete_existing:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    def create_logger(self, name: str, parent: logging.Logger | None = None) -> logging.Logger:
        """Return a logger that writes to `<log_dir>/<name>/log.txt`, anew with each call.

        Args:
            name: The name of the folder, and of the logger.
            parent: A logger that gets the same lines.
        """
        logger = logging.Logger(name, logging.DEBUG)
        logger.parent = parent
        logger.addHandler(_LinesOf(Path(self.create_log_dir(name)) / "log.txt"))
        return logger


class _LinesOf(logging.Handler):
    """Writes each line at once and holds no file open, because nobody closes the logger of a script."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        self._path = path
        path.write_text("", encoding="utf-8")

    def emit(self, record: logging.LogRecord) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(self.format(record) + "\n")
