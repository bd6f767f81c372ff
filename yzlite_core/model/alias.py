"""Other names for what an object can be told."""

from __future__ import annotations

from typing import Any, Generic, TypeVar, overload

from yzlite_core.errors import MissingSettingError
from yzlite_core.model.settings import declarations
from yzlite_core.model.typecheck import hint_text
from yzlite_core.support.source_location import calling_line

T = TypeVar("T")


class Alias(Generic[T]):
    """Another name of an attribute: of the object itself, or of what one of its settings holds.

    For example::

        class AudioDatasetMixin(DataGeneratorDatasetMixin):
            audio_classes: Alias[Any] = Alias("classes", doc="The same as `classes`.")
            sample_rate_hz: Alias[int] = Alias("datagen.sample_rate_hz", doc="Sample rate of sound, in Hz.")

    Args:
        path: The attribute's own name, or that of a setting, a dot, and the attribute's name.
        doc: What it is.
    """

    def __init__(self, path: str, *, doc: str) -> None:
        self._setting, _, self._attribute = path.rpartition(".")
        self._name = path
        self.__doc__ = doc

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Alias[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> Any:
        return self if instance is None else getattr(self._holder(instance), self._attribute)

    def __set__(self, instance: object, value: T) -> None:
        setattr(self._holder(instance), self._attribute, value)

    def _holder(self, instance: object) -> Any:
        return held(instance, self._setting, self._name) if self._setting else instance


def held(target: object, setting: str, asked: str) -> Any:
    """Return what a setting holds.

    Args:
        target: The object with the setting.
        setting: Its name.
        asked: What somebody has asked for that is a part of it.

    Raises:
        MissingSettingError: If it is None.
    """
    value = getattr(target, setting)
    if value is not None:
        return value
    name = type(target).__name__
    kind = hint_text(declarations(type(target))[setting].kind).removesuffix(" or None")
    raise MissingSettingError(
        f"{name}.{asked} is that of {name}.{setting}, which has not been set{calling_line()}",
        hint=f"set it first: my_model.{setting} = {kind}(...)",
    )
