"""What plugins answer: each hook with an implementation that answers, and each kind of answer judged."""

from __future__ import annotations

import importlib
import inspect
import re
import shutil
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from yzlite_core.contract import hookspecs, validation
from yzlite_core.contract.plugins import Answer, Plugins
from yzlite_core.contract.shown import ShownSample, Signal
from yzlite_core.contract.validation import KINDS
from yzlite_core.contract.values import EvaluationResults, History, Problem
from yzlite_core.conversion.converter import ConversionOptions
from yzlite_core.data.dataset import Dataset, Sampling
from yzlite_core.errors import PluginError
from yzlite_core.tflite.summary import ProfilingResults

HOOKS = {name: spec for name, spec in vars(hookspecs).items() if name.startswith("yzlite_")}


def a_class(name: str, *bases: type, home: str) -> Any:
    """Return a class as if it were defined in the module `home`."""
    return type(name.rpartition(".")[2], bases, {"__module__": home, "__qualname__": name})


@dataclass(frozen=True)
class Jitter:
    """A transform of one sample, of nobody's class."""

    order: int = 500

    def draw(self, rng, sample):
        return rng.normal()

    def apply(self, data, parameters):
        return data + parameters


@dataclass(frozen=True)
class JitterOfBatches:
    """A transform of a whole batch, of nobody's class."""

    order: int = 501

    def draw_batch(self, numbers, samples):
        return numbers.normal()

    def apply_batch(self, data, parameters):
        return data + parameters


# Keras is not imported for the sake of a stand-in; the real thing goes through every run.
KerasModel = a_class("Model", home="keras.src.models.model")
Sequential = a_class("Sequential", KerasModel, home="keras.src.models.sequential")

DATA = np.zeros((2, 3), np.float32)
DATASET = Dataset("training", DATA)
PROFILE = ProfilingResults(
    flash_bytes=1,
    arena_bytes=None,
    arena_estimate_bytes=2,
    macs=3,
    ops=4,
    layers=(),
    unknown_layers=(),
)

#: What an implementation of each hook answers; an observer may have nothing to say.
ANSWERS: dict[str, Any] = {
    "yzlite_model_paths": ("models", Path("more_models")),
    "yzlite_datasets": {"motions": "motions_v1:load"},
    "yzlite_model_loaded": None,
    "yzlite_configure": None,
    "yzlite_check_model": [Problem("It cannot work")],
    "yzlite_before_stage": None,
    "yzlite_after_stage": None,
    "yzlite_load_dataset": DATASET,
    "yzlite_dataset_summary": "100 motions",
    "yzlite_evaluation_sampling": Sampling(classes=("calm",)),
    "yzlite_augment": [Jitter(), JitterOfBatches()],
    "yzlite_build_model": Sequential(),
    "yzlite_train_callbacks": [print],
    "yzlite_fit_arguments": {"epochs": 3},
    "yzlite_fit": History({"loss": [0.5]}),
    "yzlite_save_model": KerasModel(),
    "yzlite_trained_model": KerasModel(),
    "yzlite_after_fit": None,
    "yzlite_conversion_options": ConversionOptions(),
    "yzlite_representative_data": ([row] for row in DATA),
    "yzlite_model_parameters": {"amount": 0.1},
    "yzlite_convert": b"a .tflite",
    "yzlite_evaluate": EvaluationResults(samples=2),
    "yzlite_figure": None,
    "yzlite_report": [Path("report.html")],
    "yzlite_show_sample": ShownSample(Signal(DATA)),
    "yzlite_profile": PROFILE,
    "yzlite_archive_files": {"notes.txt": Path("notes.txt")},
    "yzlite_run_finished": None,
    "yzlite_summary": ["Axes: x, y, z"],
    "yzlite_export_sources": {"board.h": "#pragma once"},
}

