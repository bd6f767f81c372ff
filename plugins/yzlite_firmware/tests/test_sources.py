"""What firmware gets is compiled, linked against the interface of TFLM alone, and run."""

from __future__ import annotations

import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from yzlite_core.contract.plugins import Plugins
from yzlite_core.errors import ConversionError
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.parameters import TfliteModelParameters
from yzlite_core.tflite.schema import enum_values, pack, unpack
from yzlite_core.tflite.tflm import Arena
from yzlite_firmware import plugin
from yzlite_firmware.operators import _IRREGULAR, _KNOWN, registrations
from yzlite_firmware.project import c_project
from yzlite_firmware.sources import model_sources

STUB = Path(__file__).parent / "tflm_stub"
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")
EVERY_TYPE = [
    ("yes", True, "bool"),
    ("no", False, "bool"),
    *((f"low {bits}", -(2 ** (bits - 1)), f"int{bits}") for bits in (8, 16, 32, 64)),
    *((f"high {bits}", 2 ** (bits - 1) - 1, f"int{bits}") for bits in (8, 16, 32, 64)),
    *((f"most {bits}", 2**bits - 1, f"uint{bits}") for bits in (8, 16, 32, 64)),
    *((f"single {i}", x, "float") for i, x in enumerate([0.0, -0.1, 1.5, 3.4e38, 1e-45, math.inf, math.nan])),
    *((f"double {i}", x, "double") for i, x in enumerate([0.1, -1e300, 5e-324, -math.inf])),
    ("text", 'ein "Wort" mit \\ und ö, 1??/2\n\x01\x7f%s', "str"),
    ("empty text", "", "str"),
    ("classes", ["up", "down", "ja\N{SNOWMAN}7", ""], "str_list"),
    ("no classes", [], "str_list"),
    ("counts", [1, -2, -(2**31)], "int32_list"),
    ("means", [0.5, -1e-6, 1e30], "float_list"),
    ("raw", b"\0\1\xff", "bin"),
    ("no raw", b"", "bin"),
    ("3 */ /* ??/", 1, "int8"),
    ("3-*/ /* ??/", 2, "int8"),
    ("ö", 3, "int8"),
    ("classes_count", 9, "int16"),
]


