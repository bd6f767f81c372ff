"""Users' functions in processes: found there, told apart from lambdas, and gone when nobody needs them."""

from __future__ import annotations

import multiprocessing
import os
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from yzlite_core.data.batches import ArraySource, Batches, FunctionTransform, Processes
from yzlite_core.data.datagen import DataGenerator, ParallelProcessParams
from yzlite_core.errors import DatasetError

X = np.arange(12, dtype=np.float32).reshape(12, 1)

SCRIPT = """
    import os

    class Odd(Exception):
        def __init__(self, one, two):
            super().__init__(f"{one} and {two}")

    def double(sample, class_id=None):
        return sample * 2 + (class_id or 0) * 1000

    def told(params, sample, filename):
        return sample * params.n_classes + len(filename)

    def number_of_process(sample):
        return sample * 0 + os.getpid()

    def fail(sample):
        raise Odd("this", "that")

    def end(sample):
        os._exit(3)
"""


@pytest.fixture
def script(tmp_path, monkeypatch):
    """The functions of a script that was loaded as specifications are: by its path, under a name of ours."""
    import types

    path = tmp_path / "my_functions.py"
    path.write_text(textwrap.dedent(SCRIPT))
    module = types.ModuleType("yzlite_model_script.my_functions")
    module.__file__ = str(path)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(path.read_text(), str(path), "exec"), module.__dict__)
    return module


@pytest.fixture
def processes():
    made = Processes(2)
    yield made
    made.shutdown()
    assert multiprocessing.active_children() == []


def test_functions_are_told_the_same_elsewhere(script):
    generator = DataGenerator(function_processes=2, preprocessing_function=script.told)
    params = ParallelProcessParams(generator, classes=("cat", "dog"))
    made = generator.batches(ArraySource(X), params=params, batch_size=4)
    np.testing.assert_array_equal(made[0], X[:4] * 2 + len("sample 0"))
    made.shutdown()


def batches(function, processes, **how) -> Batches:
    step = FunctionTransform(processes.calling(function), 100, processes.shutdown)
    return Batches(ArraySource(X), transforms=[step], batch_size=4, labels=np.arange(12) % 2, **how)


def test_functions_of_a_script_run_elsewhere_to_the_same_end(script, processes):
    made = batches(script.double, processes, workers=2)
    here = Batches(
        ArraySource(X),
        transforms=[FunctionTransform(script.double, 100)],
        batch_size=4,
        labels=np.arange(12) % 2,
    )
    for _ in range(2):  # they are started again when they are needed again
        np.testing.assert_array_equal(np.concatenate(list(made)), np.concatenate(list(here)))
        assert multiprocessing.active_children()
        made.shutdown()
        assert multiprocessing.active_children() == []
    assert os.getpid() not in batches(script.number_of_process, processes)[0]


def test_failures_name_the_function_and_the_sample(script, processes):
    with pytest.raises(DatasetError, match=r"fail failed on sample 0: RuntimeError: Odd: this and that"):
        batches(script.fail, processes)[0]
    with pytest.raises(DatasetError, match="A process that calls end has ended before it was done"):
        batches(script.end, processes)[0]
    assert batches(script.double, processes)[0].shape == (4, 1)  # others take its place


def test_a_function_of_a_module_is_imported(processes):
    assert batches(np.negative, processes)[0].tolist() == (-X[:4]).tolist()


def test_what_cannot_be_found_elsewhere_is_refused(script, processes):
    def inner(sample):
        return sample

    del script.__file__  # as in a notebook
    for function in (lambda sample: sample, inner, Path("x").joinpath, script.double):
        with pytest.raises(DatasetError, match=r"cannot be called in a process.*") as refused:
            processes.calling(function)
        assert "function_processes" in refused.value.hint
