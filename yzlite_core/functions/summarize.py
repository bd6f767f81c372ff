"""Say what a model is made of."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Any

from yzlite_core.contract import hookspecs
from yzlite_core.functions.load import AnyModel, built_tflite, network_of, specification, trained_tflite
from yzlite_core.model.mixins import DatasetMixin
from yzlite_core.model.model import YZLiteModel
from yzlite_core.run.run import Run
from yzlite_core.run.stages.load import summary as dataset_summary
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.summary import summarize as summarize_tflite


def summarize(
    model: AnyModel | TfliteModel,
    *,
    tflite: bool = False,
    build: bool = False,
    test: bool = False,
    trust: bool = False,
    network: Any = None,
    without: Sequence[str] = (),
    log: logging.Logger | None = None,
) -> str:
    """Return what a model is made of, as text for people.

    Args:
        model: A model, a `.tflite` (as object or path), the path of a script, an archive or a log directory,
            or a name.
        tflite: The layers of the `.tflite`, instead of those of the Keras model; no script is executed.
        build: Build the network anew (and train it in test mode and convert it, for `tflite`).
        test: Take what a training in test mode has left.
        trust: Run code that this user has not written.
        network: A network that is summarized instead of the trained one: a `keras.Model`, or a `TfliteModel`.
        without: Names of plugins that are not loaded.
        log: Where the lines of a run go; None drops them.

    Raises:
        ArtefactNotFoundError: If the model has not been trained.
    """
    if isinstance(network, TfliteModel):
        return summarize_tflite(network)
    if isinstance(model, TfliteModel):
        return summarize_tflite(model)
    is_file = not isinstance(model, YZLiteModel) and os.fspath(model).endswith(".tflite")
    if is_file or (tflite and network is None and not build):
        return summarize_tflite(trained_tflite(model, test=test, without=without))
    loaded = specification(model, trust=trust)
    if tflite and network is None:
        return summarize_tflite(TfliteModel(built_tflite(loaded, log)))
    return _of_network(loaded, build, test, network, log)


def _of_network(model: YZLiteModel, build: bool, test: bool, network: Any, log: logging.Logger | None) -> str:
    with network_of(model, log, network=network, build=build, test=test) as (run, found):
        parts = [_keras_summary(found), *_model_summaries(run), _dataset_summary(run)]
        return "\n\n".join(part for part in parts if part)


def _keras_summary(network: Any) -> str:
    lines: list[str] = []
    network.summary(print_fn=lambda text, **_: lines.append(text))
    return "\n".join(lines).strip()


def _model_summaries(run: Run) -> list[str]:
    answers = run.plugins.collect(hookspecs.yzlite_summary, model=run.model)
    return ["\n".join(answer.value) for answer in answers]


def _dataset_summary(run: Run) -> str:
    """Return the number of samples, as far as they are known without loading the data."""
    return dataset_summary(run) if isinstance(run.model, DatasetMixin) else ""
