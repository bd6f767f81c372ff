"""A model's parameters as constants of C."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from yzlite_core.plugin.tflite import TfliteModelParameters
from yzlite_firmware.c_text import Names, array, byte_array, comment, integer, real, string

_ELEMENTS = {"str_list": "char* const", "int32_list": "int32_t", "float_list": "float", "bin": "uint8_t"}


@dataclass(frozen=True)
class Constant:
    """One parameter.

    Attributes:
        declaration: Lines of the header.
        definition: Lines of the source file; empty for a macro.
    """

    declaration: str
    definition: str = ""


def constants(parameters: TfliteModelParameters, prefix: str) -> list[Constant]:
    """Return every parameter as a constant.

    Numbers and bools become macros, texts, lists and bytes become arrays with a macro for their length.

    Args:
        parameters: The parameters.
        prefix: What every name begins with.
    """
    names = Names()
    return [
        _constant(key, value, parameters.dtype(key), names, names(f"{prefix}_param_{key}"))
        for key, value in parameters.items()
    ]


def _constant(key: str, value: Any, dtype: str, names: Names, name: str) -> Constant:
    above = f"{comment(f'{key}: {dtype}')}\n"
    if dtype == "str":
        return Constant(f"{above}extern const char {name}[];\n", f"const char {name}[] = {string(value)};\n")
    if dtype not in _ELEMENTS:
        return Constant(f"{above}#define {name.upper()} {_scalar(value, dtype)}\n")
    declared = f"const {_ELEMENTS[dtype]} {name}[{max(1, len(value))}]"
    return Constant(
        f"{above}#define {names(f'{name}_count').upper()} {len(value)}u\nextern {declared};\n",
        f"{declared} = {_initialiser(value, dtype)};\n",
    )


def _scalar(value: Any, dtype: str) -> str:
    match dtype:
        case "bool":
            return "true" if value else "false"
        case "float" | "double":
            return real(value, single=dtype == "float")
        case _:
            return integer(value, dtype)


def _initialiser(value: Any, dtype: str) -> str:
    match dtype:
        case "str_list":
            return array(string(item) for item in value)
        case "int32_list":
            return array(integer(item, "int32") for item in value)
        case "float_list":
            return array(real(item) for item in value)
        case _:
            return byte_array(value)
