from __future__ import annotations

import enum
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from yzlite_core.conversion import converter as convert
from yzlite_core.conversion.audit import is_int8
from yzlite_core.conversion.converter import ConversionOptions, convert_saved_model, normalize_name
from yzlite_core.errors import ConversionError
from yzlite_core.tflite.interpreter import TflitePredictor
from yzlite_core.tflite.model import TfliteModel

INT8 = ConversionOptions(inference_input_type="int8", inference_output_type="int8")
ROOT = Path(__file__).parents[2]


def samples(count=20, **shapes):
    rng = np.random.default_rng(1)
    return [{n: rng.normal(size=s).astype(np.float32) for n, s in shapes.items()} for _ in range(count)]


IMAGES = samples(image=(1, 12, 10, 1))


class Optimize(enum.Enum):
    DEFAULT = "an enumeration as TensorFlow's"


class DType:
    name = "int8"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("DEFAULT", "DEFAULT"),
        ("tf.lite.Optimize.DEFAULT", "DEFAULT"),
        (Optimize.DEFAULT, "DEFAULT"),
        ("TFLITE_BUILTINS_INT8", "TFLITE_BUILTINS_INT8"),
        ("int8", "int8"),
        ("tf.int8", "int8"),
        (DType(), "int8"),
        (np.int8, "int8"),
        (np.dtype("int8"), "int8"),
        (np.float32, "float32"),
    ],
)
def test_names_have_one_plain_form(value, name):
    assert normalize_name(value) == name


@pytest.mark.parametrize("value", [None, 8, "", ["int8"]])
def test_what_names_nothing_is_refused(value):
    with pytest.raises(ConversionError, match="neither a name nor a type"):
        normalize_name(value)


def test_the_float32_options_quantize_nothing():
    options = ConversionOptions(
        supported_ops=("TFLITE_BUILTINS_INT8", "SELECT_TF_OPS"),
        inference_input_type="int8",
        inference_output_type="int8",
        allow_custom_ops=True,
        per_tensor_dense=True,
    )
    assert options.unquantized() == ConversionOptions(
        optimizations=(), supported_ops=("TFLITE_BUILTINS", "SELECT_TF_OPS"), allow_custom_ops=True
    )


def answering(returncode, printed="", report=None):
    """Return a stand-in for the child process."""

    def run_module(*arguments, cwd, **_):
        if report is not None:
            Path(cwd, "error.txt").write_text(report, encoding="utf-8")
        return subprocess.CompletedProcess(arguments, returncode, "", printed)

    return run_module


UNSUPPORTED = """Could not translate MLIR to FlatBuffer.<unknown>:0: error: loc(fused["BitwiseAnd:", "f"]): \
'tf.BitwiseAnd' op is neither a custom op nor a flex op
<unknown>:0: note: loc(fused["StatefulPartitionedCall:", "f"]): called from
<unknown>:0: error: failed while converting: 'main':
Some ops are not supported by the native TFLite runtime, you can enable TF kernels fallback using TF Select.
"""
RESHAPE = (
    "something\n<unknown>:0: error: loc(x): \nreshape.cc:94 4200 != 4000\n\n<unknown>:0: note: called from\n"
)


@pytest.mark.parametrize(
    ("child", "said"),
    [
        (answering(-11), r"crashed \(SIGSEGV\).*use unroll=True"),
        (answering(-6), r"crashed \(SIGABRT\)"),
        (answering(-9), r"crashed \(SIGKILL\).*out of memory"),
        (
            answering(1, report=UNSUPPORTED),
            "refused the model: it has no int8 or float operator for BitwiseAnd$",
        ),
        (answering(1, report=RESHAPE), r"refused the model: reshape\.cc:94 4200 != 4000$"),
        (answering(1, "Traceback\n  File\nImportError: no tensorflow\n"), "ImportError: no tensorflow$"),
        (answering(1), "it gave no reason"),
    ],
)
def test_every_failure_of_the_child_is_one_sentence(monkeypatch, child, said):
    monkeypatch.setattr(convert, "run_module", child)
    with pytest.raises(ConversionError, match=said) as caught:
        convert_saved_model("nowhere")
    assert "\n" not in str(caught.value)


