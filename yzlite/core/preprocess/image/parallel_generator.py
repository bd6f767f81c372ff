"""Forwards to yzlite-image."""

from yzlite_core import ParallelImageDataGenerator as ParallelImageDataGenerator
from yzlite_core.data.datagen import ParallelProcessParams as ParallelProcessParams
