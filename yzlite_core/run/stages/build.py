"""build: ask who makes the Keras model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yzlite_core.contract import hookspecs

if TYPE_CHECKING:
    from yzlite_core.run import Run


def build(run: Run) -> Any:
    """Return a freshly built and compiled Keras model, the same for the same seed."""
    from yzlite_core.support.determinism import seed_keras

    seed_keras(run.seed)
    return run.plugins.claim(hookspecs.yzlite_build_model, model=run.model).value
