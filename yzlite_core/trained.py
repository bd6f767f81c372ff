"""The .tflite that a user means, found without executing any script."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yzlite_core.archive import ARCHIVE_SUFFIX, extract_member, is_archive, write_archive
from yzlite_core.errors import ArtefactNotFoundError, TfliteError
from yzlite_core.files import cache_dir, write_atomic
from yzlite_core.lock import holding
from yzlite_core.model import TEST_SUFFIX
from yzlite_core.plugins import Plugins
from yzlite_core.spec import locate


@dataclass(frozen=True)
class TrainedTflite:
    """Where the `.tflite` of a model lies: in a file, in an archive, or in both.

    Attributes:
        name: The model's name.
        file: The file; None if there is only an archive.
        archive: The archive; None if there is none, or a `.tflite` was named.
        log_dir: The log directory that `file` lies in; None if it is a file of the user's own.
    """

    name: str
    file: Path | None = None
    archive: Path | None = None
    log_dir: Path | None = None

    def read(self) -> bytes:
        """Return the `.tflite`: that of the file, else that of the archive.

        Raises:
            TfliteError: If the file cannot be read.
            ArchiveError: If the archive cannot be read, or holds none.
        """
        if self.file is not None:
            try:
                return self.file.read_bytes()
            except OSError as error:
                raise TfliteError(f"{self.file} cannot be read: {error.strerror}") from None
        assert self.archive is not None
        with tempfile.TemporaryDirectory(prefix="yzlite-") as folder:
            return extract_member(self.archive, f"{self.name}.tflite", Path(folder)).read_bytes()

    def beside(self, suffix: str, folder: Path) -> Path:
        """Return another file that the same run has left, taken out of the archive if it is only there.

        Args:
            suffix: What follows the model's name: `.keras`, `.float32.tflite`.
            folder: Where to put what comes out of the archive.

        Raises:
            ArtefactNotFoundError: If there is no such file.
            ArchiveError: If the archive cannot be read, or holds none.
        """
        if self.log_dir is not None and (self.log_dir / f"{self.name}{suffix}").is_file():
            return self.log_dir / f"{self.name}{suffix}"
        if self.archive is not None:
            return extract_member(self.archive, f"{self.name}{suffix}", folder)
        raise ArtefactNotFoundError(f"There is no {self.name}{suffix} beside {self.file}")

    def write(self, tflite: bytes) -> list[Path]:
        """Replace the `.tflite` wherever it lies, and return the files that have changed.

        Raises:
            BusyError: If a run holds the log directory.
            ArchiveError: If the archive cannot be written.
        """
        changed = []
        if self.file is not None and self.log_dir is None:
            changed.append(write_atomic(self.file, tflite))
        elif self.file is not None and self.log_dir is not None:
            with holding(self.log_dir):
                changed.append(write_atomic(self.file, tflite))
        if self.archive is not None:
            with tempfile.TemporaryDirectory(prefix="yzlite-") as folder:
                member = write_atomic(Path(folder, f"{self.name}.tflite"), tflite)
                write_archive(self.archive, {member.name: member}, base=self.archive)
            changed.append(self.archive)
        return changed


def find_trained(model: str, plugins: Plugins, *, test: bool = False) -> TrainedTflite:
    """Return where the `.tflite` of a model's last run lies.

    Args:
        model: A .tflite's path, an archive's path, a script's path, or a name.
        plugins: Whose folders are searched for the name.
        test: Whether the last run in test mode is meant, as a name's suffix `-test` also says.

    Raises:
        ArtefactNotFoundError: If the model has not been trained.
        ModelNotFoundError: If there is no such model.
    """
    if model.endswith(".tflite"):
        path = Path(model).expanduser()
        return TrainedTflite(path.stem, file=path)
    path, named_test = locate(model, plugins)
    if is_archive(path):
        stem = path.name.removesuffix(".zip").removesuffix(".yzlite").removesuffix(TEST_SUFFIX)
        return TrainedTflite(stem, archive=path)
    suffix = TEST_SUFFIX if test or named_test else ""
    log_dir = cache_dir() / "models" / f"{path.stem}{suffix}"
    written = log_dir / f"{path.stem}.tflite"
    archives = [folder / f"{path.stem}{suffix}{ARCHIVE_SUFFIX}" for folder in (path.parent, log_dir)]
    archive = next((archive for archive in archives if archive.is_file()), None)
    if written.is_file():
        return TrainedTflite(path.stem, written, archive, log_dir)
    if archive is not None:
        return TrainedTflite(path.stem, archive=archive)
    raise ArtefactNotFoundError(
        f"{path.stem} has no .tflite yet: neither {written} nor {archives[0]} exists",
        hint=f"make it with: yzlite run {model}",
    )


def load_tflite(model: str, without: Sequence[str] | None) -> tuple[bytes, Plugins]:
    """Return the `.tflite` that `model` means, and the plugins that were loaded to find it."""
    from yzlite_core.plugins import load_plugins

    plugins = load_plugins(disabled=without or ())
    return find_trained(model, plugins).read(), plugins
