"""`summarize_model`: what a model is made of."""

from __future__ import annotations

import os
from typing import Any

from yzlite_core import hookspecs
from yzlite_core.artefacts import keras_model
from yzlite_core.mixins import DatasetMixin
from yzlite_core.model import YZLiteModel
from yzlite_core.operations.loading import built_tflite, load_tflite_model, load_yzlite_model
from yzlite_core.operations.session import session
from yzlite_core.run import Run
from yzlite_core.stages.build import build as build_network
from yzlite_core.stages.load import summary as dataset_summary
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.summary import summarize


def summarize_model(
    model: str | os.PathLike[str] | YZLiteModel | TfliteModel,
    tflite: bool = False,
    build: bool = False,
    test: bool = False,
    built_model: Any = None,
) -> str:
    """Return what a model is made of, as text for people.

    Args:
        model: A model, a `.tflite` (as object or path), a script's path, an archive's path, or a name.
        tflite: The layers of the `.tflite`, instead of those of the Keras model; no script is executed.
        build: Build the network anew (and train it in test mode and convert it, for `tflite`).
        test: Take what a training in test mode has left.
        built_model: A network that is summarized instead of the trained one: a `keras.Model`, or a
            `TfliteModel`.

    Raises:
        ArtefactNotFoundError: If the model has not been trained.
    """
    if isinstance(built_model, TfliteModel):
        return summarize(built_model)
    is_file = isinstance(model, TfliteModel) or str(model).endswith(".tflite")
    if not is_file and not (tflite and built_model is None):
        assert not isinstance(model, TfliteModel)
        return _of_network(load_yzlite_model(model), build, test, built_model)
    if build and not is_file:
        assert not isinstance(model, TfliteModel)
        return summarize(TfliteModel(built_tflite(load_yzlite_model(model))))
    return summarize(load_tflite_model(model, test=test))


def _of_network(model: YZLiteModel, build: bool, test: bool, built_model: Any) -> str:
    with session(model, test=test) as run:
        if built_model is not None:
            network = built_model
        else:
            network = build_network(run) if build else keras_model(run)
        parts = [_keras_summary(network), *_model_summaries(run), _dataset_summary(run)]
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
