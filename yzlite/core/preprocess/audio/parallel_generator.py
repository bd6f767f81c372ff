"""Forwards to yzlite-audio."""

from yzlite_core import ParallelAudioDataGenerator as ParallelAudioDataGenerator
