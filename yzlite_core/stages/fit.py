"""fit: build, train, and keep the best weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yzlite_core import hookspecs
from yzlite_core.artefacts import load_weights
from yzlite_core.errors import ModelError
from yzlite_core.files import replacing, write_json
from yzlite_core.mixins import TrainMixin
from yzlite_core.results import History, TrainingResults, to_jsonable
from yzlite_core.stages.build import build
from yzlite_core.stages.load import say_skipped, training_data

if TYPE_CHECKING:
    from yzlite_core.run import Run


def fit(run: Run) -> dict[str, Any]:
    """Train the model, write the Keras model and the history, and return the report."""
    model = run.model
    if not isinstance(model, TrainMixin):
        raise ModelError(
            f"{model.name} cannot be trained: its class does not inherit TrainMixin",
            hint="add TrainMixin to the bases of the model's class",
        )
    dataset = training_data(run)
    keras_model = build(run)
    if run.initial_weights is not None:
        load_weights(run, keras_model, run.initial_weights)
    if keras_model.built:
        run.say(f"Network: {keras_model.count_params():,} parameters")
    answers = run.plugins.collect(hookspecs.yzlite_train_callbacks, model=model, dataset=dataset, run=run)
    callbacks = [callback for answer in answers for callback in answer.value]
    history = run.plugins.claim(
        hookspecs.yzlite_fit,
        model=model,
        keras_model=keras_model,
        dataset=dataset,
        callbacks=callbacks,
        run=run,
    ).value
    keras_model = run.plugins.claim(
        hookspecs.yzlite_save_model, model=model, keras_model=keras_model, run=run
    ).value
    with replacing(run.paths.keras) as temporary:
        keras_model.save(temporary)
    write_json(run.paths.history, to_jsonable(history.metrics))
    run.keras_model = keras_model
    params = {"epochs": model.epochs, "batch_size": model.batch_size}
    run.training = TrainingResults(model, keras_model, history, params)
    run.tell(hookspecs.yzlite_after_fit, model=model, keras_model=keras_model, history=history, run=run)
    skipped = say_skipped(run, dataset, dataset.validation)
    return {**_report(run, history), "skipped": skipped}


def _report(run: Run, history: History) -> dict[str, Any]:
    best = history.best
    if best is not None:
        run.say(f"Best: epoch {best.epoch} of {history.epochs}, {best.monitor} {best.value:.4f}")
    return {
        "epochs": history.epochs,
        "best": None if best is None else {"epoch": best.epoch, "monitor": best.monitor, "value": best.value},
        "history": to_jsonable(history.metrics),
        "seconds": round(history.seconds, 2),
    }
