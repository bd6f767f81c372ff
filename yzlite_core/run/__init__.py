"""A run: what is asked for, what it works on, and the order of things."""

from yzlite_core.run.paths import RunPaths
from yzlite_core.run.request import DEFAULT_SEED, STAGES, Request
from yzlite_core.run.run import TEST_SAMPLES, Run

__all__ = ["DEFAULT_SEED", "STAGES", "TEST_SAMPLES", "Request", "Run", "RunPaths"]
