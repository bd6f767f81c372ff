"""Compatibility stands on top: nothing beneath it needs the built-in plugin `compat`."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from yzlite_core.contract.plugins import BUILT_IN, Plugins, load_plugins
from yzlite_core.errors import PluginError
from yzlite_core.functions.perform import perform
from yzlite_core.run.request import Request

BLOBS = Path(__file__).parents[1] / "blobs.py"


@pytest.mark.slow
def test_core_loads_trains_and_converts_without_compat(make_script, yzlite_cache):
    script = make_script("blobs", BLOBS.read_text(encoding="utf-8"))
    modules = {name: importlib.import_module(module) for name, module in BUILT_IN.items()}
    del modules["compat"]
    request = Request(str(script), stages=("load", "fit", "convert"), test=True)
    results = perform(request, plugins=Plugins([], modules)).checked()
    assert results.run.plugins.names == ("conversion", "keras", "run", "tflite")
    assert results.products.reports["fit"]["epochs"] == 1
    assert results.tflite[4:8] == b"TFL3"
    assert results.files["tflite"].read_bytes() == results.tflite


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_plugin_cannot_be_left_out(yzlite_cache, name):
    with pytest.raises(PluginError, match=f"The plugin '{name}' is built in and cannot be left out"):
        load_plugins(disabled=[name.upper()])


def test_command_refuses_to_leave_out_a_built_in_plugin(yzlite):
    done = yzlite("run", "anything", "--no-plugin", "keras")
    assert done.code == 1
    assert done.stderr == (
        "Error: The plugin 'keras' is built in and cannot be left out (leave --no-plugin out)\n"
    )
