"""A run of a model that a function has been given."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from yzlite_core.compat.logger import get_yzlite_logger
from yzlite_core.model import YZLiteModel
from yzlite_core.prepare import RunOptions, prepare
from yzlite_core.run import Run
from yzlite_core.training.determinism import prepare_environment


@contextmanager
def session(
    model: YZLiteModel,
    *,
    test: bool = False,
    settings: Mapping[str, Any] | None = None,
    output: Path | None = None,
) -> Iterator[Run]:
    """Yield a run of a model that is ready to start; its lines go to the logger of scripts.

    Args:
        model: The model.
        test: A dry run: one epoch, at most 3 samples of each class.
        settings: Settings that hold for this run alone, by dotted path.
        output: Directory of the results, instead of the log directory.
    """
    prepare_environment()
    options = RunOptions(test=test, settings=list((settings or {}).items()), output=output)
    with prepare(model, options, log=get_yzlite_logger(), live=sys.stderr.isatty()) as run:
        yield run
