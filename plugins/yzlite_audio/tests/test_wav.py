"""Audio files, read and written."""

from __future__ import annotations

import io
import struct
import sys
import wave

import numpy as np
import pytest

from yzlite_audio.wav import read_audio_file, to_int16, write_audio_file
from yzlite_core.errors import DatasetError

VALUES = np.array([0.0, 0.5, -1.0, 0.25, -0.75])


def chunk(name, body):
    return struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) % 2)


def wav(data, *, tag=1, channels=1, rate=16000, width=2, extra=b"", before=b"", size=None):
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * channels * width, channels * width, 8 * width)
    sound = chunk(b"data", data)
    if size is not None:
        sound = sound[:4] + struct.pack("<I", size) + sound[8:]
    content = b"WAVE" + chunk(b"fmt ", form + extra) + before + sound
    return b"RIFF" + struct.pack("<I", len(content)) + content


def pcm(values, width):
    scaled = (np.asarray(values) * 2 ** (8 * width - 1)).astype(np.int64)
    if width == 1:
        return (scaled + 128).astype(np.uint8).tobytes()
    return b"".join(int(v).to_bytes(width, "little", signed=True) for v in scaled)


@pytest.fixture
def saved(tmp_path):
    def save(content, name="sound.wav"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return save


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_pcm(width, saved):
    sample = read_audio_file(saved(wav(pcm(VALUES, width), width=width)))
    assert sample.dtype == np.float32
    np.testing.assert_array_equal(sample, VALUES)


@pytest.mark.parametrize("kind", ["<f4", "<f8"])
def test_floating_point_is_cut_off_beyond_1(kind, saved):
    data = np.array([*VALUES, 1.5, -2.0, np.nan], kind)
    sample = read_audio_file(saved(wav(data.tobytes(), tag=3, width=data.itemsize)))
    assert sample.dtype == np.float32
    np.testing.assert_array_equal(sample, [*VALUES, 1.0, -1.0, 0.0])


@pytest.mark.parametrize(("tag", "width"), [(1, 3), (3, 4)])
def test_the_extensible_header(tag, width, saved):
    extra = struct.pack("<HHIH14x", 22, 8 * width, 4, tag)
    data = pcm(VALUES, width) if tag == 1 else VALUES.astype("<f4").tobytes()
    sample = read_audio_file(saved(wav(data, tag=0xFFFE, width=width, extra=extra)))
    np.testing.assert_array_equal(sample, VALUES)


def test_channels_are_averaged(saved):
    interleaved = np.stack([VALUES, VALUES / 2], axis=1).ravel()
    sample = read_audio_file(saved(wav(pcm(interleaved, 2), channels=2)))
    np.testing.assert_array_equal(sample, VALUES * 0.75)


def test_the_sample_rate_is_returned_on_demand(saved):
    sample, rate = read_audio_file(saved(wav(pcm(VALUES, 2), rate=44100)), return_sample_rate=True)
    assert rate == 44100
    assert sample.shape == (5,)


def test_other_chunks_are_passed_over(saved):
    path = saved(wav(pcm(VALUES, 2), before=chunk(b"LIST", b"odd length!")))
    np.testing.assert_array_equal(read_audio_file(path), VALUES)


@pytest.mark.parametrize("size", [0xFFFFFFFF, 12])
def test_a_recording_that_was_cut_off_is_read_to_its_end(size, saved):
    path = saved(wav(pcm(VALUES, 2), size=size))
    np.testing.assert_array_equal(read_audio_file(path), VALUES)


def test_half_a_frame_at_the_end_is_dropped(saved):
    path = saved(wav(pcm(VALUES, 2)[:-1]))
    np.testing.assert_array_equal(read_audio_file(path), VALUES[:-1])


def test_python_s_own_writer_is_understood(tmp_path):
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        file.writeframes(pcm(VALUES, 2))
    np.testing.assert_array_equal(read_audio_file(path), VALUES)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no", "not a WAV file"),
        (b"this is a text", "not a WAV file"),
        (wav(b"")[:20], "header is cut off"),
        (wav(pcm(VALUES, 2))[:36], "no sound data"),
        (wav(pcm(VALUES, 2), channels=0), "header makes no sense"),
        (wav(pcm(VALUES, 2), rate=0), "header makes no sense"),
        (wav(pcm(VALUES, 2), tag=0x11), r"format 0x11, 2 bytes a sample"),
        (wav(pcm(VALUES, 2), tag=3), r"format 0x3, 2 bytes a sample"),
    ],
)
def test_what_cannot_be_decoded_is_named(content, reason, saved, monkeypatch):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    path = saved(content)
    with pytest.raises(DatasetError, match=f"sound.wav cannot be decoded: .*{reason}") as caught:
        read_audio_file(path)
    assert str(path) in str(caught.value)


