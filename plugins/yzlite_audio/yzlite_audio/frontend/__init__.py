"""The audio front end: spectrograms in the fixed-point arithmetic of the device."""

from yzlite_audio.frontend.generator import AudioFeatureGenerator
from yzlite_audio.frontend.settings import AudioFeatureGeneratorSettings

__all__ = ["AudioFeatureGenerator", "AudioFeatureGeneratorSettings"]
