"""Settings as typed descriptors: what a model, a data generator or a front end can be told.

A class lists what it can be told, once::

    class TrainMixin:
        epochs = Setting(int, default=100, doc="Passes over the training data.")
        early_stopping = OptionGroup(EarlyStopping, doc="Off until a key is set.")

That one declaration is what the script's author, the type checker, `yzlite describe`, `--set`, the
documentation and the archive's `settings.json` read. A wrong type, an unknown name or a misspelt
key is refused on the line that assigns it. Reading never changes what "is set" means.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, get_type_hints, overload

from yzlite_core.errors import (
    FrozenSettingError,
    MissingSettingError,
    SettingTypeError,
    SettingValueError,
    UnknownOptionError,
    UnknownSettingError,
    did_you_mean,
)
from yzlite_core.model.typecheck import coerce, conforms, hint_text
from yzlite_core.support.source_location import LINES, calling_line, remember_line

T = TypeVar("T")
D = TypeVar("D", bound=Mapping[str, Any])
C = TypeVar("C", bound="Configurable")

MISSING: Final[Any] = object()


class Setting(Generic[T]):
    """One thing that an object can be told.

    Args:
        kind: The type of the value; any annotation (`int`, `tuple[int, ...] | None`, ...) will do.
            `bool` is not an `int` here; an `int` is accepted where a `float` is asked for.
        default: The value until one is set. `None` also makes None a valid value.
        factory: Makes the default of a mutable type, once for each object.
        doc: What the setting does; one or more sentences.
        choices: The only values that are accepted.
        parse: Takes the value, returns the one to keep; raises ValueError with the reason.
        late: Also settable while a run is going on: data, not a setting.
        kept: Whether a trained network keeps it for its evaluation and conversion; False for what only the
            step at hand is concerned with: that conversion, that evaluation, this machine.
    """

    @overload
    def __init__(
        self: Setting[T],
        kind: type[T],
        *,
        default: T = ...,
        factory: Callable[[], T] | None = ...,
        doc: str,
        choices: tuple[T, ...] | None = ...,
        parse: Callable[[Any], Any] | None = ...,
        late: bool = ...,
        kept: bool = ...,
    ) -> None: ...
    @overload
    def __init__(
        self: Setting[T | None],
        kind: type[T],
        *,
        default: None,
        doc: str,
        choices: tuple[T, ...] | None = ...,
        parse: Callable[[Any], Any] | None = ...,
        late: bool = ...,
        kept: bool = ...,
    ) -> None: ...
    @overload
    def __init__(
        self,
        kind: Any,
        *,
        default: T = ...,
        factory: Callable[[], T] | None = ...,
        doc: str,
        choices: tuple[Any, ...] | None = ...,
        parse: Callable[[Any], Any] | None = ...,
        late: bool = ...,
        kept: bool = ...,
    ) -> None: ...
    def __init__(
        self,
        kind: Any,
        *,
        default: Any = MISSING,
        factory: Callable[[], Any] | None = None,
        doc: str,
        choices: tuple[Any, ...] | None = None,
        parse: Callable[[Any], Any] | None = None,
        late: bool = False,
        kept: bool = True,
    ) -> None:
        self.kind = kind if default is not None else kind | None
        self.default = default
        self.factory = factory
        self.choices = choices
        self.parse = parse
        self.late = late
        self.kept = kept
        self.__doc__ = doc
        self.name = ""
        self.owner: type = object

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.owner = owner

    @overload
    def __get__(self, instance: None, owner: type) -> Setting[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> Any:
        if instance is None:
            return self
        state = instance.__dict__
        if self.name in state:
            return state[self.name]
        if self.factory is not None:
            return state.setdefault(_default_slot(self.name), self.factory())
        if self.default is MISSING:
            raise MissingSettingError(
                f"{owner.__name__}.{self.name} has not been set{calling_line()}",
                hint=f"add a line such as `my_model.{self.name} = ...` to the specification; "
                f"it takes {hint_text(self.kind)}",
            )
        return self.default

    def __set__(self, instance: object, value: T) -> None:
        label = f"{type(instance).__name__}.{self.name}"
        if not self.late:
            refuse_if_frozen(instance, label)
        instance.__dict__[self.name] = self._accepted(value, label)
        remember_line(instance, self.name)

    def _accepted(self, value: Any, label: str) -> Any:
        if self.parse is not None and value is not None:
            try:
                value = self.parse(value)
            except ValueError as error:
                raise SettingValueError(f"{label}: {error}{calling_line()}") from None
        if not conforms(value, self.kind):
            raise SettingTypeError(f"{label} takes {hint_text(self.kind)}, got {value!r}{calling_line()}")
        value = coerce(value, self.kind)
        if self.choices is not None and value is not None and value not in self.choices:
            known = ", ".join(map(repr, self.choices))
            hint = (
                did_you_mean(value, [c for c in self.choices if isinstance(c, str)])
                if isinstance(value, str)
                else None
            )
            raise SettingValueError(f"{label} takes one of {known}, got {value!r}{calling_line()}", hint=hint)
        return value

    def is_set(self, instance: object) -> bool:
        """Tell whether the value differs from the default because somebody set or filled it."""
        state = instance.__dict__
        if self.name in state:
            return True
        filled = state.get(_default_slot(self.name), MISSING)
        if isinstance(filled, Configurable):
            return any(setting.is_set for setting in settings_of(filled))
        return filled is not MISSING and self.factory is not None and filled != self.factory()


class Options(dict[str, Any]):
    """The value of an option group: a dictionary that knows its keys and their types."""

    def __init__(self, label: str, hints: Mapping[str, Any], values: Mapping[str, Any], frozen: bool) -> None:
        super().__init__()
        self._label = label
        self._hints = hints
        for key, value in values.items():
            self._put(key, value)
        self._frozen = frozen

    def __setitem__(self, key: str, value: Any) -> None:
        refuse_if_frozen(self, f"{self._label}[{key!r}]")
        self._put(key, value)
        remember_line(self, key)

    def _put(self, key: str, value: Any) -> None:
        if key not in self._hints:
            raise UnknownOptionError(
                f"{self._label} has no option '{key}'{calling_line()}",
                hint=did_you_mean(key, self._hints) or "it knows " + ", ".join(sorted(self._hints)),
            )
        hint = self._hints[key]
        if not conforms(value, hint):
            raise SettingTypeError(
                f"{self._label}[{key!r}] takes {hint_text(hint)}, got {value!r}{calling_line()}"
            )
        super().__setitem__(key, coerce(value, hint))

    def __delitem__(self, key: str) -> None:
        refuse_if_frozen(self, f"{self._label}[{key!r}]")
        super().__delitem__(key)

    def __ior__(self, other: Any) -> Options:  # type: ignore[override,misc]  # one signature is enough
        self.update(other)
        return self

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set several options; each is checked as in an item assignment."""
        for key, value in dict(*args, **kwargs).items():
            self[key] = value

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Set the option unless it is set, and return it."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str, *default: Any) -> Any:
        """Remove the option and return its value."""
        refuse_if_frozen(self, f"{self._label}[{key!r}]")
        return super().pop(key, *default)

    def clear(self) -> None:
        """Remove every option: switch the group off."""
        refuse_if_frozen(self, self._label)
        super().clear()

    def freeze(self) -> None:
        """Refuse every later change."""
        self._frozen = True

    def __deepcopy__(self, memo: dict[int, Any]) -> Options:
        twin = Options(self._label, self._hints, self, self._frozen)
        twin.__dict__[LINES] = dict(self.__dict__.get(LINES, {}))
        return twin

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


