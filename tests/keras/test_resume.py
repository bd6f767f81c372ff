"""A training that was killed goes on as if nothing had happened."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from yzlite_core.errors import TrainingError
from yzlite_core.keras.encoding import DamagedFileError, read_npz, write_npz
from yzlite_core.keras.state import no_such_epoch
from yzlite_core.model.weights import find_weights, kept_epochs, state_path
from yzlite_core.run.execution import execute
from yzlite_core.run.prepare import prepare
from yzlite_core.run.request import Request

TINY = '''
# @yzlite_model
import os, signal
import keras
import numpy as np
from yzlite_core import DatasetMixin, TrainMixin, YZLiteModel


class Steps(keras.utils.PyDataset):
    """Draws from a generator of its own, in whichever order it is asked."""

    def __init__(self, x, y):
        super().__init__()
        self.x, self.y, self.rng = x, y, np.random.default_rng(1)

    def __len__(self):
        return 6

    def __getitem__(self, i):
        x = self.x[i * 32 : i * 32 + 32]
        return x + self.rng.normal(scale=0.1, size=x.shape) + np.random.normal(), self.y[i * 32 : i * 32 + 32]


class Killer(keras.callbacks.Callback):
    """Kills the process in the middle of an epoch."""

    def on_train_batch_end(self, batch, logs=None):
        if self.params["epochs"] and self.epoch == 4 and batch == 2 and os.environ.get("KILL") == "batch":
            os.kill(os.getpid(), signal.SIGKILL)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch


class Tiny(YZLiteModel, TrainMixin, DatasetMixin):
    def load_dataset(self, subset, test=False, **kwargs):
        rng = np.random.default_rng(["training", "validation", "evaluation"].index(subset))
        labels = rng.integers(0, 3, 240)
        self.x = (rng.normal(scale=0.8, size=(240, 8)) + labels[:, None]).astype("float32")
        self.y = np.eye(3, dtype="float32")[labels]
        if subset == "training":
            if os.environ.get("DATA") == "steps":
                self.validation_data = (self.x[:60], self.y[:60])
                self.x, self.y = Steps(self.x, self.y), None
            else:
                self.validation_split = 0.25


my_model = Tiny()
my_model.classes = ["a", "b", "c"]
my_model.input_shape = (8,)
my_model.epochs = 7
my_model.checkpoint["monitor"] = "loss"
my_model.early_stopping = {"monitor": "val_loss", "patience": 5, "min_delta": 0.001}
my_model.reduce_lr_on_plateau = {"monitor": "loss", "patience": 1, "min_delta": 0.1, "factor": 0.5}
my_model.train_callbacks = [Killer()] if os.environ.get("KILL") == "batch" else []


def build(my_model):
    keras_model = keras.Sequential(
        [
            keras.layers.InputLayer(my_model.input_shape),
            keras.layers.Dense(int(os.environ.get("WIDTH", "16")), activation="relu"),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(my_model.n_classes, activation="softmax"),
        ]
    )
    keras_model.compile(loss=my_model.loss, optimizer=my_model.optimizer, metrics=my_model.metrics)
    return keras_model


my_model.build_model_function = build
'''

# Runs the command line, and kills the process where the n-th file of a pattern is about to be renamed.
COMMAND = """
import fnmatch, os, signal, sys
pattern, _, number = os.environ.get("KILL_AT", "").partition(":")
real, seen = os.replace, []
def replace(source, target):
    if pattern and fnmatch.fnmatch(os.path.basename(target), pattern):
        seen.append(target)
        if len(seen) == int(number):
            os.kill(os.getpid(), signal.SIGKILL)
    real(source, target)
