"""The batch engine from outside: a source, a transform and a finish of one's own, for radar."""

from __future__ import annotations

import numpy as np
import pytest

from yzlite_core.data.batches import Batches, CachedSource
from yzlite_core.errors import UnreadableSampleError

CHIRPS, RANGES = 16, 32


class RadarRecordings:
    """Raw echoes in one file: int16 of shape (chirps, ranges, 2), real and imaginary."""

    def __init__(self, path):
        self._echoes = np.load(path, mmap_mode="r")

    def __len__(self):
        return len(self._echoes)

    def load(self, index):
        echoes = np.array(self._echoes[index])
        if not echoes.any():
            raise UnreadableSampleError(f"{self.name(index)} is empty", hint="record it again")
        return echoes

    def name(self, index):
        return f"recording {index}"


class Speckle:
    """Noise whose strength is drawn for each recording; a whole batch at once."""

    order = 10

    def draw_batch(self, numbers, samples):
        strengths = 1 + 19 * numbers.uniform(1)[:, 0]
        shapes = zip(strengths, numbers.generators, samples.shapes, strict=True)
        return np.stack([rng.normal(0, strength, shape) for strength, rng, shape in shapes])

    def apply_batch(self, data, parameters):
        return data + parameters.astype(np.float32)


def range_doppler(echoes):
    """Return the magnitudes of range-Doppler maps, shape (n, chirps, ranges, 1)."""
    spectra = np.fft.fftshift(np.fft.fft(echoes[..., 0] + 1j * echoes[..., 1], axis=1), axes=1)
    return np.log1p(np.abs(spectra))[..., np.newaxis].astype(np.float32)


@pytest.fixture
def recordings(tmp_path):
    rng = np.random.default_rng(3)
    speeds = np.where(np.arange(24) % 2, 5, -5)
    phases = 2 * np.pi * speeds[:, None] * np.arange(CHIRPS) / CHIRPS
    echoes = np.zeros((24, CHIRPS, RANGES, 2))
    echoes[:, :, 7] = 400 * np.stack([np.cos(phases), np.sin(phases)], axis=-1)
    np.save(tmp_path / "echoes.npy", (echoes + rng.normal(0, 20, echoes.shape)).astype(np.int16))
    return tmp_path / "echoes.npy"


def radar_batches(path, **how):
    source = CachedSource(RadarRecordings(path), 1 << 20, lambda kept: kept.astype(np.float32))
    targets = np.eye(2, dtype=np.float32)[np.arange(24) % 2]
    return Batches(
        source, targets, batch_size=5, transforms=[Speckle()], finish=range_doppler, shuffle=True, **how
    )


def test_batches_of_another_kind_of_samples(recordings):
    batches = radar_batches(recordings)
    assert [x.shape for x, _ in batches] == [(5, CHIRPS, RANGES, 1)] * 4 + [(4, CHIRPS, RANGES, 1)]
    for x, y in batches:
        peaks = x[..., 0].max(axis=2).argmax(axis=1) - CHIRPS // 2
        np.testing.assert_array_equal(peaks > 0, y[:, 1] == 1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_same_bytes_with_workers_and_after_an_interruption(recordings, seed):
    alone = radar_batches(recordings, seed=seed)
    alone.epoch = 2
    expected = [x.tobytes() for x, _ in alone]
    for workers in (2, 4):
        others = radar_batches(recordings, seed=seed, workers=workers)
        others.epoch = 2
        assert [x.tobytes() for x, _ in others] == expected
        assert [x.tobytes() for x, _ in others.rest(3)] == expected[3:]
        others.shutdown()


def test_a_recording_that_cannot_be_used(recordings):
    echoes = np.load(recordings)
    echoes[8] = 0
    np.save(recordings, echoes)
    with pytest.raises(UnreadableSampleError, match="recording 8 is empty"):
        list(radar_batches(recordings))
    batches = radar_batches(recordings, on_bad_sample="skip")
    assert sum(len(x) for x, _ in batches) == 23
    assert dict(batches.skipped) == {"recording 8": "recording 8 is empty"}
