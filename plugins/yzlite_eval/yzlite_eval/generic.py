"""Evaluate any model: by the script's own function, or by what the network was compiled with."""

from __future__ import annotations

import inspect
import itertools
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from yzlite_core.errors import DatasetError, ModelError
from yzlite_core.plugin import Dataset, DatasetMixin, EvaluationResults, Predictor
from yzlite_core.plugin.data import count, tupled


def evaluate_by_function(
    model: Any, predictor: Predictor, dataset: Dataset, eval_dir: Path, logger: Any, show: bool = False
) -> EvaluationResults:
    """Let the script's `eval_custom_function` evaluate.

    While it is called, the data stands in `my_model.x` and `my_model.y`.

    Args:
        model: A model with `EvaluateMixin` whose `eval_custom_function` is set.
        predictor: The trained model; what it runs, or itself, is handed over as `built_model`.
        dataset: The evaluation data.
        eval_dir: The folder for what the function writes.
        logger: Handed over.
        show: Handed over: whether the user wants to see plots.

    Raises:
        ModelError: If the function returns no `EvaluationResults`.
    """
    function = model.eval_custom_function
    eval_dir.mkdir(parents=True, exist_ok=True)
    offered = {
        "built_model": getattr(predictor, "model", predictor),
        "eval_dir": str(eval_dir),
        "show": show,
        "logger": logger,
    }
    with _data_in_place(model, dataset):
        results = function(model, **_accepted(function, offered))
    if not isinstance(results, EvaluationResults):
        raise ModelError(
            f"eval_custom_function returned {type(results).__name__}",
            hint="it returns yzlite_core.EvaluationResults, or something derived from it",
        )
    return results


def evaluate_by_metrics(model: Any, predictor: Any, dataset: Dataset) -> EvaluationResults:
    """Evaluate a Keras model by the loss and the metrics that it was compiled with.

    Args:
        model: A model with `EvaluateMixin`.
        predictor: The Keras predictor, with the `keras.Model` in `model`.
        dataset: The evaluation data.

    Raises:
        DatasetError: If there are no samples.
    """
    sizes: list[int] = []

    def counted() -> Iterator[tuple[Any, ...]]:
        for x, y in batches:
            sizes.append(count(x))
            yield (tupled(x),) if y is None else (tupled(x), tupled(y))

    batches: Iterator[tuple[Any, Any]] = islice(dataset.batches(), model.eval_steps_per_epoch)
    first = next(batches, None)
    if first is None:
        raise DatasetError(f"The {dataset.subset} data is empty")
    batches = itertools.chain([first], batches)
    with warnings.catch_warnings():
        # Keras takes the end of a generator for a mishap.
        warnings.filterwarnings("ignore", message="Your input ran out of data")
        logs = predictor.model.evaluate(counted(), verbose=0, return_dict=True)
    metrics = {name: float(value) for name, value in logs.items()}
    return EvaluationResults(
        model.name, samples=sum(sizes), accuracy=metrics.pop("accuracy", None), metrics=metrics
    )


@contextmanager
def _data_in_place(model: Any, dataset: Dataset) -> Iterator[None]:
    if not isinstance(model, DatasetMixin):
        yield
        return
    kept = model.x, model.y, model.loaded_subset
    model.x, model.y, model.loaded_subset = dataset.x, dataset.y, dataset.subset
    try:
        yield
    finally:
        model.x, model.y, model.loaded_subset = kept


def _accepted(function: Any, offered: Mapping[str, Any]) -> dict[str, Any]:
    parameters = inspect.signature(function).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return dict(offered)
    return {name: value for name, value in offered.items() if name in parameters}
