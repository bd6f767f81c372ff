"""Find plugins, judge them, register them, and call their hooks.

A `Plugins` value is made for a run and passed on; there is no global manager. Every plugin that was
found has a record, also one that is disabled, broken or refused: the others load all the same.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Generic, ParamSpec, TypeVar

import importlib_metadata
import pluggy

from yzlite_core import hookspecs
from yzlite_core.errors import HookFailedError, NobodyAnsweredError, PluginError, YZLiteError, did_you_mean

P = ParamSpec("P")
R = TypeVar("R")

GROUP = "yzlite"
CORE = "core"


@dataclass(frozen=True)
class PluginRecord:
    """What is known of one plugin.

    Attributes:
        name: The name of its entry point.
        dist: The distribution that brought it.
        version: The distribution's version.
        state: `ok`, `disabled`, `broken` or `refused`.
        reason: Why it is not ok, in one line.
        hooks: The hooks that it implements.
        seconds: How long its import took.
    """

    name: str
    dist: str
    version: str
    state: str = "ok"
    reason: str | None = None
    hooks: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class Answer(Generic[R]):
    """What one plugin answered to a hook, or what it raised."""

    plugin: str
    value: R
    error: Exception | None = None


class Plugins:
    """The plugins of one run.

    Args:
        records: What is known of each plugin that was found, in order of name.
        modules: The loaded ones, by name, in the order of registration.
        trace: Whether each hook call is written to standard error.
    """

    def __init__(
        self, records: Sequence[PluginRecord], modules: dict[str, Any], *, trace: bool = False
    ) -> None:
        self.records = tuple(records)
        self._modules = modules
        self._trace = trace
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        # pluggy asks the plugin registered last first. The core comes first and so is asked last;
        # of the others the first by name is asked first.
        for name in sorted(modules, key=lambda name: (name == CORE, name), reverse=True):
            self._manager.register(_Guarded(name, modules[name], self._traced), name)
        self._manager.check_pending()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the loaded plugins, the core among them."""
        return tuple(sorted(self._modules))

    def with_script(self, name: str, module: ModuleType) -> Plugins:
        """Return these plugins and a specification script that holds hook implementations of its own."""
        if not _hook_names(module):
            return self
        return Plugins(self.records, {**self._modules, name: module}, trace=self._trace)

    def claim(self, spec: Callable[P, R | None], /, *args: P.args, **kwargs: P.kwargs) -> Answer[R]:
        """Ask who does the work; the first that does not pass has done it.

        Raises:
            NobodyAnsweredError: If all passed.
            HookFailedError: If an implementation raised.
        """
        answer = self._call(spec, kwargs)
        if answer is None:
            implementers = [i.plugin_name for i in self._caller(spec).get_hookimpls()]
            asked = ", ".join(sorted(implementers)) or "nobody"
            raise NobodyAnsweredError(
                f"No plugin answered {spec.__name__}; asked and passed: {asked}",
                hint=_WOULD_ANSWER.get(spec.__name__),
            )
        result: Answer[R] = answer
        return result

    def collect(self, spec: Callable[P, R | None], /, *args: P.args, **kwargs: P.kwargs) -> list[Answer[R]]:
        """Return every answer, in the order of the plugins' names.

        Raises:
            HookFailedError: If an implementation raised.
        """
        return sorted(self._call(spec, kwargs), key=lambda answer: answer.plugin)

    def tell(self, spec: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> list[Answer[R]]:
        """Tell every observer; what one raises stands in its answer's `error`."""
        return sorted(self._call(spec, kwargs), key=lambda answer: answer.plugin)

    def _caller(self, spec: Callable[..., Any]) -> pluggy.HookCaller:
        caller: pluggy.HookCaller = getattr(self._manager.hook, spec.__name__)
        return caller

    def _call(self, spec: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        return self._caller(spec)(**arguments)

    def _traced(self, hook: str, plugin: str, seconds: float, outcome: object) -> None:
        if self._trace:
            text = repr(outcome)
            shown = text if len(text) <= 100 else text[:97] + "..."
            print(f"{hook} <- {plugin}: {shown} ({1000 * seconds:.1f} ms)", file=sys.stderr)


def load_plugins(*, disabled: Iterable[str] = (), trace: bool | None = None) -> Plugins:
    """Load the core's own hooks and every installed plugin that may and can be loaded.

    Args:
        disabled: Names of plugins or distributions that are not even imported, besides those in
            `YZLITE_DISABLE_PLUGINS` (separated by commas).
        trace: Whether to write each hook call to standard error; None asks `YZLITE_TRACE_PLUGINS`.

    Raises:
        PluginError: If a name in `disabled` fits no installed plugin.
    """
    wanted_off = {*disabled}
    off = wanted_off | {
        n.strip() for n in os.environ.get("YZLITE_DISABLE_PLUGINS", "").split(",") if n.strip()
    }
    found = list(installed_plugins())
    known = {name for record, _ in found for name in (record.name, record.dist)}
    for name in sorted(wanted_off - known):
        raise PluginError(f"There is no plugin '{name}' to disable", hint=did_you_mean(name, known))
    records: list[PluginRecord] = []
    modules: dict[str, Any] = {CORE: importlib.import_module("yzlite_core.defaults")}
    for record, target in found:
        if {record.name, record.dist} & off:
            records.append(replace(record, state="disabled", reason="disabled by the user"))
            continue
        judged, module = _load(record, target)
        if module is not None and record.name in modules:
            judged = replace(judged, state="refused", reason=f"the name '{record.name}' is taken already")
        elif module is not None:
            modules[record.name] = module
        records.append(judged)
    if trace is None:
        trace = os.environ.get("YZLITE_TRACE_PLUGINS", "") not in ("", "0")
    return Plugins(records, modules, trace=trace)


def installed_plugins() -> Iterator[tuple[PluginRecord, str]]:
    """Yield a record and the module's name for each installed plugin, in order of name; import nothing."""
    points = importlib_metadata.entry_points(group=GROUP)
    for point in sorted(points, key=lambda p: (p.name, p.value)):
        dist = point.dist
        yield (
            PluginRecord(point.name, dist.name if dist else "?", dist.version if dist else "?"),
            point.value,
        )


def _load(record: PluginRecord, target: str) -> tuple[PluginRecord, ModuleType | None]:
    started = time.perf_counter()
    try:
        module = importlib.import_module(target)
    except (Exception, SystemExit) as error:  # whatever a third party's module raises is its own fault
        return replace(record, state="broken", reason=f"{type(error).__name__}: {_one_line(error)}"), None
    record = replace(record, seconds=time.perf_counter() - started)
    refusal = _refusal(record, module)
    if refusal is not None:
        return replace(record, state="refused", reason=refusal), None
    return replace(record, hooks=tuple(sorted(_hook_names(module)))), module


def _refusal(record: PluginRecord, module: ModuleType) -> str | None:
    contract = getattr(module, "YZLITE_CONTRACT", None)
    if contract is None:
        return f"it states no contract: add YZLITE_CONTRACT = {hookspecs.HOOK_CONTRACT} to {module.__name__}"
    if contract != hookspecs.HOOK_CONTRACT:
        older = isinstance(contract, int) and contract < hookspecs.HOOK_CONTRACT
        upgrade = record.dist if older else "yzlite-core"
        return (
            f"it was written for contract {contract}, and this core speaks contract "
            f"{hookspecs.HOOK_CONTRACT}: upgrade {upgrade}"
        )
    for name in _hook_names(module):
        spec = getattr(hookspecs, name, None)
        if spec is None:
            known = [n for n in vars(hookspecs) if n.startswith("yzlite_")]
            return (
                f"it implements {name}, which is no hook; {did_you_mean(name, known) or 'see hookspecs.py'}"
            )
        allowed = set(inspect.signature(spec).parameters)
        unknown = set(inspect.signature(getattr(module, name)).parameters) - allowed
        if unknown:
            return (
                f"its {name} asks for {', '.join(sorted(unknown))}, but the hook has only "
                f"{', '.join(sorted(allowed)) or 'no arguments'}"
            )
    return None


def _hook_names(module: object) -> list[str]:
    marker = f"{hookspecs.PROJECT}_impl"
    return [name for name, member in vars(module).items() if hasattr(member, marker)]


class _Guarded:
    """A plugin whose implementations tag their answers, times and exceptions with its name."""

    def __init__(
        self, plugin: str, module: object, traced: Callable[[str, str, float, object], None]
    ) -> None:
        marker = f"{hookspecs.PROJECT}_impl"
        for hook in _hook_names(module):
            implementation = getattr(module, hook)
            options = getattr(implementation, marker)
            guard = _guard_wrapper if options["wrapper"] else _guard
            guarded = guard(plugin, hook, implementation, traced)
            # pluggy reads the arguments' names off the function behind `__wrapped__`
            functools.update_wrapper(guarded, implementation)
            setattr(guarded, marker, options)
            setattr(self, hook, guarded)


def _guard(
    plugin: str, hook: str, implementation: Callable[..., Any], traced: Callable[..., None]
) -> Callable[..., Any]:
    is_observer = getattr(getattr(hookspecs, hook, None), "kind", "claim") == "tell"

    def guarded(*args: Any) -> Answer[Any] | None:
        started = time.perf_counter()
        value, failure = None, None
        try:
            value = implementation(*args)
        except Exception as error:
            failure = error
        traced(hook, plugin, time.perf_counter() - started, failure or value)
        if failure is not None:
            if is_observer:
                return Answer(plugin, None, failure)
            raise _tagged(plugin, hook, failure) from failure
        return None if value is None else Answer(plugin, value)

    return guarded


def _guard_wrapper(
    plugin: str, hook: str, implementation: Callable[..., Any], traced: Callable[..., None]
) -> Callable[..., Any]:
    """Let a wrapper see and return plain values, while the call around it carries tagged ones."""

    def guarded(*args: Any) -> Any:
        started = time.perf_counter()
        wrapper = implementation(*args)
        inner: Any = None
        try:
            next(wrapper)
            try:
                inner = yield
            except Exception as error:
                wrapper.throw(error)
            else:
                wrapper.send(_plain(inner))
        except StopIteration as done:
            traced(hook, plugin, time.perf_counter() - started, done.value)
            return _retagged(plugin, inner, done.value)
        except YZLiteError:
            raise
        except Exception as error:
            raise _tagged(plugin, hook, error) from error
        raise PluginError(f"The wrapper of the plugin '{plugin}' around {hook} yields more than once")

    return guarded


def _plain(answer: Any) -> Any:
    if isinstance(answer, list):
        return [a.value for a in answer]
    return None if answer is None else answer.value


def _retagged(plugin: str, inner: Any, value: Any) -> Any:
    if isinstance(inner, list):
        owners = {id(answer.value): answer.plugin for answer in inner}
        return [Answer(owners.get(id(item), plugin), item) for item in value or []]
    if value is None:
        return None
    owner = inner.plugin if inner is not None and inner.value is value else plugin
    return Answer(owner, value)


def _tagged(plugin: str, hook: str, error: Exception) -> Exception:
    """An explained failure stays as it is; a plugin's own crash gets the plugin's name."""
    return error if isinstance(error, YZLiteError) else HookFailedError(plugin, hook, error)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]


_WOULD_ANSWER = {
    "yzlite_load_dataset": "inherit a dataset mixin (DatasetMixin, ImageDatasetMixin of yzlite-image, "
    "AudioDatasetMixin of yzlite-audio)",
    "yzlite_evaluate": "inherit EvaluateClassifierMixin and install yzlite-eval: pip install yzlite-eval",
    "yzlite_profile": "install the plugin that knows this target",
    "yzlite_build_model": "inherit TrainMixin and set my_model.build_model_function",
}
