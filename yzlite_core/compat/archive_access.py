"""Files of a model's archive, for scripts of the original toolkit that read and add some themselves."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable
from pathlib import Path

from yzlite_core.errors import ArchiveError, ArchiveFileNotFoundError
from yzlite_core.model.archive import extract_members, member_names, write_archive


class ModelArchive:
    """What a model offers of its archive, `<name>.yzlite.zip`."""

    @property
    def tflite_archive_path(self) -> str:
        """The `.tflite` of the archive, extracted into a temporary folder.

        Raises:
            ArchiveFileNotFoundError: If there is none.
        """
        return self.get_archive_file(f"{_text(self, 'name')}.tflite")

    @property
    def h5_archive_path(self) -> str:
        """The Keras model of the archive as an `.h5`, written into a temporary folder.

        Raises:
            ArchiveFileNotFoundError: If there is none.
        """
        name = _text(self, "name")
        if f"{name}.h5" in self._members():
            return self.get_archive_file(f"{name}.h5")
        saved = Path(self.get_archive_file(f"{name}.keras"))
        import keras

        network = keras.models.load_model(
            saved, custom_objects=getattr(self, "keras_custom_objects", None), compile=False
        )
        network.save(saved.with_suffix(".h5"))
        return str(saved.with_suffix(".h5"))

    def check_archive_file_is_writable(self, throw_exception: bool = False) -> bool:
        """Tell whether the archive can be written.

        Args:
            throw_exception: Raise ArchiveError instead of returning False.
        """
        path = Path(_text(self, "archive_path"))
        writable = os.access(path if path.exists() else path.parent, os.W_OK)
        if throw_exception and not writable:
            raise ArchiveError(f"The archive {path} cannot be written")
        return writable

    def get_archive_file(self, name: str, dest_dir: str | Path | None = None) -> str:
        """Extract a file of the archive and return its path.

        Args:
            name: Its name in the archive, e.g. `train/training-history.json`.
            dest_dir: Where to; None for a temporary folder.

        Raises:
            ArchiveFileNotFoundError: If there is no such file.
        """
        return str(self._extracted([name] if name in self._members() else [], name, dest_dir) / name)

    def get_archive_dir(self, name: str, dest_dir: str | Path | None = None) -> str:
        """Extract a folder of the archive and return its path.

        Args:
            name: Its name in the archive, e.g. `train`.
            dest_dir: Where to; None for a temporary folder.

        Raises:
            ArchiveFileNotFoundError: If there is no such folder.
        """
        folder = name.rstrip("/")
        within = [member for member in self._members() if member.startswith(f"{folder}/")]
        return str(self._extracted(within, name, dest_dir) / folder)

    def add_archive_file(self, name: str | Path) -> None:
        """Add a file of the log directory to the archive, under its name there.

        Args:
            name: Its path, or its path in the log directory.

        Raises:
            ArchiveFileNotFoundError: If there is no such file.
        """
        file = Path(_text(self, "log_dir")) / name
        if not file.is_file():
            raise ArchiveFileNotFoundError(f"There is no file {file} to add to the archive")
        self._add([file])

    def add_archive_dir(self, base: str | Path, create_new: bool = False, recursive: bool = False) -> None:
        """Add the files of a folder of the log directory to the archive, under their names there.

        Args:
            base: Its path, or its path in the log directory.
            create_new: Whether what the archive held before is dropped.
            recursive: Whether the folders in it are added, too.
        """
        folder = Path(_text(self, "log_dir")) / base
        files = sorted(folder.rglob("*") if recursive else folder.glob("*"))
        self._add([file for file in files if file.is_file()], keep=not create_new)

    def _add(self, files: Iterable[Path], *, keep: bool = True) -> None:
        root, archive = Path(_text(self, "log_dir")), Path(_text(self, "archive_path"))
        members = {
            (file.relative_to(root) if file.is_relative_to(root) else Path(file.name)).as_posix(): file
            for file in files
        }
        write_archive(archive, members, base=archive if keep and archive.is_file() else None)

    def _members(self) -> list[str]:
        path = Path(_text(self, "archive_path"))
        if not path.is_file():
            raise ArchiveFileNotFoundError(f"There is no archive {path}", hint="has the model been trained?")
        return member_names(path)

    def _extracted(self, names: list[str], asked: str, dest_dir: str | Path | None) -> Path:
        archive = Path(_text(self, "archive_path"))
        if not names:
            raise ArchiveFileNotFoundError(f"{archive} holds no {asked}", hint="has the model been trained?")
        folder = Path(dest_dir) if dest_dir is not None else Path(tempfile.mkdtemp(prefix="yzlite-"))
        if dest_dir is None:
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        extract_members(archive, names, folder)
        return folder


def _text(model: ModelArchive, name: str) -> str:
    """Return a property that YZLiteModel, of which this is a base, declares."""
    value: str = getattr(model, name)
    return value
