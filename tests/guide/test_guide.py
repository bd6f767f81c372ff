"""The guide, `model_specification.md`: its snippets run as they stand, and a type checker agrees.

`prelude.py` supplies the names that the snippets leave out. Where the guide turns to another script ("an
image-based model specification script might have"), `TURNS` gives its variable that script's model.
"""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import importlib_metadata
import pytest

HERE = Path(__file__).parent
GUIDE = (HERE / "model_specification.md").read_text(encoding="utf-8")
PRELUDE = (HERE / "prelude.py").read_text(encoding="utf-8")
SCRIPT = "my_model_v1.py"
SNIPPETS = re.findall(r"^```python\n(.*?)^```", GUIDE, flags=re.DOTALL | re.MULTILINE)
LINKS = sorted(set(re.findall(r"\]\((yzlite\.[\w.]+)\)", GUIDE)))

CLASS, SETTINGS, BUILDER, UNITS, GENERAL, BASIC, PLATEAU, CONVERTER = range(8)
SOUNDS, IMAGES, SOUND_GENERATOR, IMAGE_GENERATOR, PARAMETERS = range(8, 13)
TURNS = {
    SOUNDS: "yzlite_model = audio_model\n",
    IMAGES: "yzlite_model = image_model\n",
    SOUND_GENERATOR: "yzlite_model = audio_model\n",
    IMAGE_GENERATOR: "my_model = image_model\n",
    PARAMETERS: "yzlite_model = audio_model\n",
}

missing = {
    name
    for name in ("AudioDatasetMixin", "ImageDatasetMixin", "EvaluateClassifierMixin", "speech_commands_v2")
    if not importlib_metadata.entry_points(group="yzlite.exports", name=name)
}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing), reason=f"the guide speaks of {', '.join(sorted(missing))}, of plugins"),
]


def script(*snippets: int) -> str:
    return "\n".join([PRELUDE, *(TURNS.get(number, "") + SNIPPETS[number] for number in snippets)])


def run(*snippets: int) -> dict[str, Any]:
    """Run the prelude, the guide's class, its settings, and then the snippets."""
    return execute(script(*sorted({CLASS, SETTINGS, *snippets})))


def execute(text: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "__main__", "__file__": SCRIPT}
    exec(compile(text, SCRIPT, "exec", dont_inherit=True), namespace)
    return namespace


# ------------------------------------------------------------------------------------- what each one does


def test_guide_has_these_snippets():
    assert [text.splitlines()[0] for text in SNIPPETS] == [
        "# Define a new MyModel class which inherits the ",
        "# General Settings",
        "def my_model_builder(my_model: MyModel):",
        "# Good:",
        "my_model.version = 1",
        "my_model.epochs = 100",
        "# https://keras.io/api/callbacks/reduce_lr_on_plateau/",
        "my_model.tflite_converter['optimizations'] = [tf.lite.Optimize.DEFAULT]",
        "yzlite_model.dataset = speech_commands_v2",
        "yzlite_model.dataset = rock_paper_scissors_v1",
        "yzlite_model.datagen = ParallelAudioDataGenerator(",
        "my_model.datagen = ParallelImageDataGenerator(",
        "# Set the volume (in dB) scaler (i.e. amplitude) to apply to the microphone data. If 0 or omitted, "
        "no scaler is applied",
    ]


def test_class():
    model = run(CLASS)["my_model"]
    assert model.name == "my_model_v1"
    from yzlite.core import DatasetMixin, EvaluateClassifierMixin, TrainMixin, YZLiteModel

    assert type(model).__bases__ == (YZLiteModel, TrainMixin, DatasetMixin, EvaluateClassifierMixin)


def test_settings():
    names = run(SETTINGS)
    model = names["my_model"]
    assert (model.version, model.description) == (1, "My model is great!")
    assert (model.epochs, model.batch_size, model.optimizer) == (100, 64, "adam")
    assert (model.dataset, model.class_mode) == (names["speech_commands_v2"], "categorical")
    assert list(model.classes) == ["up", "down", "left", "right"]


def test_builder():
    import keras

    keras.utils.clear_session()  # else the optimizer's name counts those of other tests
    model = run(BUILDER)["my_model"]
    model.input_shape = (49, 40, 1)
    network = model.build_model_function(model)
    assert network.input_shape == (None, 49, 40, 1)
    assert network.output_shape == (None, 4)
    assert network.count_params() == 16_652
    assert (network.loss, network.optimizer.name) == ("categorical_crossentropy", "adam")


def test_units():
    assert [layer.units for layer in run(UNITS)["keras_model"].layers] == [4, 5]


def test_general():
    model = run(GENERAL)["my_model"]
    assert (model.version, model.description) == (1, "My model is great!")


def test_basic():
    model = run(BASIC)["my_model"]
    assert (model.epochs, model.batch_size, model.optimizer) == (100, 64, "adam")


def test_plateau_on_a_fresh_model():
    model = run(PLATEAU)["my_model"]
    assert model.reduce_lr_on_plateau == {"monitor": "accuracy", "factor": 0.25, "patience": 25}


