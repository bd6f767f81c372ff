from __future__ import annotations

from hypothesis import settings

pytest_plugins = ["yzlite_core.testing.fixtures"]

settings.register_profile("unhurried", deadline=None)  # no test is timed: machines are busy
settings.load_profile("unhurried")
