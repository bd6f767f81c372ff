"""The archive of a model: a plain zip that holds all of a run, and whose code is not trusted blindly."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from yzlite_core.clock import build_time
from yzlite_core.errors import ArchiveError, UntrustedError
from yzlite_core.files import cache_dir, replacing, sha256, write_json

ARCHIVE_SUFFIX = ".yzlite.zip"

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
        ArchiveError: If it cannot be written.
    """
    moment = time.gmtime(min(max(build_time(), _OLDEST_IN_ZIP), _YOUNGEST_IN_ZIP))
    try:
        contents = {} if base is None else _contents(base)
        contents |= {name: file.read_bytes() for name, file in members.items()}
        with replacing(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in sorted(contents):
                info = zipfile.ZipInfo(name, moment[:6])
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                archive.writestr(info, contents[name])
    except OSError as error:
        raise ArchiveError(f"The archive {path} cannot be written: {error.strerror or error}") from error
    return sorted(contents)


def _contents(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def extract_member(archive: Path, name: str, folder: Path) -> Path:
    """Extract one member into `folder` and return its path.

    Raises:
        ArchiveError: If the archive cannot be read, has no such member, or it would leave the folder.
    """
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts:
        raise ArchiveError(f"The member {name} of {archive} would leave its folder")
    try:
        with zipfile.ZipFile(archive) as opened:
            content = opened.read(name)
    except KeyError:
        raise ArchiveError(
            f"{archive} holds no {name}", hint="was the model trained when the archive was made?"
        ) from None
    except (OSError, zipfile.BadZipFile, EOFError) as error:
        raise ArchiveError(f"{archive} cannot be read as an archive: {error}") from error
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return target


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
