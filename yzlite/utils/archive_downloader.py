"""`yzlite.utils.archive_downloader`: helpers that existing scripts use."""

from yzlite_core.compat.downloads import *