class OptionGroup(Generic[D]):
    """A group of options that belong together, such as the arguments of one callback.

    An empty group means off. Assigning a dictionary keeps the declared defaults of the keys that it
    does not name; assigning None switches the group off.

    Args:
        keys: A TypedDict whose keys are the options.
        doc: What the group does.
        defaults: Options that are set from the start.
        kept: As for a `Setting`.
    """

    def __init__(
        self,
        keys: type[D],
        *,
        doc: str,
        defaults: Mapping[str, Any] | None = None,
        kept: bool = True,
    ) -> None:
        self.keys = keys
        self.kind = keys
        self.defaults = dict(defaults or {})
        self.kept = kept
        self.__doc__ = doc
        self.name = ""
        self.owner: type = object

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.owner = owner

    @property
    def default(self) -> dict[str, Any]:
        """The options that are set from the start."""
        return dict(self.defaults)

    @overload
    def __get__(self, instance: None, owner: type) -> OptionGroup[D]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> D: ...
    def __get__(self, instance: object | None, owner: type) -> Any:
        if instance is None:
            return self
        state = instance.__dict__
        if self.name in state:
            return state[self.name]
        slot = _default_slot(self.name)
        if slot not in state:
            state[slot] = self._options(instance, self.defaults)
        return state[slot]

    def __set__(self, instance: object, value: D | None) -> None:
        label = f"{type(instance).__name__}.{self.name}"
        refuse_if_frozen(instance, label)
        if value is None:
            given: dict[str, Any] = {}
        elif isinstance(value, Mapping):
            given = {**self.defaults, **value}
        else:
            raise SettingTypeError(f"{label} takes a dictionary or None, got {value!r}{calling_line()}")
        options = self._options(instance, given)
        for key in value or ():
            remember_line(options, key)
        instance.__dict__[self.name] = options
        remember_line(instance, self.name)

    def _options(self, instance: object, values: Mapping[str, Any]) -> Options:
        label = f"{type(instance).__name__}.{self.name}"
        return Options(label, get_type_hints(self.keys), values, bool(instance.__dict__.get("_frozen")))

    def is_set(self, instance: object) -> bool:
        """Tell whether somebody assigned the group or changed one of its options."""
        state = instance.__dict__
        return self.name in state or state.get(_default_slot(self.name), self.defaults) != self.defaults


