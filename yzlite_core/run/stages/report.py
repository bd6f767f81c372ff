"""report: let plugins write something for people to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from yzlite_core.contract import hookspecs
from yzlite_core.run.bundle import Bundle
from yzlite_core.run.products import Evaluated
from yzlite_core.run.reports import Provenance, Reports

if TYPE_CHECKING:
    from yzlite_core.run.run import Run


def report(
    run: Run, bundle: Bundle | None, evaluated: Evaluated, reports: Reports, provenance: Provenance
) -> None:
    """Tell the reporters that all results are there.

    Args:
        run: The run.
        bundle: What an earlier training has left, whose reports and results are told where this run has none.
        evaluated: The evaluations.
        reports: What the stages of this run have reported.
        provenance: Of the training.
    """
    earlier = {} if bundle is None or run.request.evaluates_otherwise else bundle.results()
    run.tell(
        hookspecs.yzlite_report,
        model=run.model,
        results={**earlier, **evaluated.results},
        directory=run.paths.root,
        run=run,
        reports=cast("Reports", {**(bundle.reports if bundle else {}), **reports}),
        provenance=provenance,
    )
