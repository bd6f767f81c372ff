"""Forwards to yzlite-audio."""

from yzlite_core import AudioFeatureGenerator as AudioFeatureGenerator
from yzlite_core import AudioFeatureGeneratorSettings as AudioFeatureGeneratorSettings
