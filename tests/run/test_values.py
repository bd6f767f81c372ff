"""What flows through a run cannot be changed on its way."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from yzlite_core import TrainMixin, YZLiteModel
from yzlite_core.contract.plugins import Plugins
from yzlite_core.run import Request, Run, RunPaths
from yzlite_core.run.request import as_given

ROOT = Path("folder")
EXCEPTED = {"model", "plugins", "log"}  # they are what they are; their settings are frozen elsewhere


class Model(YZLiteModel, TrainMixin):
    pass


def a_request() -> Request:
    """Return a request that is given lists, dictionaries and sets wherever it may be."""
    given: dict[str, Any] = {
        "stages": ["fit", "load"],
        "settings": [["checkpoint", {"mode": "max", "of": [1, [2]]}], ["epochs", 3]],
        "without": ["audio"],
        "kinds": ["keras"],
        "classes": ["a", "b"],
        "predict_callbacks": [print],
    }
    return Request("mine", **given)


def changeable(value: object) -> bool:
    if isinstance(value, tuple):
        return any(map(changeable, value))
    if hasattr(value, "values"):
        return isinstance(value, dict) or any(map(changeable, value.values()))
    return isinstance(value, (list, dict, set, bytearray))


def a_run(request: Request) -> Run:
    return Run(Model("mine.py"), Plugins([], {}), RunPaths(ROOT, "mine", ROOT), request)


@pytest.mark.parametrize("flowing", [a_request(), a_run(a_request())])
def test_no_field_can_be_assigned_or_changed(flowing):
    for field in dataclasses.fields(flowing):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(flowing, field.name, None)
        assert field.name in EXCEPTED or not changeable(getattr(flowing, field.name)), field.name


def test_settings_are_written_as_they_were_given():
    (name, value), _ = a_request().settings
    assert (name, as_given(value)) == ("checkpoint", {"mode": "max", "of": [1, [2]]})
    with pytest.raises(TypeError):
        value["mode"] = "min"


def test_stages_come_in_the_order_of_a_run():
    assert a_request().stages == ("load", "fit")
    assert a_request().trains


def test_a_new_option_of_a_run_is_one_field():
    """Whoever reads it finds it in the run; nothing between the command and there names it."""
    wider = dataclasses.make_dataclass(
        "Wider", [("mixed_precision", bool, dataclasses.field(default=False))], bases=(Request,), frozen=True
    )
    asked = wider("mine", mixed_precision=True)
    assert dataclasses.replace(asked, stages=("fit",)).mixed_precision
    assert a_run(asked).request.mixed_precision