def test_converter():
    from yzlite_core.conversion.convert import conversion_options

    model = run(CONVERTER)["my_model"]
    options = conversion_options(model)
    assert (options.optimizations, options.supported_ops) == (("DEFAULT",), ("TFLITE_BUILTINS_INT8",))
    assert (options.inference_input_type, options.inference_output_type) == ("int8", "int8")
    assert model.tflite_converter["representative_dataset"] == "generate"


def test_sounds():
    names = run(SOUNDS)
    model = names["audio_model"]
    assert (model.dataset, model.class_mode) == (names["speech_commands_v2"], "categorical")
    assert list(model.classes) == ["up", "down", "left", "right"]


def test_images():
    names = run(IMAGES)
    model = names["image_model"]
    assert (model.dataset, model.class_mode) == (names["rock_paper_scissors_v1"], "categorical")
    assert (list(model.classes), model.input_shape) == (["rock", "paper", "scissors"], (96, 96, 1))


def test_sound_generator():
    datagen = run(SOUND_GENERATOR)["audio_model"].datagen
    assert (datagen.unknown_class_percentage, datagen.silence_class_percentage) == (3.0, 0.2)
    assert (datagen.offset_range, datagen.trim_threshold_db) == ((0.0, 1.0), 20)
    assert (datagen.noise_colors, datagen.bg_noise_range) == (None, (0.0, 0.3))
    assert datagen.bg_noise_dir == "_background_noise_"


def test_image_generator():
    datagen = run(IMAGE_GENERATOR)["image_model"].datagen
    assert (datagen.rotation_range, datagen.contrast_range) == (35, (0.5, 1.7))
    assert list(datagen.noise) == ["gauss", "poisson", "s&p"]
    assert (datagen.horizontal_flip, datagen.vertical_flip) == (True, True)


def test_parameters():
    parameters = run(PARAMETERS)["audio_model"].model_parameters
    assert parameters == {"volume_db": 5.0, "latency_ms": 0, "log_level": "info"}


def test_all_of_them_are_one_script():
    names = run(*range(len(SNIPPETS)))
    assert names["my_model"].datagen.rotation_range == 35
    assert names["yzlite_model"].model_parameters["latency_ms"] == 0


@pytest.mark.parametrize("link", LINKS)
def test_name_that_the_guide_links_to(link):
    module, rest = link, []
    while True:
        try:
            target: Any = importlib.import_module(module)
            break
        except ModuleNotFoundError:
            module, _, name = module.rpartition(".")
            rest.insert(0, name)
    for name in rest:
        target = getattr(target, name)
    assert target is not None


def test_describe_prints_what_the_guide_sets(yzlite, make_script):
    """A specification has one model: the guide's own, without the two scripts that it turns to."""
    turned = {SOUNDS, IMAGES, SOUND_GENERATOR, IMAGE_GENERATOR, PARAMETERS}
    text = script(*(number for number in range(len(SNIPPETS)) if number not in turned))
    one = re.sub(r"(?m)^(audio|image)_model = .*\n", "", text)
    done = yzlite("describe", make_script("my_model_v1", one), "--json")
    assert done.code == 0, done.stderr
    settings = {path: entry["value"] for path, entry in done.json["settings"].items() if entry["set"]}
    assert settings["reduce_lr_on_plateau"] == {"monitor": "accuracy", "factor": 0.25, "patience": 25}
    assert settings["build_model_function"] == "my_model_v1.my_model_builder"
    assert settings["tflite_converter"]["inference_input_type"] == "int8"
    assert settings["classes"] == ["up", "down", "left", "right"]


# ------------------------------------------------------------------------------------------ type checkers

MISTAKES = [  # the line, the mistake in it, what mypy says, what pyright says
    ("my_model.epochs = 100", "my_model.epoch = 100", "attr-defined", "reportAttributeAccessIssue"),
    ("my_model.batch_size = 64 ", "my_model.batch_size = 'many'", "assignment", "reportAttributeAccessIssue"),
    ("my_model.version = 1", "my_model.version = '1'", "assignment", "reportAttributeAccessIssue"),
    (
        "my_model.classes = ['up', 'down', 'left', 'right']",
        "my_model.classes = [1, 2]",
        "list-item",
        "reportAttributeAccessIssue",
    ),
    (
        "my_model.reduce_lr_on_plateau['monitor'] = 'accuracy'",
        "my_model.reduce_lr_on_plateau['moniter'] = 'accuracy'",
        "typeddict-unknown-key",
        "reportGeneralTypeIssues",
    ),
    (
        "my_model.reduce_lr_on_plateau['patience'] = 25",
        "my_model.reduce_lr_on_plateau['patience'] = '25'",
        "typeddict-item",
        "reportGeneralTypeIssues",
    ),
    (
        "my_model.tflite_converter['representative_dataset'] = 'generate'",
        "my_model.tflite_converter['representative_datasets'] = 'generate'",
        "typeddict-unknown-key",
        "reportGeneralTypeIssues",
    ),
    (
        "my_model.build_model_function = my_model_builder",
        "my_model.build_model_function = 'my_model_builder'",
        "assignment",
        "reportAttributeAccessIssue",
    ),
    (
        "    keras_model.add(InputLayer(my_model.input_shape))",
        "    keras_model.add(InputLayer(my_model.inputshape))",
        "attr-defined",
        "reportAttributeAccessIssue",
    ),
    (
        "    keras_model.add(Dense(units=my_model.n_classes))",
        "    my_model.n_classes = 4",
        "misc",
        "reportAttributeAccessIssue",
    ),
    (
        "yzlite_model.input_shape = (96, 96, 1)",
        "yzlite_model.input_shape = 96",
        "assignment",
        "reportAttributeAccessIssue",
    ),
    (
        "my_model.datagen = ParallelImageDataGenerator(",
        "my_model.datagen = ParallelAudioDataGenerator(",
        "assignment",
        "reportAttributeAccessIssue",
    ),
]


