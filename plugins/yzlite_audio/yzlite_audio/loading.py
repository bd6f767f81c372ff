"""From a model's settings to one subset of its sounds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from yzlite_audio.generator import ParallelAudioDataGenerator
from yzlite_core.plugin import Batches
from yzlite_core.plugin.data import SampleSet, SubsetLoader, Targets


class SoundLoader(SubsetLoader):
    """Loads the subsets of a model of sounds: class folders of sound files."""

    def batches(
        self, generator: ParallelAudioDataGenerator, samples: SampleSet, targets: Targets, **how: Any
    ) -> Batches:
        """Return batches of clips; background noise is that of their folder, or of the training data."""
        noise = Path(generator.bg_noise_dir or ".")
        own = None if samples.listing is None else samples.listing.root
        if own is not None and not (own / noise).is_dir() and (self.data.training / noise).is_dir():
            generator = generator.copied(bg_noise_dir=self.data.training / noise)
        return super().batches(generator, samples, targets, **how)
