"""Networks of the core's tests; `tests/tflite/data/networks.py` there makes them."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["yzlite_core.testing.fixtures"]


@pytest.fixture
def data() -> Path:
    """The folder of the .tflite files."""
    return Path(__file__).parent / "data"


@pytest.fixture
def tiny_bytes(data: Path) -> bytes:
    """An int8 network: convolution, depthwise convolution, pooling, reshape, dense, softmax."""
    return (data / "tiny_cnn.tflite").read_bytes()
