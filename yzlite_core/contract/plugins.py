"""Find plugins, judge them, register them, and call their hooks.

A `Plugins` value is made for a run and passed on; there is no global manager. Every plugin that was
found has a record, also one that is disabled, broken or refused: the others load all the same.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import inspect
import os
import reprlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from traceback import format_exception
from types import ModuleType
from typing import Any, Generic, NoReturn, ParamSpec, TypeVar

import pluggy

from yzlite_core.contract import hookspecs
from yzlite_core.contract.entry_points import HOOKS, canonical, disabled_by_environment, points
from yzlite_core.contract.validation import (
    MARKER,
    fault_of_answer,
    fault_of_contract,
    fault_of_hooks,
    hook_names,
    is_observed,
)
from yzlite_core.errors import (
    HookFailedError,
    NobodyAnsweredError,
    PluginError,
    ScriptError,
    StopRunError,
    YZLiteError,
    did_you_mean,
)
from yzlite_core.support.version import __version__

P = ParamSpec("P")
R = TypeVar("R")

FOLDER_VARIABLE = "YZLITE_PLUGINS_DIR"
_BUILT_IN = (
    "yzlite_core.compat.plugin",
    "yzlite_core.conversion.plugin",
    "yzlite_core.keras.plugin",
    "yzlite_core.run.plugin",
    "yzlite_core.tflite.plugin",
)
#: The plugins that are always there and are asked after all others, by name: that of their room.
BUILT_IN = {module.split(".")[1]: module for module in _BUILT_IN}


@dataclass(frozen=True)
class PluginRecord:
    """What is known of one plugin.

    Attributes:
        name: The name of its entry point, or the stem of its file in `YZLITE_PLUGINS_DIR`.
        dist: The distribution that brought it, or the file.
        version: The distribution's version; empty for a file.
        state: `ok`, `disabled`, `broken` or `refused`.
        reason: Why it is not ok, in one line.
        hooks: The hooks that it implements.
        seconds: How long its import took.
        traceback: Of the import that failed.
    """

    name: str
    dist: str
    version: str
    state: str = "ok"
    reason: str | None = None
    hooks: tuple[str, ...] = ()
    seconds: float = 0.0
    traceback: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Answer(Generic[R]):
    """What one plugin answered to a hook, or what it raised."""

    plugin: str
    value: R
    error: BaseException | None = None


class Plugins:
    """The plugins of one run.

    Args:
        records: What is known of each plugin that was found, in order of name.
        modules: The loaded ones, by name.
        script: The file name of a specification script that holds hooks of its own, and its module.
        trace: Whether each hook call is written to standard error.
    """

    def __init__(
        self,
        records: Sequence[PluginRecord],
        modules: Mapping[str, ModuleType],
        *,
        script: tuple[str, ModuleType] | None = None,
        trace: bool = False,
    ) -> None:
        self.records = tuple(records)
        self._modules = modules
        self._script = script
        self._trace = trace
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        # pluggy asks first what was registered last: the script, the plugins by name, the core at last.
        in_order = sorted(modules.items(), key=lambda item: (item[0] in BUILT_IN, item[0]))
        for name, module in reversed([*([script] if script else []), *in_order]):
            self._manager.register(_Guarded(name, module, self._traced), name)
        self._manager.check_pending()

    @property
    def built_in(self) -> tuple[PluginRecord, ...]:
        """The records of the plugins that are always there, in order of name."""
        return tuple(
            PluginRecord(
                name, "yzlite-core", __version__, hooks=tuple(sorted(hook_names(self._modules[name])))
            )
            for name in sorted(BUILT_IN)
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the loaded plugins, the built-in ones among them."""
        return tuple(sorted(self._modules))

    def with_script(self, module: ModuleType) -> Plugins:
        """Return these plugins and the hooks that a specification script holds, which are asked first.

        Args:
            module: The executed script.

        Raises:
            ScriptError: If a hook in it is none, or asks for what there is not.
        """
        name = os.path.basename(module.__file__ or module.__name__)
        fault = fault_of_hooks(module)
        if fault is not None:
            raise ScriptError(f"{name}: {fault}")
        if not hook_names(module):
            return self
        return Plugins(self.records, self._modules, script=(name, module), trace=self._trace)

    def claim(self, spec: Callable[P, R | None], /, *args: P.args, **kwargs: P.kwargs) -> Answer[R]:
        """Ask who does the work; the first that does not pass has done it.

        Raises:
            NobodyAnsweredError: If all passed.
            HookFailedError: If an implementation raised.
        """
        answer = self._call(spec, args, kwargs)
        if answer is None:
            asked = {shown(i.plugin_name) for i in self._caller(spec).get_hookimpls() if not i.wrapper}
            passed = ", ".join(sorted(asked)) or "nobody"
            subject = "".join(
                f" for the {name} '{value}'" for name, value in kwargs.items() if type(value) is str
            )
            raise NobodyAnsweredError(
                f"No plugin answered {spec.__name__}{subject}; asked and passed: {passed}",
                hint=_WOULD_ANSWER.get(spec.__name__),
            )
        result: Answer[R] = answer
        return result

    def collect(self, spec: Callable[P, R | None], /, *args: P.args, **kwargs: P.kwargs) -> list[Answer[R]]:
        """Return every answer, in the order of the plugins' names.

        Raises:
            HookFailedError: If an implementation raised.
        """
        return sorted(self._call(spec, args, kwargs), key=lambda answer: answer.plugin)

    def tell(self, spec: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> list[Answer[R]]:
        """Tell every observer; what one raises stands in its answer's `error`."""
        return sorted(self._call(spec, args, kwargs), key=lambda answer: answer.plugin)

    def _caller(self, spec: Callable[..., Any]) -> pluggy.HookCaller:
        caller: pluggy.HookCaller = getattr(self._manager.hook, spec.__name__)
        return caller

    def _call(self, spec: Callable[..., Any], nameless: Sequence[Any], arguments: Mapping[str, Any]) -> Any:
        if nameless:
            names = ", ".join(inspect.signature(spec).parameters) or "it has none"
            raise TypeError(f"{spec.__name__} takes its arguments by name: {names}")
        return self._caller(spec)(**arguments)

    def _traced(self, hook: str, plugin: str, seconds: float, outcome: object) -> None:
        if self._trace:
            text = " ".join(_brief.repr(outcome).split())
            shown = text if len(text) <= 100 else text[:97] + "..."
            print(f"{hook} <- {plugin}: {shown} ({1000 * seconds:.1f} ms)", file=sys.stderr)


def load_plugins(*, disabled: Iterable[str] = (), trace: bool | None = None) -> Plugins:
    """Load the built-in plugins and every installed one that may and can be loaded.

    Args:
        disabled: Names of plugins or distributions that are not even imported, besides those in
            `YZLITE_DISABLE_PLUGINS` (separated by commas).
        trace: Whether to write each hook call to standard error; None asks `YZLITE_TRACE_PLUGINS`.

    Raises:
        PluginError: If a name in `disabled` is that of a built-in plugin or of none, or
            `YZLITE_PLUGINS_DIR` is no folder.
    """
    unwanted = {canonical(name): name for name in disabled}
    off = unwanted.keys() | disabled_by_environment()
    found = [*_installed(), *_in_folder()]
    known = {name for plugin in found for name in plugin.names}
    for name in sorted(unwanted.keys() & BUILT_IN.keys()):
        raise PluginError(
            f"The plugin '{name}' is built in and cannot be left out", hint="leave --no-plugin out"
        )
    for name in sorted(unwanted[key] for key in unwanted.keys() - known):
        hint = did_you_mean(name, known) or "see them with: yzlite plugins"
        raise PluginError(f"There is no plugin '{name}' to disable", hint=hint)
    records: list[PluginRecord] = []
    modules = {name: importlib.import_module(module) for name, module in BUILT_IN.items()}
    for plugin in sorted(found, key=lambda plugin: plugin.record.name):
        record = plugin.record
        if plugin.names & off:
            records.append(replace(record, state="disabled", reason="disabled by the user"))
        elif (taken := _fault_of_name(record.name, records)) is not None:
            records.append(replace(record, state="refused", reason=taken))
        else:
            judged, module = _load(plugin)
            records.append(judged)
            if module is not None:
                modules[record.name] = module
    if trace is None:
        trace = os.environ.get("YZLITE_TRACE_PLUGINS", "") not in ("", "0")
    return Plugins(records, modules, trace=trace)


def shown(plugin: str) -> str:
    """Return how people are told of a plugin: those that are built in are the core."""
    return "core" if plugin in BUILT_IN else plugin


def failures(hook: Callable[..., Any], answers: Iterable[Answer[Any]]) -> list[HookFailedError]:
    """Return what observers have raised, as sentences that name them.

    Args:
        hook: What they were told.
        answers: What `Plugins.tell` returned.

    Raises:
        StopRunError: If one of them has raised it.
    """
    raised = [(answer.plugin, answer.error) for answer in answers if answer.error is not None]
    for _, error in raised:
        if isinstance(error, StopRunError):
            raise error
    return [HookFailedError(shown(plugin), hook.__name__, error) for plugin, error in raised]


@dataclass(frozen=True)
class _Found:
    record: PluginRecord
    load: Callable[[], ModuleType]

    @property
    def names(self) -> set[str]:
        """The names by which a user can mean it, in their canonical form."""
        return {canonical(self.record.name), canonical(self.record.dist)}


def _installed() -> Iterator[_Found]:
    """Yield the plugin of each entry point, in order of name; import nothing."""
    for point in points(HOOKS):
        dist, version = (point.dist.name, point.dist.version) if point.dist else ("?", "?")
        load = functools.partial(importlib.import_module, point.value)
        yield _Found(PluginRecord(point.name, dist, version), load)


def _in_folder() -> Iterator[_Found]:
    """Yield the plugin of each Python file in `YZLITE_PLUGINS_DIR`, in order of name; import nothing."""
    named = os.environ.get(FOLDER_VARIABLE)
    if not named:
        return
    folder = Path(named).expanduser()
    if not folder.is_dir():
        raise PluginError(f"{FOLDER_VARIABLE} names {folder}, which is no folder")
    for path in sorted(folder.glob("*.py")):
        if path.name[0] not in "._":
            yield _Found(PluginRecord(path.stem, str(path), ""), functools.partial(_import_file, path))


def _import_file(path: Path) -> ModuleType:
    name = f"yzlite_plugins_dir_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _fault_of_name(name: str, records: Iterable[PluginRecord]) -> str | None:
    """Return why no further plugin can go by a name, or None."""
    if canonical(name) in BUILT_IN:
        return f"the name '{name}' belongs to a built-in plugin: give this one another"
    holder = next((record.dist for record in records if record.name == name and record.state == "ok"), None)
    return None if holder is None else f"the name '{name}' is taken already, by {holder}"


def _load(plugin: _Found) -> tuple[PluginRecord, ModuleType | None]:
    started = time.perf_counter()
    try:
        with redirect_stdout(sys.stderr):  # results of commands alone go to standard output
            module = plugin.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever a third party's module raises is its own fault
        reason, trace = f"{type(error).__name__}: {_one_line(error)}", "".join(format_exception(error))
        seconds = time.perf_counter() - started
        return replace(plugin.record, state="broken", reason=reason, seconds=seconds, traceback=trace), None
    record = replace(plugin.record, seconds=time.perf_counter() - started)
    fault = fault_of_contract(module, record.dist) or fault_of_hooks(module)
    if fault is not None:
        return replace(record, state="refused", reason=fault), None
    return replace(record, hooks=_hooks_of(module)), module


def _hooks_of(module: ModuleType) -> tuple[str, ...]:
    return tuple(sorted(hook_names(module)))


class _Guarded:
    """A plugin whose implementations tag their answers, times and exceptions with its name."""

    def __init__(
        self, plugin: str, module: object, traced: Callable[[str, str, float, object], None]
    ) -> None:
        for hook in hook_names(module):
            implementation = getattr(module, hook)
            options = getattr(implementation, MARKER)
            guard = _guard_wrapper if options["wrapper"] else _guard
            guarded = guard(plugin, hook, implementation, traced)
            # pluggy reads the arguments' names off the function behind `__wrapped__`
            functools.update_wrapper(guarded, implementation)
            setattr(guarded, MARKER, options)
            setattr(self, hook, guarded)


def _guard(
    plugin: str, hook: str, implementation: Callable[..., Any], traced: Callable[..., None]
) -> Callable[..., Any]:
    def guarded(*args: Any) -> Answer[Any] | None:
        started = time.perf_counter()
        value: Any = None
        failure: BaseException | None = None
        try:
            value = implementation(*args)
        except (Exception, SystemExit) as error:
            failure = error
        traced(hook, plugin, time.perf_counter() - started, failure or value)
        if is_observed(hook):
            return None if failure is None and value is None else Answer(plugin, value, failure)
        if failure is not None:
            _reraise(plugin, hook, failure)
        return None if value is None else Answer(plugin, _fitting(plugin, hook, value))

    return guarded


def _guard_wrapper(
    plugin: str, hook: str, implementation: Callable[..., Any], traced: Callable[..., None]
) -> Callable[..., Any]:
    """Let a wrapper see and return plain values, while the call around it carries tagged ones."""

    def guarded(*args: Any) -> Any:
        started = time.perf_counter()
        try:
            wrapper = implementation(*args)
            next(wrapper)
        except StopIteration:
            raise PluginError(f"The wrapper of the plugin '{plugin}' around {hook} does not yield") from None
        except (Exception, SystemExit) as error:
            _reraise(plugin, hook, error)
        inner: Any = None
        try:
            try:
                inner = yield
            except Exception as error:
                wrapper.throw(error)
            else:
                wrapper.send(_plain(inner))
        except StopIteration as done:
            traced(hook, plugin, time.perf_counter() - started, done.value)
            return _retagged(plugin, hook, inner, done.value)
        except (Exception, SystemExit) as error:
            _reraise(plugin, hook, error)
        raise PluginError(f"The wrapper of the plugin '{plugin}' around {hook} yields more than once")

    return guarded


def _fitting(plugin: str, hook: str, value: Any) -> Any:
    """Return an answer that is of the kind that the hook asks for."""
    fault = fault_of_answer(hook, value)
    if fault is not None:
        raise PluginError(f"The plugin '{plugin}' answered {hook} with {fault}")
    return value


def _plain(answer: Any) -> Any:
    if isinstance(answer, list):
        return [a.value for a in answer]
    return None if answer is None else answer.value


def _retagged(plugin: str, hook: str, inner: Any, value: Any) -> Any:
    if value is None:
        if inner:
            raise PluginError(
                f"The wrapper of the plugin '{plugin}' around {hook} returned nothing",
                hint="a wrapper returns the result of its yield, or what takes its place",
            )
        return inner
    if isinstance(inner, list):
        owners = {id(answer.value): answer.plugin for answer in inner}
        return [Answer(owners.get(id(item), plugin), _fitting(plugin, hook, item)) for item in value]
    owner = inner.plugin if inner is not None and inner.value is value else plugin
    return Answer(owner, _fitting(plugin, hook, value))


def _reraise(plugin: str, hook: str, error: BaseException) -> NoReturn:
    """Raise an explained failure as it is, with its cause; a plugin's own crash gets the plugin's name."""
    if isinstance(error, YZLiteError):
        raise error
    raise HookFailedError(shown(plugin), hook, error) from error


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]


_brief = reprlib.Repr()
_brief.maxother = _brief.maxstring = 100

_WOULD_ANSWER = {
    "yzlite_load_dataset": "inherit a dataset mixin (DatasetMixin, ImageDatasetMixin of yzlite-image, "
    "AudioDatasetMixin of yzlite-audio)",
    "yzlite_evaluate": "inherit EvaluateClassifierMixin and install yzlite-eval: pip install yzlite-eval",
    "yzlite_profile": "install the plugin that knows this target",
    "yzlite_build_model": "inherit TrainMixin and set my_model.build_model_function",
}
