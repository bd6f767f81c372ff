"""`yzlite.utils.path`: helpers that existing scripts use."""

from yzlite_core.compat.paths import *
