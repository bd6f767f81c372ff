"""Enumerations of the schema whose members are their names."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from yzlite_core.tflite.schema import enum_names, enum_values


class _Named(str, Enum):
    """A member equals its name; it is made of a name in any case, or of the schema's number."""

    @classmethod
    def _missing_(cls, value: object) -> Any:
        wanted = enum_names(cls._schema_name()).get(value) if isinstance(value, int) else value
        return next((member for member in cls if member.value == str(wanted).upper()), None)

    @classmethod
    def _schema_name(cls) -> str:
        return {"TfliteActivation": "ActivationFunctionType", "TflitePadding": "Padding"}[cls.__name__]

    def __int__(self) -> int:
        return enum_values(self._schema_name())[self.value]

    def __str__(self) -> str:
        return str(self.value)


class TfliteActivation(_Named):
    """The activation that is fused into an operator."""

    NONE = "NONE"
    RELU = "RELU"
    RELU_N1_TO_1 = "RELU_N1_TO_1"
    RELU6 = "RELU6"
    TANH = "TANH"
    SIGN_BIT = "SIGN_BIT"


class TflitePadding(_Named):
    """How the borders are treated: `SAME` pads with zeros, `VALID` stays inside."""

    SAME = "SAME"
    VALID = "VALID"


if TYPE_CHECKING:
    TfliteOpCode: Any


def __getattr__(name: str) -> Any:
    """Make `TfliteOpCode` when it is asked for: its members are those of the schema (0.2 s)."""
    if name != "TfliteOpCode":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    names = {member: member for member in enum_values("BuiltinOperator")}
    made = Enum("TfliteOpCode", names, type=str, module=__name__)  # type: ignore[misc]  # members known at run time
    made.__doc__ = "What an operator does; a member equals its name, e.g. `CONV_2D`."
    globals()[name] = made
    return made