Declaration = Setting[Any] | OptionGroup[Any]


class Configurable:
    """Base of everything that has settings; refuses unknown names, with the nearest known one.

    Args:
        **settings: Values of declared settings.
    """

    def __init__(self, **settings: Any) -> None:
        for name, value in settings.items():
            setattr(self, name, value)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        refuse_rival_declarations(cls)

    # Hidden from type checkers, so that they report unknown names too.
    if not TYPE_CHECKING:

        def __setattr__(self, name: str, value: Any) -> None:
            if not name.startswith("_") and not hasattr(type(self), name):
                raise UnknownSettingError(
                    f"{type(self).__name__} has no setting '{name}'{calling_line()}",
                    hint=_hint(self, name) or "names of your own start with an underscore",
                )
            super().__setattr__(name, value)

        def __getattr__(self, name: str) -> Any:
            if hasattr(type(self), name):  # a setting or property that raised AttributeError itself
                return object.__getattribute__(self, name)
            if name.startswith("_"):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            raise UnknownSettingError(
                f"{type(self).__name__} has no setting '{name}'{calling_line()}",
                hint=_hint(self, name),
            )

    def copied(self: C, **settings: Any) -> C:
        """Return a copy with other values of some settings; it can be changed even where this is frozen.

        Args:
            **settings: Those values.
        """
        twin = copy.copy(self)
        twin.__dict__.update({name: _thawed(value) for name, value in self.__dict__.items()})
        twin.__dict__.update({"_frozen": False, LINES: dict(self.__dict__.get(LINES, {}))})
        for name, value in settings.items():
            setattr(twin, name, value)
        return twin

    def freeze(self) -> None:
        """Refuse every later assignment, here and in the settings that can be frozen themselves."""
        for setting in settings_of(self):
            if not setting.late and hasattr(setting.value, "freeze"):
                setting.value.freeze()
        self.__dict__["_frozen"] = True


def _thawed(value: Any) -> Any:
    """Return a copy of what can be frozen, which is not; other values as they are."""
    if isinstance(value, Options):
        return Options(value._label, value._hints, value, frozen=False)
    return value.copied() if isinstance(value, Configurable) else value


def _hint(target: object, name: str) -> str | None:
    """Return the nearest setting that there is, or the mixin that would bring the setting."""
    owners = [
        cls for cls in _subclasses(Configurable) if cls.__name__.endswith("Mixin") and name in vars(cls)
    ]
    if owners and isinstance(vars(owners[0])[name], (Setting, OptionGroup)):
        return f"it comes with {owners[0].__name__}: add that to the bases of {type(target).__name__}"
    return did_you_mean(name, declarations(type(target)))


def _subclasses(cls: type) -> Iterator[type]:
    derived: type
    for derived in type.__subclasses__(cls):
        yield derived
        yield from _subclasses(derived)


@dataclass(frozen=True)
class SettingValue:
    """One setting of one object, as `yzlite describe` and `settings.json` show it.

    Attributes:
        path: Dotted name, e.g. `datagen.rotation_range`.
        value: The value in force; `MISSING` if it has neither value nor default.
        is_set: Whether somebody set it.
        declaration: The descriptor: type, default, documentation, the class that declares it.
        late: Whether it is data that may be set while a run goes on.
    """

    path: str
    value: Any
    is_set: bool
    declaration: Declaration
    late: bool


