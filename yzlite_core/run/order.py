"""The order of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, ParamSpec, TypeVar, cast

from yzlite_core.contract import hookspecs
from yzlite_core.data.dataset import Dataset
from yzlite_core.model.places import read_json
from yzlite_core.run.bundle import Bundle
from yzlite_core.run.products import Products, Trained
from yzlite_core.run.provenance import provenance_of
from yzlite_core.run.reports import Provenance
from yzlite_core.run.run import Run
from yzlite_core.run.stages.archive import archive
from yzlite_core.run.stages.convert import convert
from yzlite_core.run.stages.evaluate import evaluate
from yzlite_core.run.stages.fit import fit
from yzlite_core.run.stages.load import Data, load, unloaded_after
from yzlite_core.run.stages.profile import profile
from yzlite_core.run.stages.report import report
from yzlite_core.run.stages.stored import stored_network, stored_tflite
from yzlite_core.support.files import write_json

P = ParamSpec("P")
T = TypeVar("T")


_PRODUCTS: Final = {
    "load": "data",
    "fit": "trained",
    "convert": "converted",
    "evaluate": "evaluated",
    "profile": "profiled",
    "archive": "archived",
}


def in_order(run: Run, bundle: Bundle | None, stage: Course) -> None:
    """Go through the stages that are asked for; what another would have made is read from the bundle."""
    data = stage(load, run) or stage.unloaded
    with unloaded_after(run, data):
        trained = stage(fit, run, data) or stored_network(run, bundle)
        converted = stage(convert, run, trained, data) or stored_tflite(run, bundle)
        evaluated = stage(evaluate, run, trained, converted, data)
        stage(profile, run, converted)
        provenance = _provenance(run, bundle, trained, data)
        if evaluated:
            report(run, bundle, evaluated, stage.products.reports, provenance)
        stage(archive, run, bundle, stage.products.reports)


class Course:
    """How far a run has come; told around each stage that is asked for.

    Args:
        run: The run.

    Attributes:
        products: What the stages have made so far.
        at: The stage at hand, or None before the first.
        unloaded: The data, for the stages of a run that does not load it all first.
    """

    def __init__(self, run: Run) -> None:
        self.products = Products()
        self.unloaded = Data(run)
        self.at: str | None = None
        self._run = run

    @property
    def datasets(self) -> Mapping[str, Dataset]:
        """What has been loaded so far, by subset."""
        return (self.products.data or self.unloaded).loaded

    def __call__(self, stage: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Call a stage if it is asked for, and return what it makes; else None."""
        name, run = stage.__name__, self._run
        if name not in run.request.stages:
            return None
        self.at = name
        run.tell(hookspecs.yzlite_before_stage, run=run, stage=name, given=self.products)
        made = stage(*args, **kwargs)
        product: dict[str, Any] = {_PRODUCTS[name]: made}
        self.products = replace(self.products, **product)
        told = cast("dict[str, Any]", self.products.reports)[name]
        run.tell(hookspecs.yzlite_after_stage, run=run, stage=name, report=told, made=self.products)
        return made


def _provenance(run: Run, bundle: Bundle | None, trained: Trained, data: Data) -> Provenance:
    """Return what is known of the training; if it is this run's, write down all data that it has loaded."""
    if bundle is not None:
        return cast("Provenance", read_json(bundle.paths.provenance))
    provenance = provenance_of(run, data.loaded, trained.run_id)
    if run.request.trains:
        write_json(run.paths.provenance, provenance)
    return provenance
