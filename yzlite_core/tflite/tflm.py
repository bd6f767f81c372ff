"""Size the tensor arena with TensorFlow Lite Micro (TFLM) itself, where it is installed."""

from __future__ import annotations

import importlib.util
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from yzlite_core.support.child import run_module
from yzlite_core.tflite.arena import ALIGNMENT, estimate_arena
from yzlite_core.tflite.file import TfliteFile

TIMEOUT_SECONDS = 120
# An estimate that is a little too small would end in a firmware that does not start.
_MARGIN = 1.05


@dataclass(frozen=True)
class Arena:
    """The memory that the interpreter needs.

    Attributes:
        size: Bytes, a multiple of 16.
        is_measured: Whether TensorFlow Lite Micro itself was asked; else it is an estimate with 5 % added.
    """

    size: int
    is_measured: bool


def is_installed() -> bool:
    """Tell whether the optional package `tflite-micro` is installed."""
    return importlib.util.find_spec("tflite_micro") is not None


def measure_arena(tflite: bytes) -> int | None:
    """Return the smallest arena that TFLM was seen to work with.

    It is the sum that TFLM reports after an inference or, where the set-up alone takes more than that
    (networks of many small tensors, or of very wide layers), the next larger size that works, found
    upwards in steps of 0.4 %. TFLM runs in a process of its own: it aborts on what it does not like.

    Args:
        tflite: The content of the file.

    Returns:
        Bytes, a multiple of 16; None if TFLM is not installed or cannot run the model.

    Raises:
        TfliteError: If it is not an intact .tflite.
    """
    generous = 4 * estimate_arena(TfliteFile(tflite)).total_bytes + (1 << 20)
    if not is_installed():
        return None
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "model.tflite")
        path.write_bytes(tflite)
        try:
            child = run_module(
                "yzlite_core.tflite._tflm_child",
                str(path),
                str(generous),
                cwd=directory,
                timeout=TIMEOUT_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return None
    return int(child.stdout) if child.returncode == 0 else None


def required_arena(model: TfliteFile) -> Arena:
    """Return the arena that a firmware has to reserve for a model."""
    measured = measure_arena(model.flatbuffer_data)
    if measured is not None:
        return Arena(measured, is_measured=True)
    estimate = estimate_arena(model).total_bytes
    return Arena(round(estimate * _MARGIN / ALIGNMENT + 0.5) * ALIGNMENT, is_measured=False)
