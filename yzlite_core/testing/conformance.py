"""What every plugin must pass; derive a test class from it."""

from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys

from yzlite_core.contract.entry_points import HOOKS, points
from yzlite_core.contract.plugins import PluginRecord, load_plugins

_HEAVY = ("tensorflow", "keras", "matplotlib", "sklearn", "cv2", "numba", "librosa")


class PluginConformance:
    """Tests that an installed plugin keeps the contract.

    For example::

        class TestConformance(PluginConformance):
            plugin = "motion"

    Attributes:
        plugin: The name of the plugin's entry point.
    """

    plugin: str

    def record(self) -> PluginRecord:
        """Return what the loader knows of the plugin."""
        (record,) = (r for r in load_plugins().records if r.name == self.plugin)
        return record

    def module(self) -> str:
        """Return the name of the module of the plugin's hooks."""
        (point,) = points(HOOKS, self.plugin)
        return str(point.value)

    def test_is_loaded(self) -> None:
        """The plugin loads, states the right contract and implements at least one hook, all known."""
        record = self.record()
        assert record.state == "ok", record.reason
        assert record.hooks

    def test_hooks_are_documented(self) -> None:
        """Each implementation says what it does."""
        module = importlib.import_module(self.module())
        for hook in self.record().hooks:
            assert inspect.getdoc(getattr(module, hook)), f"{hook} has no docstring"

    def test_import_is_light(self) -> None:
        """Importing the plugin's module imports nothing heavy."""
        code = f"import sys, json; import {self.module()}; print(json.dumps(sorted(sys.modules)))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert not set(json.loads(done.stdout)) & set(_HEAVY)
