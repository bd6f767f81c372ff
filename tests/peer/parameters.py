"""Run by the original toolkit's Python, not by ours: read or write a .tflite with the toolkit's own code.

python parameters.py read FILE              prints what the toolkit reads, as JSON
python parameters.py write FILE OUT VALUES  lets the toolkit write parameters, from a JSON file, into OUT
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

from mltk.core.tflite_model import TfliteModel
from mltk.core.tflite_model_parameters import TfliteModelParameters


def read(path: str) -> None:
    model = TfliteModel.load_flatbuffer_file(path)
    parameters = TfliteModelParameters.load_from_tflite_file(path)
    found = {
        "description": model.description,
        "metadata": sorted(model.get_all_metadata()),
        "layers": [layer.opcode_str for layer in model.layers],
        "parameters": {
            key: {"bytes": base64.b64encode(value).decode()} if isinstance(value, bytes) else value
            for key, value in parameters.items()
        },
    }
    print("\n" + json.dumps(found))


def write(path: str, target: str, values: str) -> None:
    parameters = TfliteModelParameters()
    for key, value, dtype in json.loads(Path(values).read_text()):
        plain = base64.b64decode(value["bytes"]) if isinstance(value, dict) else value
        parameters.put(key, plain, dtype)
    parameters.add_to_tflite_file(path, output=target)


if __name__ == "__main__":
    {"read": read, "write": write}[sys.argv[1]](*sys.argv[2:])
