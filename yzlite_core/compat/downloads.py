"""Downloads under the arguments that scripts of the original use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from yzlite_core.data import download
from yzlite_core.support.files import cache_dir

__all__ = ["download_url", "download_verify_extract"]


def download_verify_extract(
    url: str,
    dest_dir: str | None = None,
    dest_subdir: str | None = None,
    file_hash: str | None = None,
    show_progress: bool = False,
    remove_root_dir: bool = False,
    **kwargs: Any,
) -> str:
    """Return the folder of an archive's content, which is fetched the first time or when the hash changes.

    Args:
        url: The archive.
        dest_dir: The folder; None for one in YZLite's cache.
        dest_subdir: A folder within it; by default named after the archive.
        file_hash: What the archive's hash has to be; None takes it for what it is the first time.
        show_progress: Whether a line tells how far it is.
        remove_root_dir: Whether a single folder that holds everything is left out.
        **kwargs: Accepted for older scripts.

    Raises:
        DownloadError: If it cannot be fetched, or is not what it should be.
    """
    within = dest_subdir or ("" if dest_dir else Path(url.rpartition("/")[2]).stem)
    folder = Path(os.path.expanduser(dest_dir) if dest_dir else cache_dir()) / within
    return str(
        download.download_verify_extract(
            url, folder, file_hash=file_hash, show_progress=show_progress, remove_root_dir=remove_root_dir
        )
    )


def download_url(url: str, dst_path: str, show_progress: bool = False, **kwargs: Any) -> str:
    """Download a file and return its path.

    Args:
        url: The file.
        dst_path: Where to.
        show_progress: Whether a line tells how far it is.
        **kwargs: Accepted for older scripts.

    Raises:
        DownloadError: If it cannot be fetched.
    """
    return str(download.download_url(url, Path(dst_path), show_progress=show_progress))
