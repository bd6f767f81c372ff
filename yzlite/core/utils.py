"""`yzlite.core.utils`: the logger of scripts."""

from yzlite_core.compat.logger import get_yzlite_logger as get_yzlite_logger
from yzlite_core.compat.logger import set_yzlite_logger as set_yzlite_logger
from yzlite_core.errors import ArtefactNotFoundError as ArchiveFileNotFoundError
