"""The process that runs TensorFlow Lite Micro: `python -m yzlite_core.tflite._tflm_child MODEL ARENA`.

Prints the smallest arena that works.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from yzlite_core.tflite.model import TfliteModel

ALIGNMENT = 16


def reported_arena(model: bytes, generous: int) -> int:
    """Return the arena that TFLM reports after an inference on zeros.

    Raises:
        RuntimeError: If TFLM cannot run the model (or the process dies).
    """
    with tempfile.TemporaryFile() as output:
        os.dup2(output.fileno(), 2)  # the only place where TFLM says it
        interpreter = _interpreter(model, generous)
        for index in range(len(TfliteModel(model).inputs)):
            details = interpreter.get_input_details(index)
            interpreter.set_input(np.zeros(details["shape"], details["dtype"]), index)
        interpreter.invoke()
        interpreter.print_allocations()
        output.seek(0)
        report = re.search(rb"Arena allocation total (\d+)", output.read())
    if report is None:
        raise RuntimeError("TFLM reported no arena")
    return -(-int(report[1]) // ALIGNMENT) * ALIGNMENT


def smallest_arena(model: bytes, reported: int, generous: int) -> int:
    """Return the first size that works, from what TFLM reports upwards, in steps of at most 0.4 %."""
    step = max(ALIGNMENT, reported // 256 // ALIGNMENT * ALIGNMENT)
    return next(size for size in range(reported, generous + step, step) if _works(model, size))


def _interpreter(model: bytes, size: int) -> Any:
    from tflite_micro import runtime

    return runtime.Interpreter.from_bytes(model, arena_size=size)


def _works(model: bytes, size: int) -> bool:
    """Try an arena in a fork, because too small a one can end in a segmentation fault."""
    process = os.fork()
    if not process:
        try:
            _interpreter(model, size)
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(process, 0)
    return status == 0


def main() -> None:
    """Print the arena's size."""
    model, generous = Path(sys.argv[1]).read_bytes(), int(sys.argv[2])
    print(smallest_arena(model, reported_arena(model, generous), generous))


if __name__ == "__main__":
    main()
