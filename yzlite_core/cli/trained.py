"""The .tflite that a user means, found without executing any script."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from yzlite_core.archive import ARCHIVE_SUFFIX, extract_member
from yzlite_core.errors import ArtefactNotFoundError, TfliteError
from yzlite_core.files import cache_dir
from yzlite_core.model import TEST_SUFFIX
from yzlite_core.plugins import Plugins
from yzlite_core.spec import locate


def trained_tflite(model: str, plugins: Plugins) -> bytes:
    """Return the bytes of a `.tflite` file, or of the one that a model's last run left.

    Args:
        model: A .tflite's path, an archive's path, a script's path, or a name.
        plugins: Whose folders are searched for the name.

    Raises:
        TfliteError: If the file cannot be read.
        ArtefactNotFoundError: If the model has not been trained.
    """
    if model.endswith(".tflite"):
        try:
            return Path(model).expanduser().read_bytes()
        except OSError as error:
            raise TfliteError(f"{model} cannot be read: {error.strerror}") from None
    path, test = locate(model, plugins)
    if zipfile.is_zipfile(path):
        return _of_archive(path)
    suffix = TEST_SUFFIX if test else ""
    written = cache_dir() / "models" / f"{path.stem}{suffix}" / f"{path.stem}.tflite"
    if written.is_file():
        return written.read_bytes()
    archive = path.with_name(f"{path.stem}{suffix}{ARCHIVE_SUFFIX}")
    if archive.is_file():
        return _of_archive(archive)
    raise ArtefactNotFoundError(
        f"{path.stem} has no .tflite yet: neither {written} nor {archive} exists",
        hint=f"make it with: yzlite run {model}",
    )


def _of_archive(path: Path) -> bytes:
    stem = path.name.removesuffix(".zip").removesuffix(".yzlite").removesuffix(TEST_SUFFIX)
    with tempfile.TemporaryDirectory(prefix="yzlite-") as folder:
        return extract_member(path, f"{stem}.tflite", Path(folder)).read_bytes()


def load_tflite(model: str, without: Sequence[str] | None) -> tuple[bytes, Plugins]:
    """Return the `.tflite` that `model` means, and the plugins that were loaded to find it."""
    from yzlite_core.plugins import load_plugins

    plugins = load_plugins(disabled=without or ())
    return trained_tflite(model, plugins), plugins
