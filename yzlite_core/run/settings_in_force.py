"""The settings that a model was trained with: how they are kept, and how they come into force again."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from typing import Any, TypedDict

from yzlite_core.contract.values import to_jsonable
from yzlite_core.errors import SettingError
from yzlite_core.model.model import YZLiteModel
from yzlite_core.model.settings import MISSING, Configurable, SettingValue, assign, settings_of


class KeptSetting(TypedDict, total=False):
    """A setting in `settings.json`."""

    value: Any
    set: bool  # whether somebody has set it
    json: bool  # False: the value has no form in JSON, and this is but its name
    command: bool  # True: the command has set it (`--set`, `--test`), not the script


KeptSettings = Mapping[str, KeptSetting]


def described(
    model: YZLiteModel, by_command: Collection[str] = (), *, of_training: bool = True
) -> dict[str, KeptSetting]:
    """Return the settings of a model with their values, for `settings.json`.

    Args:
        model: The model.
        by_command: The paths of those that the command has set.
        of_training: Whether those that a trained network keeps are among them.
    """
    kept: dict[str, KeptSetting] = {}
    for setting in settings_of(model):
        if setting.late or (setting.declaration.kept and not of_training):
            continue
        kept[setting.path] = {
            "value": None if setting.value is MISSING else to_jsonable(setting.value),
            "set": setting.is_set,
        }
        if not _has_json_form(setting.value):
            kept[setting.path]["json"] = False
        if _is_set_by(setting, by_command):
            kept[setting.path]["command"] = True
    return kept


def bring_into_force(model: YZLiteModel, kept: KeptSettings) -> list[str]:
    """Give a model the settings of its training, and return those that the script has changed since.

    Those that belong to the step that is done now (conversion, evaluation, this machine) stay as the script
    says, and so do those without a form in JSON: functions, objects.

    Args:
        model: The model as its script has made it.
        kept: The settings of its training.

    Returns:
        For people: which settings the script gives otherwise, with both values.
    """
    changed = []
    for setting, then, now in _differing(model, kept):
        if then.get("json", True) and not isinstance(setting.value, Configurable):
            try:
                assign(model, setting.path, None if then["value"] == {} else then["value"])
            except (SettingError, ValueError):
                continue  # told by `lost`
            if not then.get("command"):
                changed.append(
                    f"{setting.path} = {_short(then['value'])} (the script says {_short(now)} now)"
                )
    return changed


def lost(model: YZLiteModel, kept: KeptSettings, by_command: Collection[str] = ()) -> list[str]:
    """Return the paths of the settings that are not as they were in the training, and nobody has asked for.

    Args:
        model: The model that is about to run.
        kept: The settings of its training.
        by_command: The paths of those that the command has set now.
    """
    return [s.path for s, _, _ in _differing(model, kept) if not _is_set_by(s, by_command)]


def _differing(model: YZLiteModel, kept: KeptSettings) -> list[tuple[SettingValue, KeptSetting, Any]]:
    """Return the settings of a training that the model gives otherwise, with what it gives as JSON."""
    found = []
    for setting in settings_of(model):
        then = kept.get(setting.path)
        if then is None or setting.late or not setting.declaration.kept:
            continue
        now = None if setting.value is MISSING else to_jsonable(setting.value)
        if now != then["value"]:
            found.append((setting, then, now))
    return found


def _is_set_by(setting: SettingValue, paths: Collection[str]) -> bool:
    """Tell whether a setting is among the paths; an option such as `checkpoint.mode` is of its group."""
    of_group = isinstance(setting.value, dict) and any(path.startswith(f"{setting.path}.") for path in paths)
    return of_group or setting.path in paths


def _has_json_form(value: Any) -> bool:
    """Tell whether JSON gives back the very value, but for lists in the place of tuples."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, (list, tuple)):
        return all(map(_has_json_form, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) and _has_json_form(item) for key, item in value.items())
    return value is MISSING or isinstance(value, (str, bool, int, type(None)))


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."
