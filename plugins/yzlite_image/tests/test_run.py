from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from zipfile import ZipFile

import pytest

SPECIFICATION = """
    # @yzlite_model
    import keras
    from yzlite_core import ImageDatasetMixin, ParallelImageDataGenerator, TrainMixin, YZLiteModel

    class MyModel(YZLiteModel, TrainMixin, ImageDatasetMixin):
        pass

    my_model = MyModel()
    my_model.dataset = "shapes"
    my_model.classes = ["circle", "square"]
    my_model.input_shape = (12, 16, 1)
    my_model.shuffle_dataset_enabled = True
    my_model.epochs = 2
    my_model.batch_size = 4
    my_model.optimizer = "adam"
    my_model.loss = "categorical_crossentropy"
    my_model.metrics = ["accuracy"]
    my_model.datagen = ParallelImageDataGenerator(
        cores=2, validation_split=0.25, rotation_range=20, noise=["gauss"], samplewise_std_normalization=True
    )

    def build(my_model):
        network = keras.Sequential(
            [
                keras.Input(my_model.input_shape),
                keras.layers.Conv2D(4, 3, strides=2, activation="relu"),
                keras.layers.Flatten(),
                keras.layers.Dense(my_model.n_classes, activation="softmax"),
            ]
        )
        network.compile(loss=my_model.loss, optimizer=my_model.optimizer, metrics=my_model.metrics)
        return network

    my_model.build_model_function = build
"""


@pytest.mark.slow
def test_a_specification_becomes_an_int8_model(make_script, make_folder, yzlite, tmp_path):
    make_script("shapes_model", SPECIFICATION)
    folder = make_folder("shapes", circle=8, square=8)
    before = sorted(folder.rglob("*"))
    done = yzlite(
        "run",
        "shapes_model.py",
        "--json",
        "--output",
        "out",
        "--stages",
        "load,fit,convert",
        "--set",
        "datagen.rotation_range=0",
        "--workers",
        "1",
    )
    assert done.code == 0, done.stderr
    stages = done.json["stages"]
    assert stages["load"]["training"] == {"circle": 6, "square": 6}
    assert stages["load"]["validation"] == {"circle": 2, "square": 2}
    assert stages["fit"]["epochs"] == 2
    assert stages["convert"]["int8"]
    order = tmp_path / "out" / "dataset" / "training" / "circle.txt"
    assert sorted(order.read_text().split()) != order.read_text().split()
    assert sorted(folder.rglob("*")) == before


@pytest.mark.slow
def test_a_misspelt_setting_of_the_generator_is_refused(make_script, make_folder, yzlite):
    make_script("shapes_model", SPECIFICATION)
    make_folder("shapes", circle=8, square=8)
    done = yzlite("run", "shapes_model.py", "--json", "--set", "datagen.rotation=0")
    assert done.code == 1
    assert "did you mean 'datagen.rotation_range'" in str(done.json["error"])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one child")
