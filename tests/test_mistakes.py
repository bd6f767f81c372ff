"""Common mistakes in a specification: each is one sentence, with the script's line and what to do."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from yzlite_core.errors import YZLiteError
from yzlite_core.functions.perform import perform
from yzlite_core.run import Request

pytestmark = pytest.mark.slow

BLOBS = Path(__file__).with_name("blobs.py").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Mistake:
    """A change of the specification `blobs.py`, and what it is told.

    Attributes:
        name: What went wrong, for people.
        old: What the specification says; the first occurrence is replaced.
        new: What it says instead.
        message: A pattern in the sentence.
        hint: A pattern in what is said to do about it.
        line: What stands in the line that is named; None for the first line of `new`, empty for no line.
    """

    name: str
    old: str
    new: str
    message: str
    hint: str = ""
    line: str | None = None

    @property
    def script(self) -> str:
        assert self.old in BLOBS, self.old
        return BLOBS.replace(self.old, self.new, 1)

    @property
    def number(self) -> int | None:
        """The number of the line that is named, or None for none."""
        if self.line == "":
            return None
        wanted = self.line or self.new.strip().splitlines()[0].strip()
        lines = self.script.splitlines()
        (found,) = [number for number, text in enumerate(lines, start=1) if wanted in text]
        return found


EPOCHS = "my_model.epochs = 2"
DEF_BUILD = "def build(my_model: Blobs)"
COMPILE = "keras_model.compile(loss=my_model.loss, optimizer=my_model.optimizer, metrics=my_model.metrics)"
SET_X = '        self.x = (noise + labels[:, None, None, None]).astype("float32")\n'
SET_Y = '        self.y = np.eye(3, dtype="float32")[labels]\n'
TF_DATA = (
    "        import tensorflow as tf\n"
    "        self.x = tf.data.Dataset.from_tensor_slices((noise, np.eye(3)[labels]))"
)

SPLIT = '        if subset == "training":\n            self.validation_split = 0.25\n'
BY_DATASET = "\nBlobs.load_dataset = DatasetMixin.load_dataset"

MISTAKES = [
    # ------------------------------------------------------------------------------ settings
    Mistake("a misspelt setting", EPOCHS, "my_model.epoch = 2", "has no setting 'epoch'", "mean 'epochs'"),
    Mistake(
        "a mixin that is missing",
        "class Blobs(YZLiteModel, TrainMixin, DatasetMixin)",
        "class Blobs(YZLiteModel, DatasetMixin)",
        "has no setting 'epochs'",
        "comes with TrainMixin: add that to the bases of Blobs",
        EPOCHS,
    ),
    Mistake("a wrong type", EPOCHS, "my_model.epochs = '2'", "epochs takes int, got '2'"),
    Mistake("a fraction of an epoch", EPOCHS, "my_model.epochs = 2.5", "epochs takes int, got 2.5"),
    Mistake("no batch", EPOCHS, "my_model.batch_size = 0", "batch_size"),
    Mistake(
        "an unknown option",
        EPOCHS,
        "my_model.early_stopping['patiense'] = 3",
        "early_stopping has no option 'patiense'",
        "mean 'patience'",
    ),
    Mistake(
        "an option of a wrong type",
        EPOCHS,
        "my_model.reduce_lr_on_plateau['factor'] = 'half'",
        r"reduce_lr_on_plateau\['factor'\] takes float, got 'half'",
    ),
    Mistake(
        "an unknown choice", EPOCHS, "my_model.class_mode = 'categoric'", "class_mode", "mean 'categorical'"
    ),
    Mistake("one label for all classes", EPOCHS, "my_model.classes = 'low'", "classes takes"),
    Mistake("a misspelt weighting", EPOCHS, "my_model.class_weights = 'balancd'", "balancd.*mean 'balanced'"),
    Mistake(
        "a weight for no class",
        EPOCHS,
        "my_model.class_weights = {'hihg': 2.0}",
        "class_weights names the class 'hihg'",
        "mean 'high'",
    ),
    Mistake(
        "a parameter that cannot be embedded",
        EPOCHS,
        "my_model.model_parameters['fft'] = {'bins': 3}",
        "'fft'",
    ),
    Mistake(
        "a setting that is missing",
        'my_model.classes = ["low", "middle", "high"]\n',
        "",
        "classes has not been set",
        "my_model.classes = ",
        "Dense(my_model.n_classes",
    ),
    Mistake(
        "a setting that comes too late",
        "    keras_model = keras.Sequential(",
        "    my_model.batch_size = 8\n    keras_model = keras.Sequential(",
        "batch_size was assigned after the run had started",
        "--set",
    ),
    Mistake(
        "training without end",
        EPOCHS + '\nmy_model.early_stopping["monitor"] = "val_loss"',
        "my_model.epochs = -1",
        "epochs is -1, but nothing would end",
        "early_stopping",
    ),
    Mistake(
        "a metric that nobody measures",
        EPOCHS,
        "my_model.checkpoint['monitor'] = 'val_auc'",
        r"'val_auc'.*accuracy",
    ),
    Mistake(
        "a metric to stop by that nobody measures",
        'my_model.early_stopping["monitor"] = "val_loss"',
        'my_model.early_stopping["monitor"] = "val_los"',
        r"'val_los'",
    ),
    Mistake("a schedule without a function", EPOCHS, "my_model.lr_schedule = {'verbose': 1}", "lr_schedule"),
    Mistake(
        "a callback that is a class",
        EPOCHS,
        "my_model.train_callbacks = [keras.callbacks.TerminateOnNaN]",
        "train_callbacks",
    ),
    # ------------------------------------------------------------------------------ the network
    Mistake("no network", "    return keras_model", "", "build returned None", "return", DEF_BUILD),
    Mistake("nothing that is compiled", f"    {COMPILE}\n", "", "not compiled", "compile", DEF_BUILD),
    Mistake("no loss", "loss=my_model.loss, ", "", "without a loss", "loss=", DEF_BUILD),
    Mistake(
        "metrics by position",
        COMPILE,
        "keras_model.compile(my_model.optimizer, my_model.loss, my_model.metrics)",
        "metrics",
        "metrics=",
        DEF_BUILD,
    ),
    Mistake(
        "no builder",
        "my_model.build_model_function = build",
        "",
        "no build_model_function",
        "build_model_function",
        "",
    ),
    Mistake(
        "a builder that is called",
        "my_model.build_model_function = build",
        "my_model.build_model_function = build(my_model)",
        "takes the function itself, not the network",
    ),
    Mistake(
        "an error in the builder",
        "keras.layers.Flatten(),",
        "keras.layers.Flaten(),",
        "AttributeError.*Flaten",
    ),
    Mistake("a misspelt optimizer", EPOCHS, "my_model.optimizer = 'adamm'", "adamm", "", COMPILE),
    Mistake(
        "another input shape",
        "my_model.input_shape = (8, 8, 1)",
        "my_model.input_shape = (9, 8, 1)",
        r"samples of the shape \(9, 8, 1\), but the data has \(8, 8, 1\)",
        "input_shape",
    ),
    Mistake(
        "too few outputs",
        "keras.layers.Dense(my_model.n_classes",
        "keras.layers.Dense(2",
        "has 2 outputs, but the labels have 3",
        "n_classes",
        "my_model.classes = ",
    ),
    # ------------------------------------------------------------------------------ the data
    Mistake(
        "classes that are not those of the labels",
        '["low", "middle", "high"]',
        '["low", "high"]',
        "labels have 3 columns, but classes names 2",
        "column",
        "my_model.classes = ",
    ),
    Mistake(
        "ids beyond the classes",
        'np.eye(3, dtype="float32")[labels]',
        "labels + 1",
        "labels range from 1 to 3, but classes names 3",
        "from 0 on",
        "my_model.classes = ",
    ),
    Mistake(
        "ids for a loss that takes rows",
        'np.eye(3, dtype="float32")[labels]',
        "labels",
        "takes one-hot rows, but the labels are class ids",
        "sparse_categorical",
        DEF_BUILD,
    ),
    Mistake("no labels", SET_Y, "", "x comes without y", "set y", "self.x = "),
    Mistake(
        "fewer labels than samples",
        SET_Y,
        SET_Y.replace("[labels]", "[labels][:200]"),
        "numbers of samples differ: x 240, y 200",
        "",
        "self.x = ",
    ),
    Mistake("no data", SET_X, "", "has set no x", r"self\.x", "def load_dataset"),
    Mistake(
        "an error in the loader", SET_X, SET_X.replace("noise", "noice"), "load_dataset.*NameError.*noice"
    ),
    Mistake(
        "no sample for training",
        "self.validation_split = 0.25",
        "self.validation_split = 0.999",
        "leaves no sample",
    ),
    Mistake(
        "a share above the whole",
        "self.validation_split = 0.25",
        "self.validation_split = 25",
        "25 is no share",
    ),
    Mistake(
        "a split of what is no array",
        SET_X + SET_Y,
        TF_DATA + ".batch(8)\n",
        "validation_split needs arrays",
        "validation_data",
        "self.validation_split",
    ),
    Mistake(
        "a tf.data.Dataset of single samples",
        SET_X + SET_Y + SPLIT,
        TF_DATA + "\n",
        "sample by sample, not in batches",
        "batch",
        "self.x = ",
    ),
    Mistake(
        "a generator without an end",
        SET_X + SET_Y + SPLIT,
        "        self.x = ((noise, np.eye(3)[labels]) for _ in range(9))\n",
        "is a generator, but steps_per_epoch is not set",
        "steps_per_epoch",
        "self.x = ",
    ),
    Mistake(
        "a loader that returns too much",
        EPOCHS,
        "def waves(subset): return 1, 2, 3, 4\nmy_model.dataset = waves" + BY_DATASET,
        "returned 4 values",
        "validation_data",
    ),
    Mistake(
        "a folder that is not there",
        EPOCHS,
        "my_model.dataset = 'data/waves'",
        "folder data/waves does not exist",
    ),
    Mistake("a misspelt dataset", EPOCHS, "my_model.dataset = 'wavs'", "no registered dataset 'wavs'"),
    Mistake(
        "a dataset that is a class",
        EPOCHS,
        "my_model.dataset = dict" + BY_DATASET,
        "is the class dict",
        r"dict\(\)",
    ),
    # ------------------------------------------------------------------------------ the script
    Mistake(
        "a class in the place of a model",
        "my_model = Blobs()",
        "my_model = Blobs",
        "version is set for the class Blobs",
        r"my_model = Blobs\(\)",
        "my_model.version = 3",
    ),
    Mistake(
        "no model",
        "my_model.build_model_function = build",
        "models = [my_model]\ndel my_model",
        "makes no model",
        "instantiate",
        "",
    ),
    Mistake(
        "two models",
        EPOCHS,
        "other_model = Blobs()\n" + EPOCHS,
        "makes several models: my_model and other_model",
        "one model",
        "",
    ),
    Mistake("an import of what is not there", "import keras\n", "import kears\n", "No module named 'kears'"),
    Mistake("a syntax error", "my_model = Blobs()", "my_model = Blobs(", "'\\(' was never closed"),
    Mistake("an exit", EPOCHS, "raise SystemExit(3)", "SystemExit"),
]


def told(script: Path, *stages: str) -> YZLiteError:
    error = perform(Request(str(script), stages=stages)).error
    assert isinstance(error, YZLiteError)
    return error


@pytest.mark.parametrize("mistake", [pytest.param(mistake, id=mistake.name) for mistake in MISTAKES])
def test_mistake_is_one_sentence_with_its_line(yzlite_cache, make_script, mistake):
    error = told(make_script("blobs", mistake.script), "load", "fit")
    assert re.search(mistake.message, error.message)
    assert "\n" not in str(error)
    assert len(str(error)) < 400
    assert re.search(mistake.hint, error.hint or "")
    lines = [int(number) for number in re.findall(r"blobs\.py, line (\d+)", error.message)]
    assert lines == ([] if mistake.number is None else [mistake.number])


def test_there_are_enough_of_them():
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES) >= 40


def test_loss_that_is_no_number_is_said_once(yzlite_cache, make_script, caplog):
    text = BLOBS.replace(SET_Y, SET_Y + "        self.y[7] = np.nan\n")
    log = logging.getLogger("test_mistakes")
    perform(Request(str(make_script("blobs", text)), stages=("fit",)), log).checked()
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert warnings == [
        "The loss is no number any more (lower the learning rate, and look for NaN in the data)"
    ]


def test_terminal_shows_one_line_and_no_traceback(yzlite, make_script):
    make_script("blobs", BLOBS.replace(EPOCHS, "my_model.epoch = 2"))
    done = yzlite("run", "blobs")
    assert (done.code, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "Error: Blobs has no setting 'epoch' (blobs.py, line 31) (did you mean 'epochs'?)"
    ]


def test_json_has_message_and_hint_apart(yzlite, make_script):
    make_script("blobs", BLOBS.replace("    return keras_model", ""))
    done = yzlite("run", "blobs", "--json")
    assert done.code == 1
    assert "Traceback" not in done.stderr
    assert done.json["error"] == {
        "stage": "fit",
        "type": "TrainingError",
        "message": "build returned None, not a keras.Model (blobs.py, line 36)",
        "hint": "end it with: return keras_model",
    }