@pytest.fixture(scope="module")
def compiler():
    if not (shutil.which("gcc") and shutil.which("g++")):
        pytest.skip("needs gcc and g++")  # the test line asks for Python and pip alone; .ci/run installs them

    def compile_(*arguments):
        done = subprocess.run(list(map(str, arguments)), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    return compile_


def own_project(tflite, name):
    """Return the project of a model without what other plugins contribute."""
    return c_project(tflite, name, Plugins([], {"firmware": plugin}))


def with_every_type(tflite):
    parameters = TfliteModelParameters()
    for key, value, dtype in EVERY_TYPE:
        parameters.put(key, value, dtype)
    return parameters.add_to_tflite_flatbuffer(tflite)


def built(compiler, folder, name, main="main.cc"):
    """Compile the sources of a folder, link them and return the program."""
    for source in (f"{name}_model.c", f"{name}_parameters.c"):
        compiler("gcc", *STRICT, "-std=c99", "-c", folder / source, "-o", folder / "unused.o")
        compiler("g++", *STRICT, "-x", "c++", "-c", folder / source, "-o", folder / "unused.o")
        compiler("gcc", *STRICT, "-std=c11", "-c", folder / source, "-o", folder / f"{source}.o")
    objects = [folder / f"{name}_{part}.c.o" for part in ("model", "parameters")]
    compiler("g++", *STRICT, "-I", STUB, folder / main, *objects, "-o", folder / "program")
    return folder / "program"


def printed(program):
    return subprocess.run([program], capture_output=True, check=True).stdout


def test_the_example_compiles_without_warnings_and_runs(compiler, tiny_bytes, tmp_path):
    exported = own_project(with_every_type(tiny_bytes), "tiny")
    exported.write(tmp_path)
    lines = printed(built(compiler, tmp_path, "tiny")).decode().splitlines()
    assert [line.split()[1] for line in lines if line.startswith("operator")] == [
        *("Conv2D", "DepthwiseConv2D", "AveragePool2D", "Reshape", "FullyConnected", "Softmax")
    ]
    assert "model 0" in lines, "the array lies at a multiple of 16"
    assert f"arena 0 {exported.arena.size}" in lines
    assert "input 0 of 1 bytes" in lines
    assert "output 0 of 1 bytes" in lines
    zero = 128 * TfliteModel(tiny_bytes).outputs[0].scales[0]
    assert lines[-3:] == [f"output 0, {index}: {zero:f}" for index in range(3)]


def test_the_array_is_the_file_byte_for_byte_and_every_constant_has_its_value(compiler, tiny_bytes, tmp_path):
    tflite = with_every_type(tiny_bytes)
    own_project(tflite, "tiny").write(tmp_path)
    (tmp_path / "dump.cc").write_text(
        '#include <cstdio>\n#include <cstring>\n#include "tiny_model.h"\n#include "tiny_parameters.h"\n'
        'static_assert(TINY_PARAM_LOW_64 == INT64_MIN && TINY_PARAM_MOST_64 == UINT64_MAX, "");\n'
        'static_assert(TINY_PARAM_LOW_32 == INT32_MIN && TINY_PARAM_MOST_32 == UINT32_MAX, "");\n'
        'static_assert(TINY_PARAM_LOW_16 == -32768 && TINY_PARAM_HIGH_8 == 127, "");\n'
        'static_assert(TINY_PARAM_YES && !TINY_PARAM_NO, "");\n'
        'static_assert(TINY_PARAM_3 == 1 && TINY_PARAM_3_2 == 2 && TINY_PARAM == 3, "");\n'
        'static_assert(TINY_INPUT_0_ZERO_POINT >= -128 && TINY_OUTPUT_0_ZERO_POINT == -128, "");\n'
        "#if TINY_PARAM_CLASSES_COUNT != 4 || TINY_PARAM_NO_CLASSES_COUNT != 0\n#error\n#endif\n"
        "int main() {\n"
        "  std::fwrite(tiny_model_data, 1, TINY_MODEL_SIZE, stdout);\n"
        "  const double numbers[] = {TINY_PARAM_SINGLE_0, TINY_PARAM_SINGLE_1, TINY_PARAM_SINGLE_2,\n"
        "    TINY_PARAM_SINGLE_3, TINY_PARAM_SINGLE_4, TINY_PARAM_SINGLE_5, TINY_PARAM_SINGLE_6,\n"
        "    TINY_PARAM_DOUBLE_0, TINY_PARAM_DOUBLE_1, TINY_PARAM_DOUBLE_2, TINY_PARAM_DOUBLE_3,\n"
        "    TINY_INPUT_0_SCALE};\n"
        "  std::fwrite(numbers, sizeof(numbers), 1, stdout);\n"
        "  std::fwrite(tiny_param_counts, sizeof(tiny_param_counts), 1, stdout);\n"
        "  std::fwrite(tiny_param_means, sizeof(tiny_param_means), 1, stdout);\n"
        "  std::fwrite(tiny_param_raw, sizeof(tiny_param_raw), 1, stdout);\n"
        "  std::fwrite(tiny_param_text, std::strlen(tiny_param_text) + 1, 1, stdout);\n"
        "  for (unsigned i = 0; i < TINY_PARAM_CLASSES_COUNT; ++i)\n"
        "    std::fwrite(tiny_param_classes[i], std::strlen(tiny_param_classes[i]) + 1, 1, stdout);\n"
        "}\n"
    )
    values = {key: value for key, value, _ in EVERY_TYPE}
    out = printed(built(compiler, tmp_path, "tiny", "dump.cc"))
    assert out[: len(tflite)] == tflite
    rest = out[len(tflite) :]
    numbers = np.frombuffer(rest, np.float64, 12)
    with np.errstate(over="ignore"):
        singles = [float(np.float32(values[f"single {i}"])) for i in range(7)]
    expected = [*singles, *(values[f"double {i}"] for i in range(4)), TfliteModel(tflite).inputs[0].scales[0]]
    np.testing.assert_array_equal(numbers, expected)
    rest = rest[numbers.nbytes :]
    assert np.frombuffer(rest, np.int32, 3).tolist() == values["counts"]
    np.testing.assert_array_equal(np.frombuffer(rest[12:], np.float32, 3), np.float32(values["means"]))
    assert rest[24:27] == values["raw"]
    texts = [values["text"], *values["classes"]]
    assert rest[27:] == b"".join(text.encode() + b"\0" for text in texts)


def test_several_ports_and_float_ports(compiler, data, tmp_path):
    exported = own_project((data / "two_ports.tflite").read_bytes(), "9 lives!")
    exported.write(tmp_path)
    assert exported.prefix == "n9_lives"
    lines = printed(built(compiler, tmp_path, "n9_lives")).decode().splitlines()
    assert [line for line in lines if line.startswith(("input", "output"))][:4] == [
        *("input 0 of 4 bytes", "input 1 of 4 bytes"),
        *("output 0 of 4 bytes", "output 0, 0: 0.000000"),
    ]
    assert "_SCALE" not in exported.files["n9_lives_model.h"]


@pytest.mark.parametrize("name", ["int", "namespace", "m", "a.b-c", "Mein Modell", "ö"])
def test_any_name_will_do(compiler, tiny_bytes, tmp_path, name):
    tflite = TfliteModelParameters(max=1, pi=2, e=3, class_=4, int=5).add_to_tflite_flatbuffer(tiny_bytes)
    exported = own_project(tflite, name)
    exported.write(tmp_path)
    built(compiler, tmp_path, exported.prefix)


def test_the_resolver_has_a_method_for_each_operator(compiler, tmp_path):
    """The stub's methods are those of TFLM, written down apart from the rule that makes the names."""
    opcodes = sorted({*_KNOWN, *_IRREGULAR})
    calls = "\n".join(f"  (void)resolver.{entry.call};" for entry in registrations(opcodes))
    (tmp_path / "all.cc").write_text(
        '#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"\nint main() {\n'
        f"  tflite::MicroMutableOpResolver<200> resolver;\n{calls}\n}}\n"
    )
    compiler("g++", *STRICT, "-I", STUB, tmp_path / "all.cc", "-o", tmp_path / "all")
    methods = [line.removeprefix("operator ") for line in printed(tmp_path / "all").decode().splitlines()]
    assert len(methods) == len(set(methods)) == len(opcodes)


def with_last_operator(tflite, code):
    """Return a network whose softmax is another operator: the name of a custom one, or a builtin's number."""
    model = unpack(tflite)
    entry = model.operatorCodes[model.subgraphs[0].operators[-1].opcodeIndex]
    is_custom = isinstance(code, str)
    entry.builtinCode = enum_values("BuiltinOperator")["CUSTOM"] if is_custom else code
    entry.deprecatedBuiltinCode = min(entry.builtinCode, 127)
    entry.customCode = code.encode() if is_custom else None
    return pack(model)


def test_a_custom_operator_is_left_to_the_firmware(compiler, tiny_bytes, tmp_path):
    exported = own_project(with_last_operator(tiny_bytes, "MyOperator"), "odd")
    assert exported.operators[-1] == "MyOperator"
    assert not exported.arena.is_measured
    exported.write(tmp_path)
    own = tmp_path / "own.cc"
    own.write_text(
        '#include "odd_operators.h"\n'
        "TFLMRegistration* Register_MYOPERATOR() { static TFLMRegistration mine; return &mine; }\n"
        + (tmp_path / "main.cc").read_text()
    )
    assert b"operator MyOperator\n" in printed(built(compiler, tmp_path, "odd", "own.cc"))


@pytest.mark.parametrize(
    ("code", "name"), [(enum_values("BuiltinOperator")["POW"], "POW"), (9999, "BUILTIN_9999")]
)
def test_an_operator_that_tflm_lacks_is_named(tiny_bytes, code, name):
    with pytest.raises(ConversionError, match=f"Micro has no kernel for {name}"):
        own_project(with_last_operator(tiny_bytes, code), "odd")


def test_an_arena_that_was_not_measured_is_called_an_estimate(tiny_bytes):
    header = model_sources(tiny_bytes, "tiny", "tiny", Arena(4096, is_measured=False))["tiny_model.h"]
    assert "#define TINY_ARENA_SIZE 4096u" in header
    assert "estimated, with 5 % added: tflite-micro is not installed" in header
