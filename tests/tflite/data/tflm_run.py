"""Run a model in TensorFlow Lite Micro, sample by sample: python tflm_run.py MODEL INPUTS.npz OUTPUTS.npz."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from tflite_micro import runtime

from yzlite_core.tflite.model import TfliteModel

model, inputs, outputs = map(Path, sys.argv[1:])
n_outputs = TfliteModel.load_flatbuffer_file(model).n_outputs
interpreter = runtime.Interpreter.from_bytes(model.read_bytes(), arena_size=1 << 20)
with np.load(inputs) as stored:
    ports = [stored[name] for name in stored.files]
results: list[list[np.ndarray]] = []
for number in range(len(ports[0])):
    for index, port in enumerate(ports):
        interpreter.set_input(port[number : number + 1], index)
    interpreter.invoke()
    results.append([interpreter.get_output(index).copy() for index in range(n_outputs)])
np.savez(outputs, *[np.concatenate(port) for port in zip(*results, strict=True)])
