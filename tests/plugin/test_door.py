"""The door, `yzlite_core.plugin`: its names are there, its examples run, and it brings nothing along."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys
import tempfile
from collections import Counter

import pytest

import yzlite_core.plugin
from yzlite_core.contract import hookspecs

DOORS = [
    "yzlite_core.plugin",
    *(f"yzlite_core.plugin.{module.name}" for module in pkgutil.iter_modules(yzlite_core.plugin.__path__)),
]
HEAVY = {"tensorflow", "keras", "matplotlib", "sklearn", "cv2", "numba", "librosa"}


@pytest.fixture(params=DOORS)
def door(request):
    return importlib.import_module(request.param)


def modules_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_names_resolve(door):
    assert door.__all__
    assert set(door.__all__) <= set(dir(door))
    for name in door.__all__:
        assert getattr(door, name) is not None


def test_other_names_are_refused(door):
    with pytest.raises(AttributeError, match=f"module '{door.__name__}' has no attribute 'NoSuchThing'"):
        _ = door.NoSuchThing


def test_a_name_is_behind_one_door():
    shared = {"settings_of"}  # of a model, and of a command line
    names = Counter(name for door in DOORS for name in importlib.import_module(door).__all__)
    assert {name for name, count in names.items() if count > 1} == shared


def test_examples_run(door, monkeypatch, tmp_path):
    monkeypatch.setenv("YZLITE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    result = doctest.testmod(door, optionflags=doctest.ELLIPSIS)
    assert result.attempted > 2
    assert not result.failed


def test_what_hooks_are_handed_and_answer_is_behind_the_door():
    of_types = {
        alias.name
        for node in ast.walk(ast.parse(inspect.getsource(hookspecs)))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("yzlite_core.")
        for alias in node.names
    }
    assert "Dataset" in of_types
    assert of_types <= set(yzlite_core.plugin.__all__)


@pytest.mark.parametrize("name", DOORS)
def test_opening_it_does_not_even_bring_numpy(name):
    assert not modules_after(f"import {name}") & {"numpy", "typer", *HEAVY}


def test_what_is_behind_it_is_light():
    assert not modules_after("\n".join(f"from {name} import *" for name in DOORS)) & HEAVY
