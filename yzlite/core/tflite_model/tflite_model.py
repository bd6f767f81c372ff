"""Forwards to yzlite-core."""

from yzlite_core import TfliteModel as TfliteModel
