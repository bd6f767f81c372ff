"""Forwards to yzlite-image."""

from yzlite_core import UniqueImageDatabase as UniqueImageDatabase
from yzlite_core import create_signature as create_signature
