"""The door: what an author of a plugin imports.

A plugin is a module of hook functions, for example::

    >>> from yzlite_core.plugin import Configurable, Problem, Setting, hookimpl, hookspecs, load_plugins
    >>> YZLITE_CONTRACT = 1
    >>> class SaltMixin(Configurable):
    ...     salt = Setting(float, default=0.0, doc="Share of the pixels that turn white.")
    >>> @hookimpl
    ... def yzlite_check_model(model):
    ...     return [Problem("too much salt")] if model.salt > 0.5 else None

Here are the hooks with all that they are handed and answer, settings, and the classes that a model is made
of. What only some plugins need is behind further doors: `yzlite_core.plugin.data` (the batch engine and data
generators), `.settings`, `.files`, `.tflite`, `.cli` (commands) and `.run` (models and runs).

Whoever asks a hook of all plugins, as those of `yzlite_core` do, gets every answer with its owner::

    >>> salted = SaltMixin()
    >>> salted.salt = 0.9
    >>> answers = load_plugins().collect(hookspecs.yzlite_check_model, model=salted)
    >>> all(isinstance(answer.plugin, str) for answer in answers)
    True

What stands here changes with an entry in the changelog alone; other modules of the core change without
notice. The names stand in `__init__.pyi`, and are imported when they are first used, so importing this module
brings nothing heavy.
"""

from __future__ import annotations

from yzlite_core.contract.stub import handed_out

__all__, __getattr__, __dir__ = handed_out(__name__)
