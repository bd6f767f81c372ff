"""The archive of a model: a plain zip that holds all of a run, and whose code is not trusted blindly."""

from __future__ import annotations

import json
import re
import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from yzlite_core.errors import ArchiveError, ArchiveFileNotFoundError, UntrustedError
from yzlite_core.support.clock import build_time
from yzlite_core.support.files import cache_dir, remove_leftovers, replacing, sha256, write_atomic, write_json

ARCHIVE_SUFFIX = ".yzlite.zip"

_DAMAGE = (OSError, zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, UnicodeDecodeError)
_OLDEST_IN_ZIP, _YOUNGEST_IN_ZIP = 315532800, 4354819199  # 1980 to 2107, in seconds since 1970


def write_archive(path: Path, members: Mapping[str, Path], *, base: Path | None = None) -> list[str]:
    """Write the files as a zip, atomically; members in order of name, with the build's date.

    Args:
        path: The archive.
        members: `{name in the archive: file}`.
        base: An older archive, whose other members are kept; None keeps nothing.

    Returns:
        The names of the members.

    Raises:
        ArchiveError: If it cannot be written, or `base` cannot be read.
    """
    moment = time.gmtime(min(max(build_time(), _OLDEST_IN_ZIP), _YOUNGEST_IN_ZIP))
    contents = {} if base is None else read_members(base)
    try:
        contents |= {name: file.read_bytes() for name, file in members.items()}
        remove_leftovers(path.parent, path.name)
        with replacing(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in sorted(contents):
                info = zipfile.ZipInfo(name, moment[:6])
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                archive.writestr(info, contents[name])
    except OSError as error:
        raise ArchiveError(f"The archive {path} cannot be written: {error.strerror or error}") from error
    return sorted(contents)


def is_archive(path: Path) -> bool:
    """Tell whether a file is meant to be an archive, or is one by its contents."""
    return path.suffix == ".zip" or zipfile.is_zipfile(path)


def member_names(archive: Path) -> list[str]:
    """Return the names of an archive's files.

    Raises:
        ArchiveError: If it cannot be read, or a member would leave the folder it is extracted to.
    """
    with _opened(archive) as opened:
        return _files_in(archive, opened)


def read_members(archive: Path, names: Iterable[str] | None = None) -> dict[str, bytes]:
    """Return the contents of members, `{name: bytes}`; None reads all.

    Raises:
        ArchiveFileNotFoundError: If the archive has no such member.
        ArchiveError: If it cannot be read, or a member would leave the folder it is extracted to.
    """
    with _opened(archive) as opened:
        known = _files_in(archive, opened)
        wanted = known if names is None else list(names)
        for name in wanted:
            if name not in known:
                raise ArchiveFileNotFoundError(
                    f"{archive} holds no {name}", hint="was the model trained when the archive was made?"
                )
        return {name: opened.read(name) for name in wanted}


def extract_members(archive: Path, names: Iterable[str], folder: Path) -> list[Path]:
    """Extract members into `folder`, each atomically, and return their paths.

    Raises:
        ArchiveFileNotFoundError: If the archive has no such member.
        ArchiveError: If it cannot be read, or a member would leave the folder.
    """
    contents = read_members(archive, names)
    within = folder.resolve()
    for name in contents:
        if not (folder / name).parent.resolve().is_relative_to(within):  # by way of a link in the folder
            raise _leaves_its_folder(archive, name)
    return [write_atomic(folder / name, content) for name, content in contents.items()]


def extract_member(archive: Path, name: str, folder: Path) -> Path:
    """Extract one member into `folder` and return its path; see `extract_members`."""
    return extract_members(archive, [name], folder)[0]


@contextmanager
def _opened(archive: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(archive) as opened:
            yield opened
    except FileNotFoundError:
        raise ArchiveFileNotFoundError(
            f"There is no archive {archive}", hint="train the model first"
        ) from None
    except _DAMAGE as error:
        raise ArchiveError(
            f"{archive} cannot be read as an archive: it is cut off, damaged or no zip file ({error})"
        ) from error


def _files_in(archive: Path, opened: zipfile.ZipFile) -> list[str]:
    names = [name for name in opened.namelist() if not name.endswith("/")]
    for name in names:
        parts = re.split(r"[/\\]", name)
        if ".." in parts or not parts[0] or ":" in parts[0] or "\0" in name:
            raise _leaves_its_folder(archive, name)
    return names


def _leaves_its_folder(archive: Path, name: str) -> ArchiveError:
    return ArchiveError(
        f"The member {name} of {archive} would leave its folder",
        hint="nothing is extracted; such an archive was not made by YZLite",
    )


def trust(script: Path) -> None:
    """Remember that this user made an archive with this script, so that its code may run from there."""
    known = _trusted()
    digest = sha256(script)
    if digest not in known:
        write_json(trust_file(), sorted({*known, digest}))


def refuse_untrusted(archive: Path, script: Path) -> None:
    """Raise unless this user made an archive with exactly this script before."""
    if sha256(script) not in _trusted():
        raise UntrustedError(
            f"{archive} holds code that you have not written: {script.name}",
            hint="look at it with `unzip -p`, and pass --trust to run it",
        )


def trust_file() -> Path:
    """Return the file that holds the hashes of the scripts that may run from archives."""
    return cache_dir() / "trusted.json"


def _trusted() -> list[str]:
    try:
        return list(json.loads(trust_file().read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return []
