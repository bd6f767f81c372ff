"""`yzlite.utils.logger`: the logger of scripts."""

from yzlite_core.compat.logger import get_logger as get_logger