def test_representative_data_that_is_no_use_is_refused_before_anything_starts(monkeypatch):
    monkeypatch.delattr(convert, "run_module")
    with pytest.raises(ConversionError, match="no representative data"):
        convert_saved_model("nowhere", representative=[])
    for second in ({"a": np.zeros((1, 3))}, {"b": np.zeros((1, 2))}):
        with pytest.raises(ConversionError, match="differ in their inputs"):
            convert_saved_model("nowhere", representative=[{"a": np.zeros((1, 2))}, second])
    with pytest.raises(ConversionError, match="cannot be handed"):
        convert_saved_model("nowhere", options=ConversionOptions(extra={"hook": print}))


def is_running(process):
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes as Linux shows them")
def test_an_interrupt_leaves_no_child_behind(tmp_path):
    asleep = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    script = (
        "import signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a job in the background is deaf to it
        "from yzlite_core.support.child import run_module\n"
        f"run_module('timeit', '-n1', '-r1', {asleep!r}, cwd={str(tmp_path)!r})\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # the signal reaches the parent alone
    )
    pid = tmp_path / "pid"
    while not (pid.exists() and pid.read_text()):
        assert parent.poll() is None
        time.sleep(0.02)
    child = int(pid.read_text())
    assert is_running(child)
    parent.send_signal(signal.SIGINT)
    _, printed = parent.communicate(timeout=30)
    assert "KeyboardInterrupt" in printed
    assert not is_running(child)


@pytest.mark.slow
def test_the_same_input_gives_the_same_bytes(export, data):
    (saved_model,) = export("tiny_cnn")
    first, second = (
        convert_saved_model(saved_model, options=INT8, representative=IMAGES, float32=True) for _ in range(2)
    )
    assert first.tflite == second.tflite
    assert first.float32 == second.float32
    assert first.seconds > 0
    assert is_int8(TfliteModel(first.tflite))
    plain = TfliteModel(first.float32)
    assert all(tensor.type in ("FLOAT32", "INT32") for tensor in plain.tensors)
    x = IMAGES[0]["image"]
    np.testing.assert_allclose(
        TflitePredictor(first.tflite).predict(x), TflitePredictor(first.float32).predict(x), atol=0.05
    )


@pytest.mark.slow
def test_ports_keep_the_order_of_the_samples_and_of_the_network(export):
    (saved_model,) = export("two_ports")
    order = {"zeta": (1, 4), "alpha": (1, 3)}  # neither that of the alphabet nor that of the converter
    model = TfliteModel(convert_saved_model(saved_model, representative=samples(**order)).tflite)
    assert model.input_names == tuple(order)
    assert [port.shape for port in model.inputs] == list(order.values())
    assert model.output_names == ("output_0", "output_1")


@pytest.mark.slow
def test_dense_weights_can_have_one_scale(export, tiny):
    (saved_model,) = export("tiny_cnn")
    options = replace(INT8, per_tensor_dense=True)
    model = TfliteModel(convert_saved_model(saved_model, options=options, representative=IMAGES).tflite)
    assert len(model.layers[4].weights_tensor.scales) == 1
    assert len(tiny.layers[4].weights_tensor.scales) == 3, "as it is without the option"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "shape", "options", "said"),
    [
        ("rolled_lstm", (1, 12, 6), INT8, r"crashed \(SIGSEGV\).*use unroll=True"),
        ("unsupported", (1, 4), INT8, "no int8 or float operator for BitwiseAnd"),
        ("tiny_cnn", (1, 4), INT8, "the representative data has no input 'image'"),
        (
            "tiny_cnn",
            (1, 4),
            replace(INT8, optimizations=("FAST",)),
            "there is no Optimize 'FAST', only DEFAULT",
        ),
    ],
)
def test_what_the_converter_refuses_is_one_sentence(export, name, shape, options, said):
    (saved_model,) = export(name)
    with pytest.raises(ConversionError, match=said) as caught:
        convert_saved_model(saved_model, options=options, representative=samples(3, x=shape))
    assert "\n" not in str(caught.value)
