"""Write the C source of a model: the model itself, its parameters, its operators and an example."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from yzlite_core.errors import TfliteError
from yzlite_core.plugin import Arena
from yzlite_core.plugin.tflite import TfliteModel, TfliteModelParameters, TfliteTensor
from yzlite_firmware.c_text import byte_array, comment, real
from yzlite_firmware.operators import Registration, registrations
from yzlite_firmware.parameters import Constant, constants
from yzlite_firmware.project import MARK

_C_TYPES = {
    "FLOAT32": "float", "BOOL": "bool",
    "INT8": "int8_t", "INT16": "int16_t", "INT32": "int32_t", "INT64": "int64_t",
    "UINT8": "uint8_t", "UINT16": "uint16_t", "UINT32": "uint32_t", "UINT64": "uint64_t",
}  # fmt: skip


def model_sources(tflite: bytes, name: str, prefix: str, arena: Arena) -> dict[str, str]:
    """Return the content of each file by its name.

    Args:
        tflite: The content of the file.
        name: The model's name.
        prefix: What every name and every file but `main.cc` begins with.
        arena: The memory that the interpreter needs.

    Raises:
        TfliteError: If it is not an intact .tflite, or an input or output has a type that C does not.
        ConversionError: If TensorFlow Lite Micro has no kernel for an operator.
    """
    model = TfliteModel(tflite)
    ports = _ports(model, prefix)
    parameters = constants(TfliteModelParameters.load_from_tflite_model(model), prefix)
    example = Template(Path(__file__).with_name("example.cc").read_text(encoding="utf-8"))
    return {
        f"{prefix}_model.h": _model_header(prefix, model, arena, ports),
        f"{prefix}_model.c": _model_source(prefix, tflite),
        f"{prefix}_parameters.h": _parameters_header(prefix, parameters),
        f"{prefix}_parameters.c": _parameters_source(prefix, parameters),
        f"{prefix}_operators.h": _operators_header(prefix, registrations(model.opcodes)),
        "main.cc": example.substitute(
            name=name,
            prefix=prefix,
            capitals=prefix.upper(),
            fill="\n".join(_filling(port) for port in ports if port.side == "input"),
            use="\n".join(_using(port) for port in ports if port.side == "output"),
        ),
    }


@dataclass(frozen=True)
class _Port:
    side: str
    index: int
    name: str
    label: str
    tensor: TfliteTensor
    c_type: str

    @property
    def lines(self) -> list[str]:
        macro = self.name.upper()
        shape = " x ".join(map(str, self.tensor.shape)) or "scalar"
        lines = [
            comment(f"{self.side} {self.index}, '{self.label}': {shape}"),
            f"typedef {self.c_type} {self.name}_t;",
            f"#define {macro}_SIZE {self.tensor.flat_size}u",
        ]
        if self.tensor.is_quantized:
            lines += [
                f"#define {macro}_SCALE {real(self.tensor.scales[0])}",
                f"#define {macro}_ZERO_POINT ({self.tensor.zero_points[0]})",
            ]
        return [*lines, ""]


def _ports(model: TfliteModel, prefix: str) -> list[_Port]:
    found = []
    for side, labels, tensors in (
        ("input", model.input_names, model.inputs),
        ("output", model.output_names, model.outputs),
    ):
        for index, (label, tensor) in enumerate(zip(labels, tensors, strict=True)):
            if tensor.type not in _C_TYPES:
                raise TfliteError(f"The {side} '{label}' has the type {tensor.type}, which C does not know")
            name = f"{prefix}_{side}_{index}"
            found.append(_Port(side, index, name, label, tensor, _C_TYPES[tensor.type]))
    return found


def _header(prefix: str, part: str, includes: Sequence[str], body: Sequence[str]) -> str:
    guard = f"{prefix}_{part}_H_".upper()
    return "\n".join(
        [
            *(f"/* {MARK} */", "", f"#ifndef {guard}", f"#define {guard}", ""),
            *(*(f"#include <{name}>" for name in includes), ""),
            *("#ifdef __cplusplus", 'extern "C" {', "#endif", ""),
            *body,
            *("#ifdef __cplusplus", "}", "#endif", "", f"#endif /* {guard} */", ""),
        ]
    )


def _model_header(prefix: str, model: TfliteModel, arena: Arena, ports: Sequence[_Port]) -> str:
    capitals = prefix.upper()
    how = (
        "as TensorFlow Lite Micro measures it on a computer"
        if arena.is_measured
        else "estimated, with 5 % added: tflite-micro is not installed"
    )
    body = [
        *([comment(model.description), ""] if model.description else []),
        "/* The .tflite, at a multiple of 16 bytes. */",
        f"#define {capitals}_MODEL_SIZE {model.flatbuffer_size}u",
        f"extern const unsigned char {prefix}_model_data[{capitals}_MODEL_SIZE];",
        "",
        f"/* Bytes of the tensor arena, {how}.",
        "   Kernels made for a certain processor may need scratch buffers beside it. */",
        f"#define {capitals}_ARENA_SIZE {arena.size}u",
        "",
        "/* Inputs and outputs: real number = scale * (integer - zero point). */",
        "",
        *(line for port in ports for line in port.lines),
    ]
    return _header(prefix, "model", ("stdbool.h", "stdint.h"), body)


def _model_source(prefix: str, tflite: bytes) -> str:
    return f"""/* {MARK} */

