"""fit: build, train, and keep the best weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yzlite_core import hookspecs
from yzlite_core.errors import ModelError, TrainingError
from yzlite_core.files import replacing, write_json
from yzlite_core.mixins import TrainMixin
from yzlite_core.results import History, TrainingResults, to_jsonable
from yzlite_core.stages.build import build
from yzlite_core.stages.load import training_data

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
    keras_model = _to_be_saved(run, keras_model)
    with replacing(run.paths.keras) as temporary:
        keras_model.save(temporary)
    write_json(run.paths.history, to_jsonable(history.metrics))
    run.keras_model = keras_model
    params = {"epochs": model.epochs, "batch_size": model.batch_size}
    run.training = TrainingResults(model, keras_model, history, params)
    run.tell(hookspecs.yzlite_after_fit, model=model, keras_model=keras_model, history=history, run=run)
    return _report(run, history)


def _to_be_saved(run: Run, keras_model: Any) -> Any:
    """Return what the script's `on_save_keras_model` makes of the trained network."""
    change = getattr(run.model, "on_save_keras_model", None)
    if change is None:
        return keras_model
    changed = change(run.model, keras_model, run.log)
    if changed is None:
        raise TrainingError(
            "on_save_keras_model returned None", hint="return the keras.Model that is to be saved"
        )
    return changed


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
