from __future__ import annotations

import numpy as np
import pytest

from yzlite_audio.sources import clip_source, noise_source
from yzlite_audio.wav import write_audio_file
from yzlite_core.errors import DatasetError

RAMP = (np.arange(-50, 50) * 300).astype(np.int16)


@pytest.fixture
def ramp(tmp_path):
    return write_audio_file(tmp_path / "ramp.wav", RAMP, 8000)


def test_a_clip_is_decoded_exactly_and_once(ramp):
    source = clip_source([ramp], 8000, 10, cache_mb=1)
    first = source.load(0)
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first * 32768, RAMP)
    first[:] = 9
    ramp.unlink()
    np.testing.assert_array_equal(source.load(0) * 32768, RAMP)
    assert source.name(0) == str(ramp)


def test_without_a_cache_the_file_is_read_each_time(ramp):
    source = clip_source([ramp], 8000, 10, cache_mb=0)
    source.load(0)
    ramp.unlink()
    with pytest.raises(DatasetError, match=r"ramp\.wav"):
        source.load(0)


def test_silence_needs_no_file():
    source = clip_source([None], 8000, 123, cache_mb=1)
    silence = source.load(0)
    assert silence.shape == (123,)
    assert silence.dtype == np.float32
    assert not silence.any()
    assert source.name(0) == "sample 0"


def test_another_sample_rate_is_converted(tmp_path):
    time = np.arange(44100) / 44100
    path = write_audio_file(tmp_path / "tone.wav", 0.5 * np.sin(2 * np.pi * 440 * time), 44100)
    clip = clip_source([path], 16000, 10, cache_mb=1).load(0)
    assert clip.shape == (16000,)
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    np.testing.assert_allclose(clip[500:-500], expected[500:-500], atol=1e-3)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no sound at all"])
def test_a_broken_file_is_named(tmp_path, content):
    path = tmp_path / "broken.wav"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"broken\.wav"):
        clip_source([path], 8000, 10, cache_mb=1).load(0)


def test_recordings_of_noise_are_found_in_all_depths(tmp_path, ramp):
    for name in ("inner/b.WAV", "a.wav", ".hidden.wav", "notes.txt"):
        path = tmp_path / "noise" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(ramp.read_bytes())
    source = noise_source(tmp_path / "noise", 8000, cache_mb=1)
    assert [source.name(index) for index in range(len(source))] == [
        str(tmp_path / "noise" / name) for name in ("a.wav", "inner/b.WAV")
    ]
    np.testing.assert_array_equal(source.load(1) * 32768, RAMP)
    assert source.load(1) is source.load(1)


def test_missing_noise_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r"There is no folder of background noise .*gone"):
        noise_source(tmp_path / "gone", 8000, cache_mb=1)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="empty holds no recording"):
        noise_source(tmp_path / "empty", 8000, cache_mb=1)