os.replace = replace
from yzlite_core.cli import main
main()
"""


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def network(path: Path) -> dict[str, bytes]:
    """Return the bytes of a saved network's weights and of its optimizer's variables, by name."""
    import io

    import h5py

    found: dict[str, bytes] = {}

    def keep(name: str, node: object) -> None:
        if isinstance(node, h5py.Dataset):
            found[name] = node[()].tobytes()

    with zipfile.ZipFile(path) as saved:
        h5py.File(io.BytesIO(saved.read("model.weights.h5"))).visititems(keep)
    return found


@pytest.fixture
def train(tmp_path, make_script, yzlite_cache):
    """A function that trains the tiny model in a child process, and returns its exit code and output."""
    make_script("tiny", TINY)

    def run(*arguments: object, output: str = "out", **environment: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-c", COMMAND, "run", "tiny", "--stages", "fit,archive", "--output", output,
             *map(str, arguments)],
            cwd=tmp_path, env={**os.environ, "SOURCE_DATE_EPOCH": "0", **environment},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return run


def results(folder: Path) -> tuple[dict[str, bytes], dict[str, list[float]]]:
    history = json.loads((folder / "train/training-history.json").read_text())
    return network(folder / "tiny.keras"), history


@pytest.mark.slow
def test_killed_training_ends_as_an_uninterrupted_one(train, tmp_path):
    code, said = train(output="whole")
    assert code == 0, said
    whole = results(tmp_path / "whole")
    assert all(len(values) == 7 for values in whole[1].values())
    assert len(set(whole[1]["learning_rate"])) > 2  # reduce_lr has acted
    out = tmp_path / "out"
    archive = out / "tiny.yzlite.zip"
    assert train("--set", "epochs=1")[0] == 0
    before = digest(archive)

    # in the middle of the fifth epoch
    assert train(KILL="batch")[0] == -signal.SIGKILL
    # during the checkpoint of the sixth: its weights are there, its state is not
    assert train("--resume", KILL_AT="state-006.npz:1")[0] == -signal.SIGKILL
    assert (out / "train/checkpoints/weights-006.weights.h5").exists()
    # after the last epoch, before anything is saved
    code, said = train("--resume", KILL_AT="tiny.keras:1")
    assert code == -signal.SIGKILL
    assert "Training goes on after epoch 5 of 7" in said
    assert digest(archive) == before

    code, said = train("--resume")
    assert code == 0, said
    assert "Training had come to its end with epoch 7" in said
    assert "Epoch 7/7" not in said
    assert results(out) == whole
    assert digest(archive) != before
    assert {path.name for path in out.rglob(".*")} <= {".lock"}  # no temporary file is left

    # more epochs, after a damage
    state = out / "train" / "state-007.npz"
    state.write_bytes(state.read_bytes()[:-100])
    code, said = train("--resume", "--set", "epochs=8")
    assert code == 0, said
    assert "state-007.npz is damaged" in said
    assert "Training goes on after epoch 6 of 8" in said
    history = json.loads((out / "train/training-history.json").read_text())
    assert {name: values[:7] for name, values in history.items()} == whole[1]
    assert len(history["loss"]) == 8


@pytest.mark.slow
def test_dataset_with_randomness_of_its_own_comes_to_the_same_place(train, tmp_path):
    assert train(output="whole", DATA="steps")[0] == 0
    assert train(KILL="batch", DATA="steps")[0] == -signal.SIGKILL
    code, said = train("--resume", DATA="steps")
    assert code == 0, said
    assert results(tmp_path / "out") == results(tmp_path / "whole")


@pytest.mark.slow
def test_what_cannot_be_resumed_is_a_sentence(make_script, yzlite_cache, monkeypatch, caplog):
    script = str(make_script("tiny", TINY))

    def train(seed=42, resume=True, resume_epoch=None, **settings):
        log = logging.getLogger("resume")
        log.setLevel("INFO")
        request = Request(
            script,
            stages=("fit",),
            seed=seed,
            resume=resume,
            resume_epoch=resume_epoch,
            settings=tuple(settings.items()),
        )
        with prepare(request, log=log) as (run, bundle):
            return execute(run, bundle).checked().products.reports["fit"]

    assert train(epochs=2)["epochs"] == 2
    assert "There is nothing to resume" in caplog.text
    folder = yzlite_cache / "models" / "tiny" / "train"
    kept = sorted(path.name for path in folder.rglob("*.*5")) + kept_epochs(folder)
    for options, message in (
        ({"resume_epoch": 7}, r"no checkpoint after epoch 7 .* \(there are those after epoch 1, 2\)"),
        ({"seed": 7}, "pass --seed 42"),
        ({"optimizer": "sgd", "epochs": 3}, "The optimizer is another"),
        (
            {"epochs": 3},
            "The network is another .* epoch 2: .*kernel had .* .8, 16., .* .8, 9. now",
        ),
    ):
        monkeypatch.setenv("WIDTH", "9" if "network" in message else "16")
        with pytest.raises(TrainingError, match=message):
            train(**options)
        assert sorted(path.name for path in folder.rglob("*.*5")) + kept_epochs(folder) == kept
    monkeypatch.delenv("WIDTH")
    assert train(epochs=4)["epochs"] == 4
    assert train(epochs=3, resume_epoch=1)["epochs"] == 3
    assert kept_epochs(folder) == [1, 2, 3]
    assert train(epochs=1, resume=False)["epochs"] == 1
    assert kept_epochs(folder) == [1]


def test_encoding_keeps_every_value_and_finds_every_damage(tmp_path):
    value = {
        "none": None, "numbers": [1, -2.5, float("inf"), True], "pair": (1, "a"), 3: {"nested": [()]},
        "array": np.arange(6, dtype=np.int16).reshape(2, 3), "scalar": np.float32(0.1),
    }  # fmt: skip
    path = tmp_path / "state-001.npz"
    write_npz(path, value)
    again = read_npz(path)
    assert again["array"].dtype == np.int16
    np.testing.assert_array_equal(again.pop("array"), value.pop("array"))
    assert again == value
    assert type(again["scalar"]) is np.float32
    with pytest.raises(TypeError, match="object"):
        write_npz(path, {"callback": object()})
    good = path.read_bytes()
    for size in range(0, len(good), 97):
        path.write_bytes(good[:size])
        with pytest.raises(DamagedFileError):
            read_npz(path)


def test_best_weights_follow_the_direction_of_the_monitor(tmp_path):
    for name in ("weights-001-0.9000.weights.h5", "weights-002-0.2000.weights.h5"):
        (tmp_path / name).touch()
    assert find_weights(tmp_path, "best", "val_loss", "auto").name == "weights-002-0.2000.weights.h5"
    assert find_weights(tmp_path, None, "val_accuracy", "auto").name == "weights-001-0.9000.weights.h5"
    assert find_weights(tmp_path, None, "val_accuracy", "min").name == "weights-002-0.2000.weights.h5"
    (tmp_path / "best.json").write_text('{"file": "weights-001-0.9000.weights.h5"}')
    assert find_weights(tmp_path, None, "val_loss", "auto").name == "weights-001-0.9000.weights.h5"
    with pytest.raises(Exception, match=r"weights-001-0\.9000"):
        find_weights(tmp_path, "weights-001-0.9", "val_loss", "auto")


def test_error_names_the_epochs_that_are_kept(tmp_path):
    for epoch in (3, 12, 1000):
        state_path(tmp_path, epoch).touch()
    assert kept_epochs(tmp_path) == [3, 12, 1000]
    error = no_such_epoch(tmp_path, 5)
    assert isinstance(error, TrainingError)
    assert "after epoch 3, 12, 1000" in str(error)
