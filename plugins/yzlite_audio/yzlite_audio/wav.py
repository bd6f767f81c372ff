"""Audio files: any of them in, as mono floating point samples; 16 bit WAV out.

WAV is read here, because a dataset has tens of thousands of small files: uncompressed, with 8, 16, 24
or 32 bits or floating point, any number of channels. Everything else is left to `soundfile`, if it is
installed.
"""

from __future__ import annotations

import io
import os
import struct
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from yzlite_core.errors import DatasetError
from yzlite_core.plugin.files import path_of, write_atomic

Float32 = npt.NDArray[np.float32]

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE


class _Format(NamedTuple):
    """What the `fmt ` chunk of a WAV file says."""

    tag: int
    channels: int
    sample_rate: int
    width: int  #: bytes of one sample of one channel


class _UnreadableError(ValueError):
    """The file is no WAV file of the kinds that are read here; the text says why."""


def read_audio_file(path: Any, return_sample_rate: bool = False, return_numpy: bool = True) -> Any:
    """Return the samples of an audio file, its channels averaged.

    Args:
        path: A WAV file, or whatever `soundfile` reads (FLAC, OGG, ...) where that is installed: a str,
            bytes, a path, or a scalar of NumPy or TensorFlow.
        return_sample_rate: Return the sample rate too.
        return_numpy: Return an array; False gives a TensorFlow tensor.

    Returns:
        Samples, float32 of shape (samples,), in -1 to 1; or (samples, sample rate in Hz).

    Raises:
        DatasetError: If the file cannot be read or decoded, or holds no sample; names the file.
    """
    path = path_of(path)
    sample, sample_rate = _decoded(path)
    if not len(sample):
        raise DatasetError(f"{os.fspath(path)} holds no sound: it has no sample", hint="remove the file")
    result: Any = sample
    if not return_numpy:
        import tensorflow as tf

        result = tf.convert_to_tensor(sample)
    return (result, sample_rate) if return_sample_rate else result


def write_audio_file(path: str | os.PathLike[str], sample: npt.ArrayLike, sample_rate: int) -> Path:
    """Write a mono WAV file of 16 bits, and return its path.

    Args:
        path: The file; a folder gets one named after the time.
        sample: int16, or floating point in -1 to 1 (cut off beyond), of shape (samples,) or (samples, 1).
        sample_rate: In Hz.

    Raises:
        DatasetError: If there is more than one channel.
    """
    samples = to_int16(sample)
    if samples.size != len(samples):
        raise DatasetError(f"{os.fspath(path)} is to be mono, but its samples have the shape {samples.shape}")
    target = Path(path)
    if target.is_dir():
        target = target / f"{time.time_ns()}.wav"
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return write_atomic(target, content.getvalue())


def to_int16(sample: npt.ArrayLike) -> npt.NDArray[np.int16]:
    """Return floating point samples as 16 bits: -1 to 1 is -32768 to 32767, and cut off beyond.

    int16 samples come back as they are.
    """
    array = np.asarray(sample)
    if array.dtype == np.int16:
        return array
    scaled: npt.NDArray[np.int16] = np.clip(array * np.float32(32768), -32768, 32767).astype(np.int16)
    return scaled


def _decoded(path: str | os.PathLike[str]) -> tuple[Float32, int]:
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise DatasetError(f"{os.fspath(path)} cannot be read: {error.strerror or error}") from error
    if not content:
        raise DatasetError(f"{os.fspath(path)} is empty", hint="remove the file")
    try:
        return _decode_wav(content)
    except _UnreadableError as reason:
        return _decode_with_soundfile(path, content, str(reason))


def _decode_wav(content: bytes) -> tuple[Float32, int]:
    form = None
    for name, body in _chunks(content):
        if name == b"fmt ":
            form = _parse_format(body)
        elif name == b"data" and form is not None:
            return _mono(_samples(body, form), form.channels), form.sample_rate
    raise _UnreadableError("it has no sound data")


def _chunks(content: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Walk over the chunks; one that was cut off, or whose length was never filled in, ends with the file."""
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise _UnreadableError("it is not a WAV file")
    position = 12
    while position + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, position)
        yield name, memoryview(content)[position + 8 : position + 8 + size]
        position += 8 + size + size % 2


def _parse_format(body: memoryview) -> _Format:
    if len(body) < 16:
        raise _UnreadableError("its header is cut off")
    tag, channels, sample_rate, _, frame_size, _ = struct.unpack_from("<HHIIHH", body)
    if tag == _EXTENSIBLE and len(body) >= 26:
        (tag,) = struct.unpack_from("<H", body, 24)
    if channels == 0 or sample_rate == 0 or frame_size % channels:
        raise _UnreadableError("its header makes no sense")
    form = _Format(tag, channels, sample_rate, frame_size // channels)
    if form.width not in {_PCM: (1, 2, 3, 4), _FLOAT: (4, 8)}.get(tag, ()):
        raise _UnreadableError(
            f"its encoding (format {tag:#x}, {form.width} bytes a sample) is not read here"
        )
    return form


def _samples(body: memoryview, form: _Format) -> Float32:
    frame_size = form.width * form.channels
    data = body[: len(body) // frame_size * frame_size]
    values: npt.NDArray[Any]
    if form.tag == _FLOAT:
        values = np.frombuffer(data, f"<f{form.width}")
        clipped: Float32 = np.clip(np.nan_to_num(values), -1, 1).astype(np.float32)
        return clipped
    if form.width == 1:
        values = np.frombuffer(data, np.uint8).astype(np.int16) - 128
    elif form.width == 3:
        padded = np.zeros((len(data) // 3, 4), np.uint8)
        padded[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        values = padded.view("<i4").ravel() >> 8
    else:
        values = np.frombuffer(data, f"<i{form.width}")
    return np.multiply(values, 2.0 ** (1 - 8 * form.width), dtype=np.float32)


def _mono(samples: Float32, channels: int) -> Float32:
    mixed: Float32 = samples if channels == 1 else samples.reshape(-1, channels).mean(axis=1)
    return mixed


def _decode_with_soundfile(path: str | os.PathLike[str], content: bytes, reason: str) -> tuple[Float32, int]:
    try:
        import soundfile
    except ImportError:
        raise DatasetError(
            f"{os.fspath(path)} cannot be decoded: {reason}",
            hint="if it is FLAC, OGG or another kind of audio file: pip install soundfile",
        ) from None
    try:
        samples, sample_rate = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    except (RuntimeError, TypeError, ValueError) as error:
        further = str(error).rpartition(": ")[2]  # without the name of the file, which is one in memory
        raise DatasetError(f"{os.fspath(path)} cannot be decoded: {reason}; {further}") from error
    return _mono(np.clip(samples, -1, 1), samples.shape[1]), int(sample_rate)
