from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_nothing_but_the_converters_child_imports_tensorflow():
    """Import every module, run a model, describe it; all with TensorFlow, Keras and others out of reach."""
    script = f"""
import importlib, pkgutil, sys
for name in ("tensorflow", "keras", "matplotlib", "numba", "PIL"):
    sys.modules[name] = None
import yzlite_core.tflite as room
for module in pkgutil.iter_modules(room.__path__):
    importlib.import_module(f"yzlite_core.tflite.{{module.name}}")
assert "ai_edge_litert" not in sys.modules, "LiteRT is imported when it is used"
import numpy as np
from yzlite_core.tflite.interpreter import TflitePredictor
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.summary import profile, summarize
model = TfliteModel.load_flatbuffer_file({str(Path(__file__).parent / "data" / "tiny_cnn.tflite")!r})
summarize(model), profile(model, measure=False)
TflitePredictor(model.flatbuffer_data).predict(np.zeros((1, 12, 10, 1), np.float32))
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
