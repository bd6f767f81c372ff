"""The original toolkit, in an environment of its own, reads what we write, and we read what it writes."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from yzlite_core.tflite.interpreter import TflitePredictor
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.parameters import TfliteModelParameters
from yzlite_core.tflite.stamp import stamped, with_parameters

pytestmark = pytest.mark.interop

HERE = Path(__file__).parent
TFLITE = HERE / "tflite" / "data" / "tiny_cnn.tflite"
# (key, value, type); the original stores lists of integers with 32 bits, and texts as UTF-8.
VALUES = [
    ("yes", True, "bool"),
    ("no", False, "bool"),
    *((f"i{bits}.{end}", value, f"int{bits}") for bits in (8, 16, 32, 64) for end, value in
      (("low", -(2 ** (bits - 1))), ("high", 2 ** (bits - 1) - 1), ("zero", 0))),
    *((f"u{bits}.{end}", value, f"uint{bits}") for bits in (8, 16, 32, 64) for end, value in
      (("high", 2**bits - 1), ("zero", 0))),
    ("float", 0.5, "float"),
    ("negative", -1.5, "float"),
    ("zero", 0.0, "double"),
    ("double", 0.1, "double"),
    ("text", "Größe", "str"),
    ("empty", "", "str"),
    ("classes", ["up", "down", "_unknown_"], "str_list"),
    ("none", [], "str_list"),
    ("offsets", [1, -2, 2**31 - 1, -(2**31)], "int32_list"),
    ("means", [0.25, -0.75], "float_list"),
    ("raw", b"\x00\x01\xff", "bin"),
]  # fmt: skip


@pytest.fixture(scope="module")
def peer(tmp_path_factory):
    """A function that lets the original toolkit do something, and returns what it prints."""
    python = os.environ["YZLITE_PEER_PYTHON"]
    folder = tmp_path_factory.mktemp("peer")

    def ask(*arguments):
        command = [python, str(HERE / "peer" / "parameters.py"), *map(str, arguments)]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, env=environment
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1]) if arguments[0] == "read" else None

    return ask


def encoded(value):
    return {"bytes": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def decoded(value):
    return base64.b64decode(value["bytes"]) if isinstance(value, dict) else value


def typed(values):
    parameters = TfliteModelParameters()
    for key, value, dtype in values:
        parameters.put(key, value, dtype)
    return parameters


def test_the_original_reads_what_we_write(peer, tmp_path):
    path = tmp_path / "ours.tflite"
    path.write_bytes(stamped(TFLITE.read_bytes(), typed(VALUES), "Written by us"))
    found = peer("read", path)
    ours = TfliteModelParameters.load_from_tflite_file(path)
    assert found["description"] == "Written by us"
    assert "SL_PARAMSv1" in found["metadata"]
    assert [name.upper() for name in found["layers"]] == [
        layer.opcode for layer in TfliteModel.load_flatbuffer_file(path).layers
    ]
    assert {key: decoded(value) for key, value in found["parameters"].items()} == dict(ours)


def test_the_original_reads_what_our_types_are_chosen_for(peer, tmp_path):
    """Values without an explicit type, and those that were changed afterwards."""
    path = tmp_path / "ours.tflite"
    chosen = {key: value for key, value, _ in VALUES}
    first = TfliteModelParameters(chosen).add_to_tflite_flatbuffer(TFLITE.read_bytes())
    path.write_bytes(with_parameters(first, {"classes": ["one"], "float": 2, "new": -7}))
    found = {key: decoded(value) for key, value in peer("read", path)["parameters"].items()}
    ours = TfliteModelParameters.load_from_tflite_file(path)
    assert found == dict(ours)
    assert (found["classes"], found["float"], found["new"]) == (["one"], 2.0, -7)


def test_we_read_what_the_original_writes(peer, tmp_path):
    values = [(key, encoded(value), dtype) for key, value, dtype in VALUES]
    (tmp_path / "values.json").write_text(json.dumps(values))
    theirs = tmp_path / "theirs.tflite"
    peer("write", TFLITE, theirs, tmp_path / "values.json")
    found = TfliteModelParameters.load_from_tflite_file(theirs)
    assert dict(found) == {key: value for key, value, _ in VALUES}
    assert {key: found.dtype(key) for key in found} == {key: dtype for key, _, dtype in VALUES}
    x = np.random.default_rng(0).normal(size=(4, 12, 10, 1)).astype(np.float32)
    np.testing.assert_array_equal(
        TflitePredictor(theirs.read_bytes()).predict(x), TflitePredictor(TFLITE.read_bytes()).predict(x)
    )
    changed = with_parameters(theirs.read_bytes(), {"text": "changed"})
    assert TfliteModelParameters.load_from_tflite_flatbuffer(changed).dtype("i8.zero") == "int8"
