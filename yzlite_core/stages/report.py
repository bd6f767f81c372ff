"""report: let plugins write something for people to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yzlite_core import hookspecs
from yzlite_core.files import write_json

if TYPE_CHECKING:
    from yzlite_core.run import Run


def report(run: Run) -> None:
    """Write the provenance, and tell the reporters that all results are there."""
    write_json(run.paths.provenance, run.provenance())
    run.tell(hookspecs.yzlite_report, model=run.model, results=run.results, directory=run.paths.root, run=run)
