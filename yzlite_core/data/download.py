"""Fetch a file, verify it, and extract the archive that it is."""

from __future__ import annotations

import hashlib
import http.client
import shutil
import sys
import tarfile
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Iterator
from lzma import LZMAError
from os import PathLike
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from yzlite_core.errors import DownloadError
from yzlite_core.support.files import replacing, sha256, write_atomic
from yzlite_core.support.folders import made_once, put_by_hand

_CHUNK = 1 << 20
_ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}  # by the number of digits
_DAMAGED = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, LZMAError, EOFError, OSError),
    *(RuntimeError, KeyError),  # an encrypted zip, a link to nothing
)


def download_verify_extract(
    url: str,
    dest_dir: str | PathLike[str],
    *,
    file_hash: str | None = None,
    remove_root_dir: bool = False,
    show_progress: bool = False,
    timeout: float = 30.0,
) -> Path:
    """Return the folder of an archive's content, which is fetched the first time or when the hash changes.

    Without a known hash, that of the first download is written to `<dest_dir>.sha256`, and a later
    download has to be the same. A folder that was put at `dest_dir` by hand is taken as it is.

    Args:
        url: Address of a .zip or of a .tar, also compressed (gzip, bzip2, xz).
        dest_dir: The folder; it is there entirely or not at all.
        file_hash: MD5, SHA-1, SHA-256 or SHA-512 of the archive, as hexadecimal digits.
        remove_root_dir: Leave out the outermost folder of the archive.
        show_progress: Print to the standard error how far the download is.
        timeout: Seconds without an answer after which the download fails.

    Returns:
        `dest_dir`.

    Raises:
        DownloadError: The archive could not be fetched, is another than expected, is damaged, or holds
            a member that would be written outside `dest_dir`.
    """
    target = Path(dest_dir)
    if put_by_hand(target):
        return target

    def fetch(folder: Path) -> None:
        actual = fetch_archive(
            url,
            folder,
            file_hash=file_hash,
            remove_root_dir=remove_root_dir,
            show_progress=show_progress,
            timeout=timeout,
        )
        if file_hash is None:
            _compare_with_first(url, actual, target.with_name(f"{target.name}.sha256"))

    return made_once(target, {"url": url, "hash": file_hash, "remove_root_dir": remove_root_dir}, fetch)


def fetch_archive(
    url: str,
    folder: Path,
    *,
    file_hash: str | None = None,
    remove_root_dir: bool = False,
    show_progress: bool = False,
    timeout: float = 30.0,
) -> str:
    """Download an archive, verify it, and extract it into a folder; the archive itself is not kept.

    Args and errors are those of `download_verify_extract`.

    Returns:
        The SHA-256 of the archive.
    """
    archive = folder.with_name(f"{folder.name}.archive")
    try:
        download_url(url, archive, file_hash=file_hash, show_progress=show_progress, timeout=timeout)
        extract_archive(archive, folder, remove_root_dir=remove_root_dir)
        return sha256(archive)
    finally:
        archive.unlink(missing_ok=True)


def download_url(
    url: str,
    path: str | PathLike[str],
    *,
    file_hash: str | None = None,
    show_progress: bool = False,
    timeout: float = 30.0,
) -> Path:
    """Download a file.

    Args:
        url: Its address.
        path: Where to write it; a file that is there is replaced when the download is complete.
        file_hash: MD5, SHA-1, SHA-256 or SHA-512 as hexadecimal digits.
        show_progress: Print to the standard error how far it is.
        timeout: Seconds without an answer after which the download fails.

    Returns:
        `path`.

    Raises:
        DownloadError: It could not be fetched or is another file than expected.
    """
    expected = None if file_hash is None else file_hash.lower()
    if expected is not None and len(expected) not in _ALGORITHMS:
        raise DownloadError(
            f"'{file_hash}' is not a hash that is known", hint="give an MD5, SHA-1, SHA-256 or SHA-512"
        )
    digest = hashlib.new(_ALGORITHMS[len(expected or "") or 64], usedforsecurity=False)
    with replacing(path) as temporary:
        try:
            with temporary.open("wb") as file:
                for chunk in _chunks(url, timeout, show_progress):
                    file.write(chunk)
                    digest.update(chunk)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise DownloadError(
                f"'{url}' could not be downloaded: {_reason(error)}",
                hint="check the address and the network connection",
            ) from error
        if expected not in (None, digest.hexdigest()):
            raise DownloadError(
                f"'{url}' is not the expected file: its hash is {digest.hexdigest()}, not {expected}",
                hint="download it again; if that does not help, its publisher has changed it",
            )
    return Path(path)


