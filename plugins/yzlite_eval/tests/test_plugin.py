from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from yzlite_core.contract import hookspecs
from yzlite_core.contract.plugins import Plugins
from yzlite_core.contract.values import Best, History
from yzlite_core.data.dataset import AS_USUAL, Dataset, Sampling
from yzlite_core.errors import SettingValueError
from yzlite_core.model.settings import Configurable
from yzlite_core.run import Request, Run, RunPaths
from yzlite_core.testing import PluginConformance
from yzlite_eval import plugin
from yzlite_eval.evaluate import evaluate


@pytest.fixture
def plugins() -> Plugins:
    return Plugins([], {"eval": plugin})


class TestConformance(PluginConformance):
    plugin = "eval"


def test_import_does_not_even_bring_numpy() -> None:
    code = "import sys, yzlite_eval.plugin; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "matplotlib", "tensorflow", "keras"} & set(done.stdout.split())


def test_yzlite_evaluation_sampling_is_what_the_settings_say(
    plugins: Plugins, classifier: Any, autoencoder: Any, generic: Any
) -> None:
    def wanted(model: Any) -> Sampling:
        return plugins.claim(hookspecs.yzlite_evaluation_sampling, model=model).value

    assert wanted(generic) == wanted(classifier) == AS_USUAL
    assert wanted(autoencoder) == Sampling(("normal", "abnormal"))
    generic.eval_steps_per_epoch = 5
    classifier.eval_augment = classifier.eval_shuffle = True
    autoencoder.eval_classes = ["fine", "worn", "broken"]
    assert wanted(generic) == Sampling(steps=5)
    assert wanted(classifier) == Sampling(augment=True, shuffle=True)
    assert wanted(autoencoder) == Sampling(("fine", "worn", "broken"))
    assert plugin.yzlite_evaluation_sampling(Configurable()) is None  # type: ignore[arg-type]


def test_yzlite_evaluate_takes_other_classes(
    plugins: Plugins, autoencoder: Any, predictor: Any, tmp_path: Path
) -> None:
    paths = RunPaths(tmp_path, "my_model", tmp_path / "my_model.yzlite.zip")
    request = Request("my_model", classes=("fine", "worn"), max_samples_per_class=1)
    data = Dataset("evaluation", np.arange(8.0).reshape(4, 2), y=np.arange(4) % 2)
    run = Run(autoencoder, plugins, paths, request)
    results = evaluate(autoencoder, predictor(np.zeros_like), data, run)
    assert results is not None
    assert results["classes"] == ["fine", "worn"]
    assert results.samples == 2


def test_yzlite_evaluate_writes_the_results(
    plugins: Plugins, classifier: Any, predictor: Any, seer: Any, pixels: Dataset, tmp_path: Path
) -> None:
    paths = RunPaths(tmp_path, "my_model", tmp_path / "my_model.yzlite.zip")
    run = Run(classifier, plugins, paths, Request("my_model"))
    for kind in ("keras", "tflite"):
        answer = plugins.claim(
            hookspecs.yzlite_evaluate,
            model=classifier,
            predictor=predictor(seer, kind),
            dataset=pixels,
            run=run,
        )
        folder = tmp_path / "eval" / kind
        assert json.loads((folder / "eval-results.json").read_text()) == answer.value
        assert (folder / "summary.txt").read_text() == answer.value.generate_summary() + "\n"
        assert (folder / "my_model-confusion_matrix.png").is_file()


def test_yzlite_evaluate_passes_on_a_model_without_mixin() -> None:
    assert plugin.yzlite_evaluate(Configurable(), None, None, None) is None  # type: ignore[arg-type]


def test_yzlite_after_fit_draws_the_history(plugins: Plugins, tmp_path: Path) -> None:
    run = SimpleNamespace(paths=SimpleNamespace(train=tmp_path / "train"))
    for history in (History({}), History({"loss": [2.0, 1.0]}, Best(2, "loss", 1.0))):
        answers = plugins.tell(
            hookspecs.yzlite_after_fit,
            model=None,  # type: ignore[arg-type]  # nobody looks at it
            keras_model=None,
            history=history,
            dataset=None,  # type: ignore[arg-type]  # likewise
            run=run,  # type: ignore[arg-type]  # its paths are enough
        )
        assert [answer.error for answer in answers] in ([], [None])
    assert (tmp_path / "train" / "training-history.png").is_file()


def test_yzlite_report_writes_the_page(plugins: Plugins, finished_run: Any) -> None:
    (answer,) = plugins.tell(
        hookspecs.yzlite_report,
        model=finished_run.model,
        results=finished_run.results,
        directory=finished_run.paths.root,
        run=finished_run,
        reports=finished_run.reports,
        provenance=finished_run.provenance,
    )
    assert answer.error is None
    assert answer.value == [finished_run.paths.report]
    assert finished_run.paths.report.read_text(encoding="utf-8").startswith("<!doctype html>")


def problems(plugins: Plugins, model: Any) -> list[str]:
    answers = plugins.collect(hookspecs.yzlite_check_model, model=model)
    return [problem.message for answer in answers for problem in answer.value]


def test_yzlite_check_model_has_nothing_to_say_of_good_models(
    plugins: Plugins, classifier: Any, autoencoder: Any, generic: Any
) -> None:
    for model in (classifier, autoencoder, generic, Configurable()):
        assert problems(plugins, model) == []


def test_yzlite_check_model_of_a_classifier(plugins: Plugins, classifier: Any) -> None:
    classifier.classes = []
    classifier.class_mode = "input"
    assert [text.split()[0] for text in problems(plugins, classifier)] == ["classes", "class_mode"]
    del classifier.__dict__["classes"]
    assert "classes has not been set" in problems(plugins, classifier)[0]
    classifier.eval_custom_function = lambda my_model: None
    assert problems(plugins, classifier) == []


def test_yzlite_check_model_of_an_autoencoder(plugins: Plugins, autoencoder: Any) -> None:
    autoencoder.eval_classes = ["normal"]
    autoencoder.loss = "binary_crossentropy"
    first, second = problems(plugins, autoencoder)
    assert "eval_classes is ['normal']" in first
    assert "binary_crossentropy" in second


@pytest.mark.parametrize(
    ("setting", "value"),
    [("eval_max_samples_per_class", 0), ("eval_max_samples_per_class", -2), ("eval_steps_per_epoch", 0)],
)
def test_counts_below_one_are_refused(classifier: Any, setting: str, value: int) -> None:
    with pytest.raises(SettingValueError, match="from 1 on"):
        setattr(classifier, setting, value)


def test_all_samples_and_all_steps_are_the_defaults(classifier: Any) -> None:
    classifier.eval_max_samples_per_class = -1
    classifier.eval_steps_per_epoch = None
    assert (classifier.eval_max_samples_per_class, classifier.eval_steps_per_epoch) == (-1, None)
