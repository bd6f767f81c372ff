"""Settings by dotted key, as scripts of the original toolkit ask for them: `train.epochs`, `*classes`."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from typing import Any

from yzlite_core.errors import MissingSettingError, UnknownSettingError, did_you_mean
from yzlite_core.model.settings import declarations

_GROUPS = {
    "TrainMixin": "train",
    "DatasetMixin": "dataset",
    "DataGeneratorDatasetMixin": "dataset",
    "ModelShape": "dataset",
    "AudioDatasetMixin": "audio",
    "ImageDatasetMixin": "image",
    "EvaluateMixin": "eval",
    "EvaluateClassifierMixin": "eval",
    "EvaluateAutoEncoderMixin": "eval",
}


class YZLiteModelAttributes(Mapping[str, Any]):
    """The settings of a model by dotted key; those without a value are left out.

    A key is found by its whole name, by the name of the setting alone, or by a pattern such as `*classes`.
    """

    def __init__(self, model: object) -> None:
        self._model = model
        found = declarations(type(model))
        self._names = {_key(name, declaration.owner): name for name, declaration in found.items()}

    def __getitem__(self, key: str) -> Any:
        return getattr(self._model, self._name(key))

    def __iter__(self) -> Iterator[str]:
        return (key for key, name in self._names.items() if hasattr(self._model, name))

    def __contains__(self, key: object) -> bool:
        name = self._found(key) if isinstance(key, str) else None
        return name is not None and hasattr(self._model, name)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def contains_key(self, key: str) -> bool:
        """Tell whether there is such a setting, with or without a value."""
        return self._found(key) is not None

    def value_is_set(self, key: str) -> bool:
        """Tell whether somebody has set it; reading does not."""
        name = self._name(key)
        return declarations(type(self._model))[name].is_set(self._model)

    def get_value(self, key: str, **default: Any) -> Any:
        """Return a setting's value, or `default` if it has none."""
        try:
            return self[key]
        except (MissingSettingError, UnknownSettingError):
            if "default" in default:
                return default["default"]
            raise

    def set_value(self, key: str, value: Any) -> None:
        """Set a setting."""
        setattr(self._model, self._name(key), value)

    def _name(self, key: str) -> str:
        found = self._found(key)
        if found is None:
            raise UnknownSettingError(
                f"{type(self._model).__name__} has no attribute '{key}'", hint=did_you_mean(key, self._names)
            )
        return found

    def _found(self, key: str) -> str | None:
        if key in self._names:
            return self._names[key]
        known = (known for known in self._names if fnmatch.fnmatchcase(known, key))
        matching = next(known, None)
        if matching is not None:
            return self._names[matching]
        last = key.rpartition(".")[2]
        return last if last in self._names.values() else None


class ModelAttributes:
    """What a model knows of itself by dotted key."""

    @property
    def attributes(self) -> YZLiteModelAttributes:
        """All settings, by dotted key."""
        return YZLiteModelAttributes(self)

    def get_attribute(self, name: str) -> Any:
        """Return the value of a setting.

        Args:
            name: A dotted key (`train.epochs`), a setting's name, or a pattern (`*classes`).

        Raises:
            UnknownSettingError: If there is no such setting.
            MissingSettingError: If it has no value.
        """
        return self.attributes[name]

    def has_attribute(self, name: str) -> bool:
        """Tell whether there is such a setting."""
        return self.attributes.contains_key(name)


def _key(name: str, owner: type) -> str:
    group = _GROUPS.get(owner.__name__)
    return name if group is None else f"{group}.{name}"
