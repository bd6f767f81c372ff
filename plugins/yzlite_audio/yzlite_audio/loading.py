"""From a model's settings to one subset of its sounds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from yzlite_audio.generator import ParallelAudioDataGenerator
from yzlite_core.plugin import Batches
from yzlite_core.plugin.data import (
    FolderData,
    SampleSet,
    Split,
    SubsetLoader,
    Targets,
    folder_data,
    named_data,
)


class SoundLoader(SubsetLoader):
    """Loads the subsets of a model of sounds: class folders of sound files."""

    def resolve(self) -> FolderData:
        """Return the folders that the model's `dataset` names."""
        return folder_data(self.model, named_data(self.model))

    def read(
        self, generator: ParallelAudioDataGenerator, part: Path, classes: Sequence[str], split: Split | None
    ) -> SampleSet:
        """Return clips of a folder."""
        listing = self.listing(part, classes, split)
        return SampleSet.of_listing(listing, generator.read(listing))

    @property
    def reading(self) -> dict[str, Any]:
        """How clips are read: `sample_rate`."""
        return dict(self.datagen.reading)

    def batches(
        self, generator: ParallelAudioDataGenerator, samples: SampleSet, targets: Targets, **how: Any
    ) -> Batches:
        """Return batches of clips; background noise is that of their folder, or of the training data."""
        noise = generator.bg_noise_dir or "."
        own = None if samples.listing is None else samples.listing.root
        places = [place for place in (own, self.data.training) if place is not None]
        return generator.batches(
            samples.source,
            targets,
            listing=samples.listing,
            directory=next((place for place in places if (place / noise).is_dir()), own),
            **how,
        )
