"""Folders as `tf.data.Dataset`, and functions on their elements in processes."""

from __future__ import annotations

import math
import subprocess
import sys
import wave

import numpy as np
import pytest

from yzlite.core.preprocess.utils import tf_dataset

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),  # TensorFlow's own
]


@pytest.fixture
def folder(tmp_path):
    for label in ("yes", "no", "seven"):
        (tmp_path / label).mkdir()
        for number in range(4):
            (tmp_path / label / f"{number}.wav").touch()
            (tmp_path / label / f"{number}.png").touch()
    return tmp_path


def test_paths_of_sounds_with_the_special_classes(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("YZLITE_CACHE_DIR", str(tmp_path / "cache"))
    counts: dict[str, int] = {}
    classes = ["yes", "no", "_unknown_", "_silence_"]
    samples, labels = tf_dataset.load_audio_directory(
        folder, classes, class_counts=counts, onehot_encode=True, shuffle=True, sample_rate_hz=8000
    )
    assert counts == dict.fromkeys(classes, 4)
    found = [path.numpy().decode() for path in samples]
    ids = np.array([label.numpy() for label in labels]).argmax(axis=1)
    for path, number in zip(found, ids, strict=True):
        assert path.endswith("8000hz.wav") if number == 3 else classes[number] in path or "seven" in path
    with wave.open(next(path for path in found if "8000hz" in path)) as silence:
        assert (silence.getframerate(), silence.getnframes()) == (8000, 8000)


def test_paths_of_images_of_a_share(folder):
    samples, labels = tf_dataset.load_image_directory(folder, ["no", "yes"], split=(0.0, 0.5))
    assert [path.numpy().decode().rpartition("/")[2] for path in samples] == ["0.png", "1.png"] * 2
    assert [int(label) for label in labels] == [0, 0, 1, 1]


def test_functions_are_called_in_processes():
    import tensorflow as tf

    numbers = tf.data.Dataset.from_tensor_slices(np.arange(10, dtype=np.float32).reshape(10, 1))
    negative, processes = tf_dataset.parallel_process(numbers, np.negative, n_jobs=2, env={"HELLO": "you"})
    np.testing.assert_array_equal([x.numpy() for x in negative], -np.arange(10).reshape(10, 1))
    parts, same = tf_dataset.parallel_process(
        numbers.map(lambda x: x[0] + 0.25), math.modf, dtype=(np.float32, np.float64), pool=processes
    )
    assert same is processes
    assert [(float(a), float(b)) for a, b in parts] == [(0.25, n) for n in range(10)]
    processes.shutdown()


def test_tensors_take_after_arrays():
    code = """
import tensorflow as tf
from yzlite.core.preprocess.utils.tf_dataset import enable_numpy_behavior
assert enable_numpy_behavior()
assert tf.constant([[1, 2]]).T.shape == (2, 1)
"""  # for good, so not in this process
    subprocess.run([sys.executable, "-c", code], check=True)
