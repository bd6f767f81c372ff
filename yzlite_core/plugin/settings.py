"""The door for plugins whose settings are checked, read or shown in ways of their own.

`parsers` has the checks that settings share, and `settings_of` shows what a model was told::

    >>> from yzlite_core.plugin import Configurable, Setting
    >>> from yzlite_core.plugin.settings import declarations, parsers, settings_of
    >>> class SaltMixin(Configurable):
    ...     grains = Setting(int, default=1, parse=parsers.at_least_one, doc="White pixels.")
    >>> list(declarations(SaltMixin))
    ['grains']
    >>> salted = SaltMixin()
    >>> salted.grains = 3
    >>> [(setting.path, setting.value) for setting in settings_of(salted)]
    [('grains', 3)]
    >>> salted.grains = 0
    Traceback (most recent call last):
    ...
    yzlite_core.errors.SettingValueError: ...
"""

from __future__ import annotations

from yzlite_core.contract.stub import handed_out

__all__, __getattr__, __dir__ = handed_out(__name__)
