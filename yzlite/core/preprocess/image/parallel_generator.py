"""Forwards to yzlite-image."""

from yzlite_core import ParallelImageDataGenerator as ParallelImageDataGenerator
