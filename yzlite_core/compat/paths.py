"""Helpers for paths that scripts of the original take from its `utils.path`."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from yzlite_core.support.files import cache_dir

__all__ = [
    "clean_directory",
    "copy_directory",
    "create_dir",
    "create_tempdir",
    "create_user_dir",
    "fullpath",
    "recursive_listdir",
    "remove_directory",
]


def fullpath(path: str, cwd: str | None = None) -> str:
    """Return an absolute path: `~` and variables are replaced, relative ones begin at `cwd`."""
    return os.path.abspath(os.path.join(cwd or os.getcwd(), os.path.expandvars(os.path.expanduser(path))))


def create_dir(path: str) -> str:
    """Make a folder with those above it, and return its path."""
    os.makedirs(fullpath(path), exist_ok=True)
    return fullpath(path)


def create_user_dir(suffix: str = "", base_dir: str | None = None) -> str:
    """Make a folder in YZLite's cache, or in `base_dir`, and return its path."""
    return create_dir(os.path.join(base_dir or cache_dir(), suffix))


def create_tempdir(subdir: str = "") -> str:
    """Make a folder in the system's folder for temporary files, and return its path."""
    return create_dir(os.path.join(tempfile.gettempdir(), "yzlite", subdir))


def remove_directory(path: str) -> None:
    """Remove a folder with all that is in it; nothing happens if there is none."""
    shutil.rmtree(fullpath(path), ignore_errors=True)


def clean_directory(path: str) -> None:
    """Remove all that is in a folder."""
    remove_directory(path)
    create_dir(path)


def copy_directory(src: str, dst: str, exclude_dirs: list[str] | None = None) -> None:
    """Copy a folder with all that is in it, but not folders of the names in `exclude_dirs`."""
    shutil.copytree(src, dst, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*(exclude_dirs or ())))


def recursive_listdir(
    base_dir: str,
    max_depth: int = -1,
    regex: Callable[[str], object] | None = None,
    return_relative_paths: bool = False,
) -> list[str]:
    """Return the files in a folder and in those below it, sorted.

    Args:
        base_dir: The folder.
        max_depth: Folders to go down at most; -1 for all.
        regex: Takes a path, says whether it is wanted; None for all.
        return_relative_paths: Whether the paths are relative to `base_dir`.
    """
    base = Path(base_dir)
    found = []
    for path in sorted(path for path in base.rglob("*") if path.is_file()):
        relative = path.relative_to(base)
        if max_depth != -1 and len(relative.parts) - 1 > max_depth:
            continue
        if regex is None or regex(str(path)):
            found.append(str(relative if return_relative_paths else path))
    return found