#: For each hook that is asked something, what is no answer to it, and what is said of that.
NO_ANSWERS: dict[str, list[tuple[Any, str]]] = {
    "yzlite_model_paths": [
        ("folder", "a str, not with Sequence[Path]"),
        ([1], "a list that holds an int, not with Sequence[Path]"),
    ],
    "yzlite_datasets": [(["motions"], "a list, not with Mapping[str, str]")],
    "yzlite_check_model": [
        (["text"], "a list that holds a str, not with Sequence[Problem]"),
        ([Problem("p"), None], "a list that holds a NoneType, not with Sequence[Problem]"),
        (
            [a_class("Problem", home="motion.doubts")()],
            "a list that holds a motion.doubts.Problem, not with Sequence[Problem]",
        ),
    ],
    "yzlite_load_dataset": [
        ((1, 2), "a tuple, not with Dataset"),
        (a_class("Dataset", home="motion.data")(), "a motion.data.Dataset, not with Dataset"),
        (
            a_class("Loader.Dataset", home="yzlite_core.data.dataset")(),
            "a yzlite_core.data.dataset.Loader.Dataset, not with Dataset",
        ),
    ],
    "yzlite_dataset_summary": [(b"100 motions", "a bytes, not with str")],
    "yzlite_evaluation_sampling": [({"steps": 3}, "a dict, not with Sampling")],
    "yzlite_augment": [
        (
            [print],
            "a list that holds a builtin_function_or_method, not with Sequence[Transform | BatchTransform]",
        )
    ],
    "yzlite_build_model": [
        (object(), "an object, not with KerasModel"),
        (a_class("Model", home="motion.nets")(), "a motion.nets.Model, not with KerasModel"),
        (
            a_class("Sequential", a_class("Model", home="tf_keras.training"), home="tf_keras.sequential")(),
            "a tf_keras.sequential.Sequential, not with KerasModel",
        ),
    ],
    "yzlite_train_callbacks": [(print, "a builtin_function_or_method, not with Sequence[Any]")],
    "yzlite_fit_arguments": [([("epochs", 3)], "a list, not with Mapping[str, Any]")],
    "yzlite_fit": [({"loss": [0.5]}, "a dict, not with History")],
    "yzlite_save_model": [(b"weights", "a bytes, not with KerasModel")],
    "yzlite_trained_model": [("network", "a str, not with KerasModel")],
    "yzlite_conversion_options": [({}, "a dict, not with ConversionOptions")],
    "yzlite_representative_data": [("generate", "a str, not with Iterable[CalibrationSample]")],
    "yzlite_model_parameters": [([("amount", 0.1)], "a list, not with Mapping[str, Any]")],
    "yzlite_convert": [
        (bytearray(), "a bytearray, not with bytes"),
        (a_class("bytes", home="motion.files")(), "a motion.files.bytes, not with bytes"),
    ],
    "yzlite_evaluate": [({"accuracy": 1.0}, "a dict, not with EvaluationResults")],
    "yzlite_show_sample": [(DATA, "a ndarray, not with ShownSample")],
    "yzlite_profile": [({"macs": 3}, "a dict, not with ProfilingResults")],
    "yzlite_export_sources": [(["board.h"], "a list, not with Mapping[str, str]")],
    "yzlite_summary": [("Axes: x, y, z", "a str, not with Sequence[str]")],
    "yzlite_archive_files": [(["notes.txt"], "a list, not with Mapping[str, Path]")],
}


def answering(hook: str, answer: Any, given: dict[str, Any]) -> Plugins:
    """Return plugins of which one implements a hook: it answers, and shows in `given` what it was handed."""
    arguments = ", ".join(inspect.signature(HOOKS[hook]).parameters)
    module = types.ModuleType("answering")
    vars(module).update(hookimpl=hookspecs.hookimpl, answer=lambda handed: given.update(handed) or answer)
    exec(f"@hookimpl\ndef {hook}({arguments}): return answer(locals())", vars(module))
    return Plugins([], {"answering": module})


def asked(plugins: Plugins, hook: str, **arguments: Any) -> list[Answer[Any]]:
    """Call a hook as its kind demands, and return the answers."""
    spec = HOOKS[hook]
    answers = getattr(plugins, spec.kind)(spec, **arguments)
    return answers if isinstance(answers, list) else [answers]


def answers_to(hook: str, answer: Any) -> list[Any]:
    nothing = dict.fromkeys(inspect.signature(HOOKS[hook]).parameters)
    return [found.value for found in asked(answering(hook, answer, {}), hook, **nothing)]


# ------------------------------------------------------------------------------------------- every hook


def test_every_hook_is_answered_here():
    assert ANSWERS.keys() == HOOKS.keys()
    assert NO_ANSWERS.keys() == {name for name, spec in HOOKS.items() if spec.kind != "tell"}


@pytest.mark.parametrize("hook", ANSWERS)
def test_hook_hands_over_its_arguments_and_returns_the_answer(hook):
    handed = {name: object() for name in inspect.signature(HOOKS[hook]).parameters}
    given: dict[str, Any] = {}
    answers = asked(answering(hook, ANSWERS[hook], given), hook, **handed)
    assert given == handed
    assert answers == ([] if ANSWERS[hook] is None else [Answer("answering", ANSWERS[hook])])


