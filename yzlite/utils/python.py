"""`yzlite.utils.python`: helpers that existing scripts use."""

from yzlite_core.compat.python_helpers import *
