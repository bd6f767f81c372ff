"""Fixtures for tests of specifications and plugins.

Opt in with `pytest_plugins = ["yzlite_core.testing.fixtures"]` in a `conftest.py`.

`yzlite_cache` gives a test a cache of its own, `make_script` writes a specification, `install_plugin`
puts a third-party plugin on the path without pip, and `yzlite` runs a command line.
"""

from yzlite_core.testing.conformance import PluginConformance
from yzlite_core.testing.fixtures import CommandResult, install_plugin, make_script, yzlite, yzlite_cache

__all__ = ["CommandResult", "PluginConformance", "install_plugin", "make_script", "yzlite", "yzlite_cache"]
