"""Datasets that others publish: found on this machine, or downloaded once."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from yzlite_core.errors import DownloadError
from yzlite_core.plugin.files import cache_dir, made_once, put_by_hand


@dataclass(frozen=True)
class Archive:
    """A published archive and where its content goes.

    Attributes:
        url: Its address.
        sha256: Its SHA-256, as its publisher or a well-known catalogue gives it.
        megabytes: Its size, for the printout.
        folder: Where in the dataset's folder it is extracted to.
        remove_root_dir: Whether its outermost folder is left out.
    """

    url: str
    sha256: str
    megabytes: int
    folder: str = ""
    remove_root_dir: bool = False


def downloaded_folder(name: str, archives: Sequence[Archive]) -> Path:
    """Return the folder of a published dataset.

    It is looked for as `<dir>/<name>` in the folders that `YZLITE_DATASETS` lists, then as
    `<cache>/datasets/<name>`, where it may also have been put by hand; otherwise it is downloaded there.

    Args:
        name: Name of the dataset and of its folder.
        archives: What to download and extract.

    Returns:
        The dataset's folder, complete.

    Raises:
        DownloadError: It is not on this machine and cannot be downloaded.
    """
    target = cache_dir() / "datasets" / name
    for ready in (*_listed(name), target):
        if put_by_hand(ready):
            return ready

    def fetch(folder: Path) -> None:
        from yzlite_core.plugin.data import fetch_archive

        for archive in archives:
            print(f"Downloading '{name}' ({archive.megabytes} MB, once, to {target})", file=sys.stderr)
            fetch_archive(
                archive.url,
                folder / archive.folder,
                file_hash=archive.sha256,
                remove_root_dir=archive.remove_root_dir,
                show_progress=sys.stderr.isatty(),
            )

    try:
        return made_once(target, {"archives": [asdict(archive) for archive in archives]}, fetch)
    except DownloadError as error:
        raise DownloadError(
            f"The dataset '{name}' is not on this machine, and {error.message}",
            hint=f"put its extracted folder at '{target}' or set YZLITE_DATASETS to the folder that holds it",
        ) from error


def _listed(name: str) -> list[Path]:
    folders = os.environ.get("YZLITE_DATASETS", "").split(os.pathsep)
    return [Path(folder).expanduser().absolute() / name for folder in folders if folder]