def declarations(cls: type) -> dict[str, Declaration]:
    """Return the settings that a class declares or inherits, base classes first, by name."""
    found: dict[str, Declaration] = {}
    for base in reversed(cls.__mro__):
        for name, member in vars(base).items():
            if isinstance(member, (Setting, OptionGroup)):
                found[name] = member
            elif name in found:
                del found[name]  # a subclass computes it: a property is no setting
    return found


def settings_of(target: object, prefix: str = "") -> Iterator[SettingValue]:
    """Walk over the settings of an object and of the configurable objects that they hold."""
    for name, declaration in declarations(type(target)).items():
        try:
            value = getattr(target, name)
        except MissingSettingError:
            value = MISSING
        late = isinstance(declaration, Setting) and declaration.late
        yield SettingValue(prefix + name, value, declaration.is_set(target), declaration, late)
        if isinstance(value, Configurable):
            yield from settings_of(value, f"{prefix}{name}.")


def assign(target: object, path: str, value: Any) -> None:
    """Set `path` (dotted: `reduce_lr_on_plateau.factor`) as the option `--set` does.

    Raises:
        UnknownSettingError: With the nearest path that exists.
        SettingError: If the value does not fit.
    """
    holder, (*parents, last) = target, path.split(".")
    try:
        for name in parents:
            holder = holder[name] if isinstance(holder, Options) else getattr(holder, name)
        if isinstance(holder, dict):
            holder[last] = value
        elif isinstance(holder, Configurable) and last in declarations(type(holder)):
            setattr(holder, last, value)
        else:
            raise AttributeError(last)
        remember_line(holder, last, f" (--set {path})")
    except (UnknownOptionError, AttributeError) as error:
        if isinstance(error, FrozenSettingError):
            raise
        known = [setting.path for setting in settings_of(target)]
        known += [
            f"{s.path}.{key}"
            for s in settings_of(target)
            if isinstance(s.declaration, OptionGroup)
            for key in get_type_hints(s.declaration.keys)
        ]
        raise UnknownSettingError(
            f"{type(target).__name__} has no setting '{path}'", hint=did_you_mean(path, known)
        ) from None


@contextmanager
def restored(target: Configurable) -> Iterator[None]:
    """Let a block change and freeze the settings of an object; afterwards they are as they were.

    What a setting holds and a run would change in place (options, a data generator, model parameters) is
    a copy during the block, so that whoever else holds the original sees none of it.
    """
    state = target.__dict__
    found = declarations(type(target))
    settings = [name for name in found if not getattr(found[name], "late", False)]
    slots = {*settings, *map(_default_slot, settings), LINES, "_frozen"}
    kept = {slot: state[slot] for slot in slots & state.keys()}
    state.update({slot: _own_copy(value) for slot, value in kept.items()})
    state[LINES] = dict(kept.get(LINES, {}))
    try:
        yield
    finally:
        for slot in slots:
            state.pop(slot, None)
        state.update(kept)


def _own_copy(value: Any) -> Any:
    """Return a copy of what a run may change in place, with copies of what it holds; else the value."""
    if isinstance(value, Options):
        return copy.deepcopy(value)
    if hasattr(value, "freeze"):
        value = copy.copy(value)
    if isinstance(value, Configurable):
        value.__dict__.update({name: _own_copy(held) for name, held in vars(value).items()})
    return value


def refuse_if_frozen(target: Any, label: str) -> None:
    """Raise if the settings of `target` have been frozen."""
    if target.__dict__.get("_frozen"):
        raise FrozenSettingError(
            f"{label} was assigned after the run had started{calling_line()}",
            hint="set it in the specification script, or with --set",
        )


def refuse_rival_declarations(cls: type) -> None:
    """Raise if two unrelated base classes declare the same setting and `cls` does not decide."""
    for name in declarations(cls):
        claimants = [base for base in cls.__mro__ if name in vars(base)]
        most_specific = [
            base
            for base in claimants
            if not any(other is not base and issubclass(other, base) for other in claimants)
        ]
        if len(most_specific) > 1:
            first, second = most_specific[:2]
            raise SettingTypeError(
                f"{cls.__name__} inherits '{name}' from both {first.__name__} and {second.__name__}, "
                f"and neither is derived from the other{calling_line()}",
                hint=f"declare {name} in {cls.__name__} itself, or drop one of the two",
            )


def _default_slot(name: str) -> str:
    return f"_default:{name}"
