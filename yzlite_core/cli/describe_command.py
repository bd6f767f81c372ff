"""`yzlite describe MODEL`: every setting, its value, and what it does."""

from __future__ import annotations

import json as json_module
from typing import Any

from yzlite_core.cli import running as r
from yzlite_core.cli.frame import Json, NoPlugin, Shown, Verbose, command, table


@command
def main(
    model: r.Model,
    test: r.Test = False,
    settings: r.Set = None,
    json: Json = False,
    no_plugin: NoPlugin = None,
    trust: r.Trust = False,
    verbose: Verbose = False,
) -> Shown:
    """Show every setting of a model: its value, whether the script set it, and what it does."""
    from yzlite_core.support.determinism import prepare_environment

    prepare_environment()
    from yzlite_core.model.settings import settings_of
    from yzlite_core.run.prepare import prepare
    from yzlite_core.run.request import Request

    request = Request(
        model,
        stages=("load",),
        test=test,
        settings=r.settings_of(settings),
        trust=trust,
        without=tuple(no_plugin or ()),
    )
    with prepare(request) as (run, _):
        found = list(settings_of(run.model))
        described = {
            s.path: {
                "value": _value(s.value),
                "set": s.is_set,
                "doc": s.declaration.__doc__,
                "declared_by": s.declaration.owner.__name__,
            }
            for s in found
        }
        rows: list[tuple[Any, ...]] = [
            ("*" if s.is_set else "", s.path, _short(_value(s.value)), s.declaration.owner.__name__)
            for s in found
        ]
        name = run.model.name
    head = f"{name}: settings that the script has set are marked with *"
    return Shown(
        {"status": "ok", "model": name, "settings": described},
        f"{head}\n{table(('', 'SETTING', 'VALUE', 'OF'), rows)}",
    )


def _value(value: Any) -> Any:
    from yzlite_core.contract.values import to_jsonable
    from yzlite_core.model.settings import MISSING

    return None if value is MISSING else to_jsonable(value)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json_module.dumps(value)
    return text if len(text) <= 100 else text[:97] + "..."
