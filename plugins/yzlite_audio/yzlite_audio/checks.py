"""What in the specification of a model of sounds cannot work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from yzlite_audio.augmentation import noise_problems
from yzlite_audio.generator import UNKNOWN
from yzlite_core.plugin import Problem
from yzlite_core.plugin.data import data_problems, is_known

if TYPE_CHECKING:
    from yzlite_audio.generator import ParallelAudioDataGenerator
    from yzlite_audio.mixin import AudioDatasetMixin


def problems(model: AudioDatasetMixin) -> Iterator[Problem]:
    """Yield what cannot work; no sound is read, and no function of the user is called."""
    yield from data_problems(model, "ParallelAudioDataGenerator")
    generators = [
        generator for generator in (model.datagen, model.validation_datagen) if generator is not None
    ]
    found = [problem for generator in generators for problem in _generator_problems(generator)]
    yield from found
    shapes = [] if found else [str(generator.sample_shape) for generator in generators]
    if len(set(shapes)) > 1:
        yield Problem(
            f"datagen and validation_datagen make samples of different shapes: {' and '.join(shapes)}",
            "give both the same frontend_settings",
        )
    if is_known(model, "classes") and UNKNOWN in model.classes and model.datagen is not None:
        yield from _noise_as_a_class(model.datagen)


def _generator_problems(generator: ParallelAudioDataGenerator) -> Iterator[Problem]:
    yield from noise_problems(generator)
    if generator.frontend_enabled:
        for sentence in generator.frontend_settings.problems():
            yield Problem(f"The audio front end cannot work: {sentence}", "change frontend_settings")
    elif not is_known(generator, "sample_shape"):
        yield Problem(
            "Without the audio front end, the shape of a sample is not known",
            "set it: ParallelAudioDataGenerator(frontend_enabled=False, sample_shape=(samples, 1), ...)",
        )


def _noise_as_a_class(generator: ParallelAudioDataGenerator) -> Iterator[Problem]:
    """Yield if the folder of background noise is among the folders that the unknown class is drawn from."""
    folder = Path(generator.bg_noise_dir or "_")
    if not folder.is_absolute() and folder.parts[0][0] not in "_.":
        yield Problem(
            f"Recordings of bg_noise_dir='{folder}' would also be clips of the class '{UNKNOWN}'",
            "let the folder's name begin with an underscore",
        )
