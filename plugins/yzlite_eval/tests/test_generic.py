from __future__ import annotations

import logging
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from yzlite_core.contract.hookspecs import hookimpl
from yzlite_core.contract.plugins import Plugins
from yzlite_core.contract.values import EvaluationResults
from yzlite_core.data.dataset import Dataset
from yzlite_core.errors import DatasetError, ModelError
from yzlite_core.run import Request, Run, RunPaths
from yzlite_eval.evaluate import evaluate
from yzlite_eval.generic import evaluate_by_function, evaluate_by_metrics

LOG = logging.getLogger("test")


def run_in(folder: Path, model: Any, **plugins: ModuleType) -> Run:
    paths = RunPaths(folder, "m", folder / "m.yzlite.zip")
    return Run(model, Plugins([], plugins), paths, Request("m"))


def test_function_gets_what_it_asks_for(
    generic: Any, predictor: Any, pixels: Dataset, tmp_path: Path
) -> None:
    seen: dict[str, Any] = {}

    def my_evaluation(my_model: Any, built_model: Any, eval_dir: str, **others: Any) -> EvaluationResults:
        seen.update(others, model=my_model, built=built_model, x=my_model.x, subset=my_model.loaded_subset)
        Path(eval_dir, "own.txt").write_text("own")
        return EvaluationResults(my_model.name, accuracy=0.5)

    generic.eval_custom_function = my_evaluation
    network = object()
    results = evaluate_by_function(
        generic, predictor(lambda x: x, model=network), pixels, tmp_path / "keras", LOG
    )
    assert results.accuracy == 0.5
    assert seen == {
        "model": generic,
        "built": network,
        "x": seen["x"],
        "subset": "evaluation",
        "show": False,
        "logger": LOG,
    }
    assert seen["x"] is pixels.x
    assert generic.x is None
    assert (tmp_path / "keras" / "own.txt").exists()


def test_function_may_ask_for_less(generic: Any, predictor: Any, pixels: Dataset, tmp_path: Path) -> None:
    generic.eval_custom_function = lambda m, show: EvaluationResults(m.name, metrics={"show": float(show)})
    results = evaluate_by_function(generic, predictor(lambda x: x), pixels, tmp_path, LOG)
    assert results["metrics"] == {"show": 0}


def test_function_must_return_results(generic: Any, predictor: Any, pixels: Dataset, tmp_path: Path) -> None:
    generic.eval_custom_function = lambda my_model: {"accuracy": 1}
    with pytest.raises(ModelError, match="returned dict"):
        evaluate_by_function(generic, predictor(lambda x: x), pixels, tmp_path, LOG)


def test_function_comes_before_the_built_in_evaluation(
    classifier: Any, predictor: Any, seer: Any, pixels: Dataset, tmp_path: Path
) -> None:
    classifier.eval_custom_function = lambda my_model: EvaluationResults(my_model.name, samples=1)
    results = evaluate(classifier, predictor(seer), pixels, run_in(tmp_path, classifier))
    assert results is not None
    assert results.samples == 1
    assert {path.name for path in tmp_path.glob("eval/keras/*")} == {"eval-results.json", "summary.txt"}


def test_observers_see_each_plot(
    classifier: Any, predictor: Any, seer: Any, pixels: Dataset, tmp_path: Path
) -> None:
    seen: list[str] = []

    @hookimpl
    def yzlite_figure(kind: str, name: str, figure: Any) -> None:
        figure.axes[0].set_title("seen")
        seen.append(f"{kind} {name}")

    observer = ModuleType("observer")
    observer.yzlite_figure = yzlite_figure  # type: ignore[attr-defined]
    evaluate(classifier, predictor(seer), pixels, run_in(tmp_path, classifier, observer=observer))
    plots = {path.stem.removeprefix(f"{classifier.name}-") for path in tmp_path.glob("eval/keras/*.png")}
    assert {f"keras {name}" for name in plots} == set(seen)
    assert len(seen) == 6


def test_tflite_without_a_function_is_left_to_others(
    generic: Any, predictor: Any, pixels: Dataset, tmp_path: Path
) -> None:
    run = run_in(tmp_path, generic)
    assert evaluate(generic, predictor(lambda x: x, "tflite"), pixels, run) is None
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_metrics_of_the_compiled_network(generic: Any, predictor: Any) -> None:
    import keras

    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="ones")])
    network.compile(loss="mse", metrics=["mae"])
    x = np.random.default_rng(0).random((10, 3)).astype(np.float32)
    data = Dataset("evaluation", x, y=np.zeros((10, 1)), batch_size=4)
    results = evaluate_by_metrics(generic, predictor(None, model=network), data)
    assert results.samples == 10
    assert results.accuracy is None
    expected = x.sum(axis=1)
    assert results["metrics"] == pytest.approx(
        {"loss": np.mean(expected**2), "mae": np.mean(expected)}, rel=1e-5
    )
    generic.eval_steps_per_epoch = 2
    assert evaluate_by_metrics(generic, predictor(None, model=network), data).samples == 8


@pytest.mark.slow
def test_metrics_of_a_network_of_two_inputs(generic: Any, predictor: Any) -> None:
    import keras

    inputs = [keras.Input((2,)), keras.Input((2,))]
    network = keras.Model(inputs, keras.layers.Dot(1)(inputs))
    network.compile(loss="mae", metrics=["accuracy"])
    x = np.ones((6, 2), dtype=np.float32)
    results = evaluate_by_metrics(
        generic,
        predictor(None, model=network),
        Dataset("evaluation", [x, x], y=np.zeros((6, 1)), batch_size=4),
    )
    assert results.samples == 6
    assert results.accuracy == 0
    assert results["metrics"] == pytest.approx({"loss": 2})


def test_empty_data_is_a_sentence(generic: Any, predictor: Any) -> None:
    with pytest.raises(DatasetError, match="evaluation data is empty"):
        evaluate_by_metrics(generic, predictor(None), Dataset("evaluation", np.zeros((0, 3))))