def test_an_interrupted_epoch_ends_at_once(make_script, make_folder, tmp_path):
    make_script("shapes_model", SPECIFICATION)
    make_folder("shapes", circle=40, square=40)
    command = [sys.executable, "-c", "from yzlite_core.cli import main; main()", "run", "shapes_model.py"]
    process = subprocess.Popen(
        [*command, "--json", "--stages", "fit", "--set", "epochs=100000", "--set", "datagen.cache_mb=0"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stderr is not None
    next(line for line in process.stderr if line.startswith("Epoch 2"))
    process.send_signal(signal.SIGINT)
    stdout, _ = process.communicate(timeout=60)  # it would hang if a worker were waited for
    assert process.returncode == 130
    assert json.loads(stdout)["error"]["message"] == "Interrupted"


@pytest.mark.slow
@pytest.mark.parametrize("processes", [0, 2])
def test_a_function_that_fails_ends_the_run_with_a_sentence(make_script, make_folder, yzlite, processes):
    failing = """
    def boom(image, filename):
        raise ValueError("no such colour")

    my_model.datagen.preprocessing_function = boom
"""
    make_script("shapes_model", SPECIFICATION + failing)
    make_folder("shapes", circle=8, square=8)
    settings = ("--set", f"datagen.function_processes={processes}")
    done = yzlite("run", "shapes_model.py", "--json", "--stages", "fit", *settings)
    assert done.code == 1
    message = done.json["error"]["message"]
    assert re.search(r"boom failed on .*shapes.*\.png: ValueError: no such colour", message)
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_bad_files_are_named_or_skipped_and_counted(make_script, make_folder, yzlite):
    """Files that are spoilt after they were listed: gone, no picture, and half of one."""
    spoil = """
    from pathlib import Path
    from yzlite_core import hookimpl

    @hookimpl
    def yzlite_augment(model, dataset):
        folder = Path("shapes")
        (folder / "circle" / "004.png").unlink(missing_ok=True)
        (folder / "circle" / "005.png").write_text("no picture")
        whole = (folder / "square" / "006.png").read_bytes()
        (folder / "square" / "006.png").write_bytes(whole[: len(whole) // 2])
"""
    make_script("shapes_model", SPECIFICATION + spoil)
    folder = make_folder("shapes", circle=8, square=8)
    pictures = {path: path.read_bytes() for path in folder.rglob("*.png")}
    failed = yzlite("run", "shapes_model.py", "--json", "--stages", "fit")
    assert failed.code == 1
    assert re.search(r"00[456]\.png (is gone|cannot be decoded)", failed.json["error"]["message"])
    assert "Traceback" not in failed.stderr
    for path, content in pictures.items():
        path.write_bytes(content)
    done = yzlite("run", "shapes_model.py", "--json", "--stages", "fit", "--set", "datagen.on_bad_file=skip")
    assert done.code == 0, done.stderr
    assert done.json["stages"]["fit"]["skipped"] == 3
    assert re.search(r"Skipped 3 samples", done.stderr)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")
def test_a_cache_for_which_there_is_no_room_is_a_sentence(make_script, make_folder, tmp_path):
    """The system refuses to let a file grow beyond 8 MB, as it does on a full disk."""
    make_script("shapes_model", SPECIFICATION)
    make_folder("shapes", circle=8, square=8)
    limited = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (8 << 20, 8 << 20)); "
        "from yzlite_core.cli import main; main()"
    )
    command = [sys.executable, "-c", limited, "run", "shapes_model.py", "--json", "--stages", "fit"]
    done = subprocess.run(
        [*command, "--set", "datagen.cache_dir=kept"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    error = json.loads(done.stdout)["error"]
    assert re.match(r"Decoded samples cannot be kept in .*kept: ", error["message"])
    assert "cache_mb" in error["hint"]
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.slow
def test_new_and_removed_files_are_seen_by_the_next_run(make_script, make_folder, yzlite, tmp_path):
    make_script("shapes_model", SPECIFICATION)
    folder = make_folder("shapes", circle=8, square=8)
    listed = tmp_path / "out" / "dataset" / "training" / "circle.txt"
    for change, stages, training, validation in (
        (lambda: None, "load", 12, 4),
        (lambda: shutil.copy(folder / "circle" / "000.png", folder / "circle" / "100.png"), "load", 13, 4),
        (lambda: (folder / "square" / "007.png").unlink(), "load,fit,archive", 12, 4),
    ):
        change()
        before = sorted(folder.rglob("*"))
        done = yzlite("run", "shapes_model.py", "--json", "--stages", stages, "--output", "out")
        assert done.code == 0, done.stderr
        load = done.json["stages"]["load"]
        assert (sum(load["training"].values()), sum(load["validation"].values())) == (training, validation)
        assert len(listed.read_text().split()) == load["training"]["circle"]
        assert sorted(folder.rglob("*")) == before
    with ZipFile(done.json["archive"]) as archive:
        assert archive.read("dataset/training/circle.txt").decode() == listed.read_text()
