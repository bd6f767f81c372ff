"""Every property of TrainMixin acts, and what is saved is what was announced."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import numpy as np
import pytest

from yzlite_core.errors import YZLiteError
from yzlite_core.run.execution import execute
from yzlite_core.run.prepare import prepare
from yzlite_core.run.request import Request

pytestmark = pytest.mark.slow

SCRIPT = '''
# @yzlite_model
import keras
import numpy as np
from yzlite_core import DatasetMixin, TrainMixin, YZLiteModel


class Small(YZLiteModel, TrainMixin, DatasetMixin):
    def load_dataset(self, subset, test=False, **kwargs):
        rng = np.random.default_rng(["training", "validation", "evaluation"].index(subset))
        labels = rng.integers(0, 3, 96)
        self.x = (rng.normal(scale=0.8, size=(96, 8)) + labels[:, None]).astype("float32")
        self.y = np.eye(3, dtype="float32")[labels]
        if subset == "training" and VALIDATED:
            self.validation_split = 0.25


VALIDATED = True
my_model = Small()
my_model.classes = ["a", "b", "c"]
my_model.input_shape = (8,)
my_model.epochs = 4
my_model.batch_size = 16


class Counter(keras.callbacks.Callback):
    """Changes while training goes on."""

    epochs = 0

    def on_epoch_end(self, epoch, logs=None):
        self.epochs += 1


class Keeping(Counter):
    """Says what it remembers."""

    def get_state(self):
        return {"epochs": self.epochs}

    def set_state(self, state):
        self.epochs = state["epochs"]


def build(my_model):
    keras_model = keras.Sequential(
        [
            keras.layers.InputLayer(my_model.input_shape),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dense(my_model.n_classes, activation="softmax"),
        ]
    )
    keras_model.compile(loss=my_model.loss, optimizer=my_model.optimizer, metrics=my_model.metrics)
    return keras_model


my_model.build_model_function = build
'''


@pytest.fixture
def train(make_script, yzlite_cache, caplog):
    """A function (more lines of the script, options) that trains, and returns the results."""
    log = logging.getLogger("training")
    log.setLevel("INFO")

    def run(more="", stages=("fit",), **options):
        script = make_script("small", SCRIPT + more)
        caplog.clear()
        with prepare(Request(str(script), stages=stages, **options), log=log) as (prepared, bundle):
            return execute(prepared, bundle).checked()

    return run


def saved_weights(path: str | Path) -> list[np.ndarray]:
    """Return the weights that a file holds, in the order of the network."""
    import keras

    network = keras.Sequential(
        [
            keras.layers.InputLayer((8,)),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    network.load_weights(path)
    return network.get_weights()


def same(one, other) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_best_checkpoint_is_what_is_saved_and_announced(train, caplog):
    results = train('my_model.checkpoint["monitor"] = "val_loss"')
    run, reports = results.run, results.products.reports
    model, best = run.model, reports["fit"]["best"]
    losses = reports["fit"]["history"]["val_loss"]
    assert best == {"epoch": losses.index(min(losses)) + 1, "monitor": "val_loss", "value": min(losses)}
    kept = saved_weights(run.paths.keras)
    assert same(kept, results.products.trained.keras_model.get_weights())
    assert same(kept, saved_weights(model.get_weights_path()))
    assert same(kept, saved_weights(model.get_weights_path("best")))
    assert same(kept, saved_weights(model.get_checkpoint_path(best["epoch"])))
    assert model.get_checkpoint_path() == model.get_checkpoint_path(4)
    assert model.get_checkpoint_path(5) is None
    assert Path(model.get_checkpoint_path()).parent == Path(model.checkpoints_dir)
    name = model.weights_file_format.format(epoch=best["epoch"], val_loss=best["value"])
    assert Path(model.get_weights_path()) == Path(model.weights_dir) / name
    assert model.get_weights_path(name) == model.get_weights_path()
    with pytest.raises(YZLiteError, match=f"did you mean '{re.escape(name)}'"):
        model.get_weights_path(name[:-1])


@pytest.mark.parametrize(
    ("more", "monitor", "epoch"),
    [
        ("my_model.early_stopping = {'monitor': 'loss', 'restore_best_weights': True}", "loss", 4),
        ("my_model.checkpoint = None", None, 4),
        ("my_model.checkpoint = {'monitor': 'loss', 'mode': 'max', 'save_weights_only': False}", "loss", 1),
        (
            "my_model.train_callbacks = [keras.callbacks.ModelCheckpoint("
            "my_model.log_dir + '/mine.weights.h5', monitor='loss', "
            "save_best_only=True, save_weights_only=True)]",
            "loss",
            4,
        ),
        ("my_model.checkpoint['save_best_only'] = False\nmy_model.checkpoint['monitor'] = 'loss'", "loss", 4),
    ],
)  # fmt: skip
def test_the_script_says_otherwise(train, more, monitor, epoch):
    results = train(more)
    run, best = results.run, results.products.reports["fit"]["best"]
    assert (best["monitor"], best["epoch"]) == (monitor, epoch) if monitor else best is None
    kept = saved_weights(run.paths.keras)
    assert same(kept, saved_weights(run.model.get_checkpoint_path(epoch)))
    files = list(Path(run.model.weights_dir).glob("weights-*"))
    if "save_weights_only': False" in more:
        assert [path.suffix for path in files] == [".keras"]
    if "save_best_only'] = False" in more:
        assert len(files) == 4
    if "ModelCheckpoint" in more:
        assert same(kept, saved_weights(Path(run.model.log_dir) / "mine.weights.h5"))


EVERYTHING = """
seen = {"steps": [], "results": []}
my_model.optimizer = keras.optimizers.SGD(0.5)
my_model.loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)
my_model.metrics = [keras.metrics.CategoricalAccuracy(name="hits"), "mae"]
my_model.lr_schedule = lambda epoch, rate: rate / 2
my_model.reduce_lr_on_plateau["monitor"] = "loss"
my_model.checkpoint["save_freq"] = 3
my_model.train_callbacks = [Counter(), Keeping(), keras.callbacks.CSVLogger(my_model.log_dir + "/log.csv")]
my_model.train_kwargs = {
    "callbacks": [keras.callbacks.LambdaCallback(on_train_batch_end=lambda n, logs: seen["steps"].append(n))],
    "steps_per_epoch": 5,
}


