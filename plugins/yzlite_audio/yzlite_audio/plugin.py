"""The audio plugin's hook implementations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from yzlite_core.plugin import hookimpl

if TYPE_CHECKING:
    import numpy as np

    from yzlite_audio.mixin import AudioDatasetMixin
    from yzlite_core.plugin import Dataset, Problem, Sampling, ShownSample, YZLiteModel

YZLITE_CONTRACT = 1


@hookimpl
def yzlite_load_dataset(
    model: YZLiteModel, subset: str, limit: int | None, seed: int, sampling: Sampling
) -> Dataset | None:
    """Load a subset of a model of sounds, unless its class loads its data itself."""
    sounds = _audio_model(model)
    if sounds is None or sounds.loads_itself:
        return None
    return sounds.load_subset(subset, limit, seed, sampling)


@hookimpl
def yzlite_check_model(model: YZLiteModel) -> Sequence[Problem] | None:
    """Say what in a model of sounds cannot work."""
    sounds = _audio_model(model)
    if sounds is None or sounds.loads_itself:
        return None
    from yzlite_audio.checks import problems

    return list(problems(sounds))


@hookimpl
def yzlite_model_parameters(model: YZLiteModel) -> Mapping[str, Any] | None:
    """Embed the front end's settings and how samples are standardized, so that firmware can do the same."""
    sounds = _audio_model(model)
    return None if sounds is None or sounds.datagen is None else sounds.datagen.model_parameters


@hookimpl
def yzlite_show_sample(model: YZLiteModel, x: np.ndarray, file: PurePath | None) -> ShownSample | None:
    """Show what a model of sounds gets, and what comes from a sound file whatever the model."""
    from yzlite_audio.showing import is_wav, shown

    sounds = _audio_model(model)
    if sounds is None and not is_wav(file):
        return None
    return shown(x, file, None if sounds is None or sounds.datagen is None else sounds.sample_rate_hz)


def _audio_model(model: object) -> AudioDatasetMixin | None:
    from yzlite_audio.mixin import AudioDatasetMixin

    return model if isinstance(model, AudioDatasetMixin) else None