def extract_archive(
    archive: str | PathLike[str], folder: str | PathLike[str], *, remove_root_dir: bool = False
) -> None:
    """Extract the files of a .zip or .tar archive into a folder; links become copies.

    Args:
        archive: The archive.
        folder: Where to.
        remove_root_dir: Leave out the outermost folder of the archive.

    Raises:
        DownloadError: The archive is damaged or holds a member that would be written outside `folder`.
    """
    try:
        for name, content in _members(Path(archive)):
            parts = _safe_parts(name)
            target = Path(folder).joinpath(*(parts[1:] if remove_root_dir and len(parts) > 1 else parts))
            target.parent.mkdir(parents=True, exist_ok=True)
            with content, target.open("wb") as file:
                shutil.copyfileobj(content, file, _CHUNK)
    except _DAMAGED as error:
        raise DownloadError(
            f"The archive '{archive}' could not be extracted: {_reason(error)}",
            hint="if it is damaged, download it again",
        ) from error


def _chunks(url: str, timeout: float, show_progress: bool) -> Iterator[bytes]:
    """Yield what is at an address, piece by piece."""
    request = urllib.request.Request(url, headers={"User-Agent": "yzlite"})
    with urllib.request.urlopen(request, timeout=timeout) as response:
        size = int(response.headers.get("Content-Length") or 0)
        done = 0
        while chunk := response.read(_CHUNK):
            yield chunk
            done += len(chunk)
            if show_progress:
                share = f"{100 * done // size} % of {size / 1e6:.1f} MB" if size else f"{done / 1e6:.1f} MB"
                print(f"\r{url}: {share}", end="", file=sys.stderr, flush=True)
    if show_progress:
        print(file=sys.stderr)
    if size and done != size:
        raise OSError(f"the connection ended after {done} of {size} bytes")


def _members(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield the name and the content of each file in an archive."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            for entry in zipped.infolist():
                if not entry.is_dir():
                    yield entry.filename, zipped.open(entry)
    elif tarfile.is_tarfile(archive):
        with tarfile.open(archive) as tar:
            for member in tar:
                content = None if member.isdir() else tar.extractfile(member)
                if content is not None:
                    yield member.name, content
    else:
        raise tarfile.TarError("it is neither a zip nor a tar archive")


def _safe_parts(name: str) -> tuple[str, ...]:
    """Split a member's name into folders and file.

    Raises:
        DownloadError: It would leave the folder that it is extracted to.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or PureWindowsPath(name).drive:
        raise DownloadError(
            f"The archive holds '{name}', which would be written outside its folder",
            hint="do not trust this archive",
        )
    return path.parts


def _compare_with_first(url: str, actual: str, record: Path) -> None:
    if not record.exists():
        write_atomic(record, actual + "\n")
    elif (first := record.read_text(encoding="utf-8").strip()) != actual:
        raise DownloadError(
            f"'{url}' has changed since it was first downloaded: its SHA-256 is {actual}, not {first}",
            hint=f"if you trust the new file, remove '{record}'",
        )


def _reason(error: BaseException) -> str:
    if isinstance(error, urllib.error.HTTPError):
        error.close()  # it holds the connection
    elif isinstance(error, urllib.error.URLError):
        return str(error.reason)
    return str(error) or type(error).__name__