#include "{prefix}_model.h"

#if defined(__cplusplus)
#define ALIGNED alignas(16)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define ALIGNED _Alignas(16)
#elif defined(__GNUC__)
#define ALIGNED __attribute__((aligned(16)))
#else
#error "Say here how this compiler aligns a variable at a multiple of 16 bytes"
#endif

ALIGNED const unsigned char {prefix}_model_data[{prefix.upper()}_MODEL_SIZE] = {byte_array(tflite)};
"""


def _parameters_header(prefix: str, parameters: Sequence[Constant]) -> str:
    body = ["/* What the .tflite carries for the firmware. */", "", *(c.declaration for c in parameters)]
    return _header(prefix, "parameters", ("math.h", "stdbool.h", "stdint.h"), body)


def _parameters_source(prefix: str, parameters: Sequence[Constant]) -> str:
    definitions = [constant.definition for constant in parameters if constant.definition]
    return "\n".join([f"/* {MARK} */", "", f'#include "{prefix}_parameters.h"', "", *definitions])


def _operators_header(prefix: str, operators: Sequence[Registration]) -> str:
    guard = f"{prefix}_operators_h_".upper()
    provided = [
        f"// The kernel of a custom operator: define this function.\nTFLMRegistration* {entry.provider}();\n"
        for entry in operators
        if entry.provider
    ]
    calls = [
        f"  status = resolver.{entry.call};\n  if (status != kTfLiteOk) return status;" for entry in operators
    ]
    return "\n".join(
        [
            *(f"/* {MARK} */", "", f"#ifndef {guard}", f"#define {guard}", ""),
            *('#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"', ""),
            *provided,
            *(f"namespace {prefix}_model {{", ""),
            "// Holds exactly the operators that the model uses.",
            f"using OperatorResolver = tflite::MicroMutableOpResolver<{max(1, len(operators))}>;",
            "",
            "inline TfLiteStatus AddOperators(OperatorResolver& resolver) {",
            "  (void)resolver;",
            "  TfLiteStatus status = kTfLiteOk;",
            *calls,
            *("  return status;", "}", "", f"}}  // namespace {prefix}_model", "", f"#endif  // {guard}", ""),
        ]
    )


def _filling(port: _Port) -> str:
    name, macro = port.name, port.name.upper()
    value = f"round(x / {macro}_SCALE) + {macro}_ZERO_POINT" if port.tensor.is_quantized else "x"
    return "\n".join(
        [
            f"  {name}_t* {name} = interpreter.typed_input_tensor<{name}_t>({port.index});",
            f"  for (unsigned i = 0; i < {macro}_SIZE; ++i) {{",
            f"    {name}[i] = 0;  // {value}, for a value x of the sample",
            "  }",
            "",
        ]
    )


def _using(port: _Port) -> str:
    macro = port.name.upper()
    lines = [
        f"  const {port.name}_t* {port.name} = interpreter.typed_output_tensor<{port.name}_t>({port.index});"
    ]
    value = f"{port.name}[i]"
    if port.tensor.is_quantized:
        value = f"({value} - {macro}_ZERO_POINT) * {macro}_SCALE"
    return "\n".join(
        [
            *lines,
            f"  for (unsigned i = 0; i < {macro}_SIZE; ++i) {{",
            f'    MicroPrintf("{port.side} {port.index}, %u: %f", i, static_cast<double>({value}));',
            "  }",
        ]
    )
