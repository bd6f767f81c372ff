"""`yzlite.utils.hasher`: helpers that existing scripts use."""

from yzlite_core.compat.python_helpers import generate_hash as generate_hash
