"""A small dataset of sounds, a model without TensorFlow, and a cache for compiled kernels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from yzlite_audio.frontend import AudioFeatureGeneratorSettings
from yzlite_audio.generator import ParallelAudioDataGenerator
from yzlite_audio.mixin import AudioDatasetMixin
from yzlite_audio.wav import write_audio_file
from yzlite_core.model.settings import Setting

pytest_plugins = ["yzlite_core.testing.fixtures"]

RATE = 8000
CLASSES = ("low", "high", "_unknown_", "_silence_")
TONES = {"low": 300.0, "high": 2000.0, "middle": 800.0, "other": 1300.0}


class Model(AudioDatasetMixin):
    batch_size = Setting(int, default=4, doc="As in TrainMixin.")


@pytest.fixture(scope="session", autouse=True)
def kernel_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep compiled kernels out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YZLITE_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset that tests only read: ten clips of 0.4 s in each of four folders, and background noise."""
    return write_dataset(tmp_path_factory.mktemp("tones"), dict.fromkeys(TONES, 10))


@pytest.fixture
def make_folder(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a dataset with so many clips in each folder and returns its folder."""
    return lambda name, **counts: write_dataset(tmp_path / name, counts)


@pytest.fixture
def make_generator() -> Callable[..., ParallelAudioDataGenerator]:
    """A function that makes a generator for half a second at 8 kHz, of which settings can be replaced."""

    def make(**settings) -> ParallelAudioDataGenerator:
        front_end = AudioFeatureGeneratorSettings(
            sample_rate_hz=RATE,
            sample_length_ms=500,
            window_size_ms=32,
            window_step_ms=20,
            filterbank_n_channels=16,
            filterbank_upper_band_limit=3500.0,
        )
        defaults = {"cores": 1, "validation_split": 0.2, "frontend_settings": front_end}
        return ParallelAudioDataGenerator(**{**defaults, **settings})

    return make


@pytest.fixture
def make_sound(make_generator):
    """A function that makes a generator without the front end: what it makes are the clips themselves."""

    def make(**settings) -> ParallelAudioDataGenerator:
        raw = {"frontend_enabled": False, "sample_shape": (RATE // 2,), "trim_threshold_db": None}
        return make_generator(**{**raw, **settings})

    return make


@pytest.fixture
def make_model(shared_folder: Path, make_generator):
    """A function that makes a model of the shared folder, of which settings can be replaced."""

    def make(**settings) -> Model:
        generator = settings.pop("datagen", None) or make_generator()
        return Model(datagen=generator, **{"dataset": shared_folder, "classes": CLASSES, **settings})

    return make


def write_dataset(root: Path, counts: dict[str, int]) -> Path:
    rng = np.random.default_rng(0)
    time = np.arange(RATE * 4 // 10) / RATE
    for label, count in counts.items():
        (root / label).mkdir(parents=True)
        for number in range(count):
            tone = 0.4 * np.sin(2 * np.pi * (TONES[label] * time + rng.random()))
            write_audio_file(root / label / f"{number:03d}.wav", tone * rng.uniform(0.5, 1), RATE)
    (root / "_noise_").mkdir()
    for number in range(2):
        write_audio_file(root / "_noise_" / f"{number}.wav", rng.uniform(-0.5, 0.5, 2 * RATE), RATE)
    return root
