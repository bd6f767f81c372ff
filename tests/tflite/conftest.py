from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.quantization import quantize
from yzlite_core.tflite.schema import AlignedBuffer, enum_values, pack, schema

DATA = Path(__file__).parent / "data"
NETWORKS = ("guide_cnn", "ds_cnn", "resnet", "mobilenet", "auto_encoder", "unrolled_lstm", "two_ports")


@pytest.fixture
def data():
    """The folder of the .tflite files."""
    return DATA


@pytest.fixture
def tiny_bytes():
    """An int8 network: convolution, depthwise convolution, pooling, reshape, dense, softmax."""
    return (DATA / "tiny_cnn.tflite").read_bytes()


@pytest.fixture
def tiny(tiny_bytes):
    return TfliteModel(tiny_bytes)


@pytest.fixture
def assemble():
    """Assemble a .tflite by hand.

    It takes `{name: (type, shape[, constant])}` and `[(opcode, inputs, outputs[, *options])]`.

    The first tensor is the model's input, the last one its output. Options are the name of a class of the
    schema, then its fields.
    """
    return _assemble


def _assemble(tensors, operators):
    s = schema()
    names = list(tensors)
    buffers, described = [AlignedBuffer()], []
    for name, (kind, shape, *constant) in tensors.items():
        buffers.append(AlignedBuffer(constant[0] if constant else None))
        described.append(
            s.TensorT(
                name=name.encode(),
                type=enum_values("TensorType")[kind],
                shape=np.array(shape, np.int32),
                buffer=len(buffers) - 1,
            )
        )
    codes = [code for code, *_ in operators]
    built = []
    for index, (_, inputs, outputs, *options) in enumerate(operators):
        operator = s.OperatorT(
            opcodeIndex=index,
            inputs=np.array([-1 if name is None else names.index(name) for name in inputs], np.int32),
            outputs=np.array([names.index(name) for name in outputs], np.int32),
        )
        if options:
            operator.builtinOptionsType = enum_values("BuiltinOptions")[options[0]]
            operator.builtinOptions = getattr(s, options[0] + "T")(**options[1])
        built.append(operator)
    model = s.ModelT(
        version=3,
        operatorCodes=[_operator_code(code) for code in codes],
        subgraphs=[
            s.SubGraphT(
                tensors=described,
                inputs=np.array([0], np.int32),
                outputs=np.array([len(names) - 1], np.int32),
                operators=built,
            )
        ],
        buffers=buffers,
    )
    return pack(model)


def _operator_code(code):
    builtin = enum_values("BuiltinOperator")
    if isinstance(code, int):
        return schema().OperatorCodeT(builtinCode=code, deprecatedBuiltinCode=min(code, 127))
    if code in builtin:
        return schema().OperatorCodeT(
            builtinCode=builtin[code], deprecatedBuiltinCode=min(builtin[code], 127)
        )
    return schema().OperatorCodeT(
        builtinCode=builtin["CUSTOM"], deprecatedBuiltinCode=32, customCode=code.encode()
    )


@pytest.fixture(scope="session")
def export(tmp_path_factory):
    """Export networks of data/networks.py as SavedModels, in a process of its own."""
    folder = tmp_path_factory.mktemp("saved_models")

    def exported(*names):
        missing = [name for name in names if not (folder / name).exists()]
        if missing:
            _networks("export", folder, *missing)
        return [folder / name for name in names]

    return exported


@pytest.fixture(scope="session")
def networks(tmp_path_factory):
    """The networks of the table, converted to int8 once: `{name: Network}`."""
    folder = tmp_path_factory.mktemp("networks")
    _networks("convert", folder, *NETWORKS)
    parameters = json.loads((folder / "parameters.json").read_text())
    return {name: Network((folder / f"{name}.tflite").read_bytes(), parameters[name]) for name in NETWORKS}


@dataclass(frozen=True)
class Network:
    tflite: bytes
    parameters: int

    def inputs(self, count, seed=3):
        """Return random int8 samples for each input, of shape (count, ...)."""
        rng = np.random.default_rng(seed)
        ports = TfliteModel(self.tflite).inputs
        return [quantize(2 * rng.normal(size=(count, *port.shape[1:])), port) for port in ports]


def _networks(*arguments):
    environment = {
        **os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "CUDA_VISIBLE_DEVICES": "-1"
    }  # fmt: skip
    command = [sys.executable, str(DATA / "networks.py"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
