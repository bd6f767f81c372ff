"""Fixtures for tests of specifications and plugins.

Opt in with `pytest_plugins = ["yzlite_core.testing.fixtures"]` in a `conftest.py`.

`yzlite_cache` gives a test a cache of its own, `make_script` writes a specification, `install_plugin`
puts a third-party plugin on the path without pip, `batch_threads` tells which threads of a generator live
and `yzlite` runs a command line.
"""

from yzlite_core.testing.conformance import PluginConformance
from yzlite_core.testing.fixtures import (
    CommandResult,
    batch_threads,
    install_plugin,
    make_script,
    yzlite,
    yzlite_cache,
)

__all__ = [
    "CommandResult",
    "PluginConformance",
    "batch_threads",
    "install_plugin",
    "make_script",
    "yzlite",
    "yzlite_cache",
]
