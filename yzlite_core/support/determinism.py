"""The same seed gives the same bytes: what a run fixes, and gives back afterwards."""

from __future__ import annotations

import importlib
import os
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from yzlite_core.support.clock import build_time
from yzlite_core.support.quiet import native_notes_hidden

_seed: ContextVar[int | None] = ContextVar("seed of the run", default=None)

THREADS_VARIABLE = "TF_NUM_INTRAOP_THREADS"


def prepare_environment(*, gpu: bool = True) -> None:
    """Fix what TensorFlow reads from the environment when it is imported; called before any script.

    The number of threads changes the bytes of a trained network, so it is this machine's number of
    cores, recorded in the provenance, and never depends on how many workers make batches.

    Raises:
        UsageError: If `SOURCE_DATE_EPOCH`, at which NumPy would stumble, makes no sense.
    """
    build_time()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault(THREADS_VARIABLE, str(os.cpu_count() or 1))
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "2")
    if not gpu:
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"


def tensorflow_threads() -> int:
    """Return the number of threads that TensorFlow computes with, as the environment fixed it."""
    return int(os.environ.get(THREADS_VARIABLE) or os.cpu_count() or 1)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed Python's and NumPy's global generators for a block, and put them back as they were.

    A script and Keras' layers draw from them. TensorFlow is seeded too, when it is loaded at the latest.
    """
    token = _seed.set(seed)
    python_state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002 # it is the global one
    try:
        random.seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002 # the scripts' own draws
        if "tensorflow" in sys.modules:
            seed_keras(seed)
        yield
    finally:
        _seed.reset(token)
        random.setstate(python_state)
        np.random.set_state(numpy_state)  # noqa: NPY002 # see above


def seed_keras(seed: int) -> None:
    """Seed Keras and TensorFlow, and switch deterministic operations on."""
    import_tensorflow()
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed % 2**32)
    tf.config.experimental.enable_op_determinism()


def import_tensorflow() -> None:
    """Import TensorFlow and Keras without the notes of their native code."""
    if "tensorflow" not in sys.modules or "keras" not in sys.modules:
        with native_notes_hidden():
            importlib.import_module("tensorflow")
            importlib.import_module("keras")
        seed = _seed.get()
        if seed is not None:
            seed_keras(seed)