@pytest.fixture
def checked(tmp_path, monkeypatch):
    """A function (text) that returns what mypy and pyright find in it, each as {(line, rule)}."""
    monkeypatch.setenv("MYPYPATH", str(HERE / "stubs"))

    def check(text: str, *, strict: bool = False) -> tuple[set[tuple[int, str]], set[tuple[int, str]]]:
        (tmp_path / SCRIPT).write_text(text, encoding="utf-8")
        (tmp_path / "mypy.ini").write_text(f"[mypy]\nstrict = {strict}\n", encoding="utf-8")
        level = {
            "typeCheckingMode": "standard",
            "stubPath": str(HERE / "stubs"),
            "include": [SCRIPT],
        }
        (tmp_path / "pyrightconfig.json").write_text(json.dumps(level), encoding="utf-8")
        return _mypy(tmp_path), _pyright(tmp_path)

    return check


def _mypy(folder: Path) -> set[tuple[int, str]]:
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--config-file",
        "mypy.ini",
        "--no-incremental",
        SCRIPT,
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert SCRIPT in done.stdout or "Success" in done.stdout, done.stdout + done.stderr
    found = re.findall(r"^my_model_v1\.py:(\d+): error: .* \[([\w-]+)\]$", done.stdout, flags=re.MULTILINE)
    assert len(found) == done.stdout.count("error: "), done.stdout
    return {(int(line), rule) for line, rule in found}


def _pyright(folder: Path) -> set[tuple[int, str]]:
    command = [
        sys.executable,
        "-m",
        "basedpyright",
        "--outputjson",
        "--pythonpath",
        sys.executable,
        "-p",
        ".",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert found["summary"]["filesAnalyzed"] == 1
    return {(item["range"]["start"]["line"] + 1, item["rule"]) for item in found["generalDiagnostics"]}


def test_type_checkers_agree_with_the_guide(checked):
    assert checked(script(*range(len(SNIPPETS)))) == (set(), set())


def test_strict_mypy_misses_one_annotation_of_the_guide(checked):
    """`def my_model_builder(my_model: MyModel):` says nothing of what it returns."""
    text = script(*range(len(SNIPPETS)))
    line = text.splitlines().index("def my_model_builder(my_model: MyModel):") + 1
    assert checked(text, strict=True)[0] == {(line, "no-untyped-def")}


def test_type_checkers_find_every_mistake_and_nothing_else(checked):
    lines = script(*range(len(SNIPPETS))).splitlines()
    mypy, pyright = set(), set()
    for right, wrong, by_mypy, by_pyright in MISTAKES:
        index = lines.index(right)
        lines[index] = wrong
        mypy.add((index + 1, by_mypy))
        pyright.add((index + 1, by_pyright))
    assert checked("\n".join(lines)) == (mypy, pyright)


def test_type_checkers_know_the_class_that_scripts_of_the_original_use(checked):
    text = [
        "import yzlite.core.model",
        "import yzlite_core",
        "from yzlite.core import TrainMixin, YZLiteModel",
        "class MyModel(YZLiteModel, TrainMixin): ...",
        "my_model = MyModel()",
        "my_model.add_event_handler('AFTER_TRAIN', print)",
        "epochs = my_model.attributes['train.epochs']",
        "folder: str = my_model.create_log_dir('own')",
        "tflite: str = yzlite.core.model.YZLiteModel().tflite_archive_path",
        "def name(model: yzlite_core.YZLiteModel) -> str: return model.name",
        "name(my_model)",
        "yzlite_core.YZLiteModel().create_log_dir('own')",
    ]
    wrong = len(text)
    assert checked("\n".join(text)) == (
        {(wrong, "attr-defined")},
        {(wrong, "reportAttributeAccessIssue")},
    )


def test_those_mistakes_are_refused_when_the_script_runs():
    """What a checker finds beforehand, the run says too, and on the same line."""
    from yzlite_core.errors import SettingError

    lines = script(*range(len(SNIPPETS))).splitlines()
    for right, wrong, *_ in MISTAKES:
        if wrong.startswith("    "):
            continue  # in the builder, which is not called here
        index = lines.index(right)
        text = "\n".join([*lines[:index], wrong, *lines[index + 1 :]])
        with pytest.raises(SettingError, match=rf"my_model_v1.py, line {index + 1}\)"):
            execute(text)