def on_save(model, keras_model, logger):
    logger.info("saving %s", model.name)
    keras_model.layers[-1].set_weights([w * 0 for w in keras_model.layers[-1].get_weights()])
    return keras_model


def done(results):
    seen["results"].append(results)
    raise RuntimeError("who cares")


my_model.on_save_keras_model = on_save
my_model.on_training_complete = done
"""


def test_every_property_acts(train, caplog):
    results = train(EVERYTHING, stages=("fit", "archive"))
    run, history = results.run, results.products.reports["fit"]["history"]
    assert history["learning_rate"] == [0.25, 0.125, 0.0625, 0.03125]
    assert {"hits", "mae", "loss", "val_hits"} <= set(history)
    assert "reduce_lr_on_plateau is ignored" in caplog.text
    assert "There is no val_accuracy within an epoch; the best epoch is chosen by loss" in caplog.text
    assert not saved_weights(run.paths.keras)[-2].any()  # what on_save has made of it is saved
    assert "saving small" in caplog.text
    assert re.search(
        r"on_training_complete failed \(small.py, line \d+\): RuntimeError: who cares", caplog.text
    )
    seen = run.model.build_model_function.__globals__["seen"]
    assert seen["steps"] == [0, 1, 2, 3, 4] * 4
    (told,) = seen["results"]
    assert told.model_archive_path == str(run.paths.archive)
    assert (told.epochs, told.history["hits"]) == ([0, 1, 2, 3], history["hits"])
    assert json.loads(json.dumps(told.asdict()))["epochs"] == [0, 1, 2, 3]
    names = [path.name for path in Path(run.model.weights_dir).glob("weights-*")]
    assert all(re.fullmatch(r"weights-00\d-b0000\d-\d\.\d{4}\.weights\.h5", name) for name in names)

    again = train(EVERYTHING, settings=[("epochs", 5)], resume=True)
    assert "Counter remembers something from epoch to epoch, which is lost" in caplog.text
    assert "Keeping remembers" not in caplog.text
    assert [callback.epochs for callback in again.run.model.train_callbacks[:2]] == [1, 5]
    rows = (run.paths.root / "log.csv").read_text().splitlines()
    assert [row.partition(",")[0] for row in rows] == ["epoch", "0", "1", "2", "3", "4"]
    assert again.products.reports["fit"]["history"]["loss"][:4] == history["loss"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("my_model.early_stopping['monitor'] = 'val_acuracy'", r"early_stopping\['monitor'\] \(small.py, "
         r"line \d+\) is 'val_acuracy', but training measures .*did you mean 'val_accuracy'"),
        ("my_model.reduce_lr_on_plateau = {'monitor': 'val_f1'}", r"plateau\['monitor'\] \(small.py, line"),
        ("my_model.checkpoint = {'monitor': 'val_f1'}", r"checkpoint\['monitor'\] \(small.py, line \d+\) is"),
        ("my_model.train_callbacks = [keras.callbacks.EarlyStopping('val_f1')]", "monitor of the callback"),
        ("my_model.checkpoint = {'monitor': 'val_loss', 'save_freq': 2}", "'val_loss', but .* within an"),
        ("my_model.epochs = -1", r"epochs is -1, but nothing would end .* \(small.py, line \d+\)"),
        ("my_model.checkpoint['mode'] = 'up'", r"or 'max', got 'up' \(small.py, line \d+\)"),
        ("my_model.on_save_keras_model = lambda *a: None", r"returned NoneType \(small.py, line"),
        ("my_model.train_kwargs = {'bogus': 1}", "bogus"),
        ("my_model.lr_schedule = lambda epoch: 'fast'", "schedule"),
    ],
)  # fmt: skip
def test_mistake_is_a_sentence(train, more, message):
    with pytest.raises(YZLiteError, match=message):
        train(more + "\n", settings=[] if "epochs" in more else [("epochs", 1)])


def test_monitor_that_nobody_chose_is_replaced_without_validation(train, caplog):
    more = "my_model.early_stopping['patience'] = 1\nmy_model.reduce_lr_on_plateau['factor'] = 0.5\n"
    results = train(more + "VALIDATED = False\n", settings=[("epochs", 2)])
    assert results.products.reports["fit"]["epochs"] == 2
