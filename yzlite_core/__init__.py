"""YZLite: a plugin framework for machine learning on microcontrollers.

The public names stand in `__init__.pyi`, and are imported when they are first used. One that a plugin lends
(`AudioDatasetMixin`, `ImageDatasetMixin`, `EvaluateClassifierMixin`, ...) and whose plugin is missing says
what to install.
"""

from __future__ import annotations

from typing import Any

from yzlite_core.support.version import __version__ as __version__


def __getattr__(name: str) -> Any:
    if name in globals():  # asked for through the facade
        return globals()[name]
    from yzlite_core.contract.lazy_exports import resolve

    value = globals()[name] = resolve(name)
    return value


def __dir__() -> list[str]:
    from yzlite_core.contract.lazy_exports import lent_names
    from yzlite_core.contract.stub import public_names

    return sorted({*globals(), *public_names().own, *lent_names()})