@pytest.mark.parametrize(
    ("hook", "answer", "fault"), [(hook, *case) for hook, cases in NO_ANSWERS.items() for case in cases]
)
def test_answer_of_another_kind_is_refused(hook, answer, fault):
    with pytest.raises(PluginError) as caught:
        answers_to(hook, answer)
    assert str(caught.value) == f"The plugin 'answering' answered {hook} with {fault}"


def test_iterable_answer_is_not_used_up_by_looking_at_it():
    (samples,) = answers_to("yzlite_representative_data", ([number] for number in range(2)))
    assert list(samples) == [[0], [1]]


# ----------------------------------------------------------------------------------- classes by their home


def test_subclass_of_a_third_party_passes():
    class Recordings(Dataset):
        """With more to it."""

    class Pruned(Sequential):
        """A network of somebody's own class."""

    class Doubt(Problem):
        """A milder one."""

    recordings, pruned, doubts = Recordings("training", DATA), Pruned(), [Doubt("perhaps")]
    assert answers_to("yzlite_load_dataset", recordings) == [recordings]
    assert answers_to("yzlite_build_model", pruned) == [pruned]
    assert answers_to("yzlite_check_model", doubts) == [doubts]


def test_class_may_be_named_where_it_is_lent(monkeypatch):
    """As when hookspecs.py imports it from a package whose `__init__` takes it from a module."""
    monkeypatch.setattr(validation, "_modules", lambda: {"Dataset": "yzlite_core"})
    assert Dataset.__module__ != "yzlite_core"
    assert answers_to("yzlite_load_dataset", DATASET) == [DATASET]
    with pytest.raises(PluginError, match=r"with a motion\.data\.Dataset, not with Dataset"):
        answers_to("yzlite_load_dataset", a_class("Dataset", home="motion.data")())


def test_class_that_a_hook_asks_for_is_at_home_where_hookspecs_imports_it_from():
    """There or beneath: then whoever makes one has imported that module, and the validation need not."""
    kinds = [spec.__annotations__["return"].removesuffix(" | None") for spec in HOOKS.values()]
    for name in set(re.findall(r"\w+", " ".join(kinds))) - KINDS.keys() - {"None"}:
        module = validation._modules().get(name, "builtins")
        found = getattr(importlib.import_module(module), name)
        assert not getattr(found, "_is_protocol", False), f"say in KINDS what makes a {name}"
        if isinstance(found, type):
            home = found.__module__
            assert f"{home}.".startswith(f"{module}."), f"{name} of {module} is at home in {home}"


# ---------------------------------------------------------------------------------------------- clashes

TFLITE = Path(__file__).parents[1] / "tflite" / "data" / "tiny_cnn.tflite"
BARE = """
    # @yzlite_model
    from yzlite_core import YZLiteModel
    my_model = YZLiteModel()
"""


@pytest.fixture
def install_two(install_plugin):
    """A function (hook, answer) that installs the plugins `ant` and `bee`, which both answer a hook so."""

    def install(hook: str, answer: str) -> None:
        for name in ("bee", "ant"):
            install_plugin(
                name,
                "from yzlite_core.contract.hookspecs import hookimpl\n"
                f"YZLITE_CONTRACT = 1\n@hookimpl\ndef {hook}(): return {answer}\n",
            )

    return install


def test_two_plugins_add_one_parameter(yzlite, yzlite_cache, make_script, install_two):
    install_two("yzlite_model_parameters", "{'colour': 1}")
    make_script("bare", BARE)
    log_dir = yzlite_cache / "models" / "bare"
    log_dir.mkdir(parents=True)
    shutil.copy(TFLITE, log_dir / "bare.tflite")
    done = yzlite("update-params", "bare")
    assert done.code == 1
    assert "Both ant and bee add the parameter 'colour'" in done.stderr


def test_two_plugins_add_one_file_to_the_archive(yzlite, make_script, install_two, yzlite_cache, tmp_path):
    install_two("yzlite_archive_files", "{'notes.txt': __file__}")
    make_script("bare", BARE)
    trained = yzlite_cache / "models" / "bare" / "bare.tflite"
    trained.parent.mkdir(parents=True)
    trained.touch()
    done = yzlite("run", "bare", "--stages", "archive")
    assert done.code == 1
    assert "Both ant and bee add notes.txt to the archive" in done.stderr
    assert not list(tmp_path.glob("*.zip"))


def test_two_plugins_register_one_dataset(yzlite, install_two):
    install_two("yzlite_datasets", "{'motions': 'motions_v1'}")
    done = yzlite("datasets")
    assert done.code == 1
    assert "The dataset 'motions' comes from both ant and bee" in done.stderr
