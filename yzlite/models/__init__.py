"""Forwards to yzlite-models."""

from yzlite_core.compat.models import __getattr__ as __getattr__
