"""The guide's snippets, put together in `my_model_v1.py`, do what the guide says."""

from __future__ import annotations

from pathlib import Path

import importlib_metadata
import pytest

SCRIPT = Path(__file__).with_name("my_model_v1.py")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not importlib_metadata.entry_points(group="yzlite.exports", name="EvaluateClassifierMixin"),
        reason="the guide's class inherits EvaluateClassifierMixin, of yzlite-eval",
    ),
]


def test_describe_prints_what_the_guide_sets(yzlite):
    done = yzlite("describe", SCRIPT, "--json")
    assert done.code == 0, done.stderr
    settings = {path: entry["value"] for path, entry in done.json["settings"].items() if entry["set"]}
    assert settings == {
        "version": 1,
        "description": "My model is great!",
        "epochs": 100,
        "batch_size": 64,
        "optimizer": "adam",
        "class_mode": "categorical",
        "classes": ["up", "down", "left", "right"],
        "input_shape": [49, 40, 1],
        "build_model_function": "my_model_v1.my_model_builder",
        "reduce_lr_on_plateau": {"monitor": "accuracy", "factor": 0.25, "patience": 25},
        "tflite_converter": {
            "optimizations": ["DEFAULT"],
            "supported_ops": ["TFLITE_BUILTINS_INT8"],
            "inference_input_type": "int8",
            "inference_output_type": "int8",
            "representative_dataset": "generate",
            "representative_dataset_max_samples": 1000,
            "allow_custom_ops": False,
            "experimental_new_converter": True,
            "experimental_new_quantizer": True,
            "experimental_enable_resource_variables": False,
            "generate_unquantized": True,
            "generate_quantization_report": False,
        },
        "model_parameters": {"volume_db": 5.0, "latency_ms": 0, "log_level": "info"},
    }


def test_network_of_the_guide_is_built():
    from yzlite_core.spec import open_model

    with open_model(SCRIPT) as loaded:
        network = loaded.model.build_model_function(loaded.model)
    assert network.output_shape == (None, 4)
    assert network.count_params() == 16_652