def test_a_file_without_a_sample_is_named(saved):
    with pytest.raises(DatasetError, match=r"sound\.wav holds no sound"):
        read_audio_file(saved(wav(b"")))


def test_an_empty_file_is_named(saved):
    with pytest.raises(DatasetError, match=r"sound\.wav is empty \(remove the file\)"):
        read_audio_file(saved(b""))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r"nothing\.wav cannot be read: No such file"):
        read_audio_file(tmp_path / "nothing.wav")


def test_other_formats_are_left_to_soundfile(saved):
    soundfile = pytest.importorskip("soundfile")
    content = io.BytesIO()
    soundfile.write(content, np.stack([VALUES, VALUES / 2], axis=1), 8000, format="FLAC", subtype="PCM_16")
    sample, rate = read_audio_file(saved(content.getvalue(), "sound.flac"), return_sample_rate=True)
    assert rate == 8000
    np.testing.assert_allclose(sample, VALUES * 0.75, atol=2**-15)
    with pytest.raises(DatasetError, match=r"noise\.flac cannot be decoded: [^<>]*; Format not recog"):
        read_audio_file(saved(b"this is a text", "noise.flac"))


def test_what_is_written_is_read_back(tmp_path):
    path = write_audio_file(tmp_path / "new" / "sound.wav", VALUES, 8000)
    assert path == tmp_path / "new" / "sound.wav"
    sample, rate = read_audio_file(path, return_sample_rate=True)
    assert rate == 8000
    np.testing.assert_array_equal(sample, VALUES)


def test_int16_and_a_column_are_written_as_they_are(tmp_path):
    values = np.array([[0], [32767], [-32768], [-1]], np.int16)
    sample = read_audio_file(write_audio_file(tmp_path / "sound.wav", values, 16000))
    np.testing.assert_array_equal(sample, values.ravel() / 32768)


def test_a_folder_gets_a_file(tmp_path):
    path = write_audio_file(tmp_path, VALUES, 16000)
    assert path.parent == tmp_path
    assert path.suffix == ".wav"
    np.testing.assert_array_equal(read_audio_file(path), VALUES)


def test_stereo_is_not_written(tmp_path):
    with pytest.raises(DatasetError, match=r"is to be mono.*\(5, 2\)"):
        write_audio_file(tmp_path / "sound.wav", np.zeros((5, 2)), 16000)
    assert not list(tmp_path.iterdir())


def test_full_scale_does_not_wrap():
    assert to_int16([1.0, -1.0, 2.0, -2.0, 0.5]).tolist() == [32767, -32768, 32767, -32768, 16384]


@pytest.mark.slow
def test_a_tensor_on_demand(saved):
    tensorflow = pytest.importorskip("tensorflow")
    sample = read_audio_file(saved(wav(pcm(VALUES, 2))), return_numpy=False)
    assert tensorflow.is_tensor(sample)
    np.testing.assert_array_equal(sample.numpy(), VALUES)
