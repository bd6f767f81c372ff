"""Forwards to yzlite-audio."""

from yzlite_core import ParallelAudioDataGenerator as ParallelAudioDataGenerator
from yzlite_core.data.datagen import ParallelProcessParams as ParallelProcessParams
