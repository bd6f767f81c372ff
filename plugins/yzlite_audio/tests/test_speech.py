"""Words that a synthesiser speaks: a model of the audio plugin knows them from voices it never heard."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from yzlite_audio.wav import write_audio_file

pytestmark = pytest.mark.speech

WORDS = ("yes", "no", "stop", "go")
OTHER_WORDS = ("bird", "house", "seven", "three", "marvin", "wow")
ACCENTS = ("en", "en-us", "en-gb-scotland", "en-gb-x-rp", "en-029")
SPEAKERS = {
    "training": ("", "+m1", "+m3", "+m4", "+m6", "+m8", "+f1", "+f3", "+f4"),
    "evaluation": ("+m2", "+m7", "+f2", "+f5"),
}
WAYS = {"training": ((130, 35), (160, 50), (190, 65)), "evaluation": ((150, 45),)}
"""Words a minute, and pitch from 0 to 99."""

SPECIFICATION = """
    # @yzlite_model
    import math
    from pathlib import Path

    import keras

    from yzlite_core import (
        AudioDatasetMixin, AudioFeatureGeneratorSettings, EvaluateClassifierMixin,
        ParallelAudioDataGenerator, TrainMixin, YZLiteModel,
    )

    class Speech(YZLiteModel, TrainMixin, AudioDatasetMixin, EvaluateClassifierMixin):
        pass

    def load_data(subset):
        folder = "evaluation" if subset == "evaluation" else "training"
        return str(Path(__file__).parent / "words" / folder)

    def build(model):
        network = keras.Sequential([keras.layers.Input(model.input_shape)])
        for filters, size, strides in ((24, 7, 2), (32, 3, 1), (48, 3, 2), (48, 3, 1)):
            network.add(keras.layers.Conv2D(filters, size, strides, padding="same", use_bias=False))
            network.add(keras.layers.BatchNormalization(momentum=0.9))
            network.add(keras.layers.ReLU())
        network.add(keras.layers.GlobalAveragePooling2D())
        network.add(keras.layers.Dropout(0.2))
        network.add(keras.layers.Dense(model.n_classes, activation="softmax"))
        network.compile(loss=model.loss, optimizer=model.optimizer, metrics=model.metrics)
        return network

    my_model = Speech()
    my_model.dataset = load_data
    my_model.classes = ["yes", "no", "stop", "go", "_unknown_", "_silence_"]
    my_model.build_model_function = build
    my_model.epochs = 20
    my_model.optimizer = "adam"
    my_model.checkpoint["monitor"] = "val_loss"

    def cosine_decay(epoch):  # ends calm, whatever the machine: the weights of the last epochs differ little
        return 0.003 * 0.5 * (1 + math.cos(math.pi * epoch / my_model.epochs))

    my_model.lr_schedule = cosine_decay
    my_model.datagen = ParallelAudioDataGenerator(
        cores=0.5,
        dtype="int8",
        frontend_settings=AudioFeatureGeneratorSettings(
            window_size_ms=30, window_step_ms=20, filterbank_n_channels=40
        ),
        validation_split=0.1,
        unknown_class_percentage=2.0,
        silence_class_percentage=0.5,
        offset_range=(0.0, 1.0),
        loudness_range=(0.5, 1.5),
        bg_noise_dir="_background_noise_",
        bg_noise_range=(0.0, 0.1),
    )
"""


@pytest.fixture
def spoken_words(tmp_path: Path) -> Path:
    """A folder `words` with a training and an evaluation set, which have no speaker in common."""
    espeak = shutil.which("espeak-ng")
    assert espeak is not None, "espeak-ng is not installed"
    for subset, speakers in SPEAKERS.items():
        takes = list(itertools.product(ACCENTS, speakers, WAYS[subset]))
        for word in (*WORDS, *OTHER_WORDS):
            folder = tmp_path / "words" / subset / word
            folder.mkdir(parents=True)
            for number, (accent, speaker, (pace, pitch)) in enumerate(takes):
                voice = ("-v", accent + speaker, "-s", str(pace), "-p", str(pitch))
                subprocess.run([espeak, *voice, "-w", str(folder / f"{number:03d}.wav"), word], check=True)
        noises = tmp_path / "words" / subset / "_background_noise_"
        noises.mkdir()
        white = np.random.default_rng(len(speakers)).normal(size=16000 * 10)
        brown = np.cumsum(white - white.mean())
        for name, noise in {"white": white, "brown": brown}.items():
            write_audio_file(noises / f"{name}.wav", 0.5 * noise / np.abs(noise).max(), 16000)
    return tmp_path / "words"


def test_words_of_voices_never_heard(yzlite, make_script, spoken_words):
    script = make_script("speech", SPECIFICATION)
    done = yzlite("run", script, "--json")
    assert done.code == 0, done.stderr
    results = done.json["stages"]["evaluate"]
    assert results["subset"] == "evaluation"
    assert results["tflite"]["accuracy"] >= 0.85
    assert results["tflite"]["accuracy"] >= results["keras"]["accuracy"] - 0.02
