"""fit: build, train, and keep the best weights."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from yzlite_core.contract import hookspecs
from yzlite_core.contract.values import History, TrainingResults, to_jsonable
from yzlite_core.errors import ModelError
from yzlite_core.model.mixins import TrainMixin
from yzlite_core.run.products import Trained
from yzlite_core.run.provenance import identity, provenance_of
from yzlite_core.run.reports import FitReport
from yzlite_core.run.settings_in_force import described
from yzlite_core.run.stages.build import build
from yzlite_core.run.stages.load import say_skipped
from yzlite_core.run.stages.stored import with_weights
from yzlite_core.support.files import replacing, write_json

if TYPE_CHECKING:
    from yzlite_core.run.run import Run
    from yzlite_core.run.stages.load import Data


def fit(run: Run, data: Data) -> Trained:
    """Train the model, and write the Keras model, the history, and what it takes to use them.

    Raises:
        ModelError: If the model's class does not inherit TrainMixin.
        TrainingError: If Keras refuses the network or the data.
    """
    model = run.model
    if not isinstance(model, TrainMixin):
        raise ModelError(
            f"{model.name} cannot be trained: its class does not inherit TrainMixin",
            hint="add TrainMixin to the bases of the model's class",
        )
    dataset = data.training
    keras_model = build(run)
    if run.request.weights is not None:
        with_weights(run, keras_model, run.request.weights, None)
    if keras_model.built:
        run.say(f"Network: {keras_model.count_params():,} parameters")
    answers = run.plugins.collect(hookspecs.yzlite_train_callbacks, model=model, dataset=dataset, run=run)
    callbacks = [callback for answer in answers for callback in answer.value]
    arguments = run.plugins.claim(
        hookspecs.yzlite_fit_arguments, model=model, dataset=dataset, callbacks=callbacks
    ).value
    history = run.plugins.claim(
        hookspecs.yzlite_fit,
        model=model,
        keras_model=keras_model,
        dataset=dataset,
        callbacks=callbacks,
        arguments=arguments,
        run=run,
    ).value
    saved = run.plugins.claim(
        hookspecs.yzlite_save_model, model=model, keras_model=keras_model, run=run
    ).value
    report = _report(run, data, history)
    run_id = identity(run, saved)
    _write(run, data, saved, report, run_id)
    used = run.plugins.claim(hookspecs.yzlite_trained_model, model=model, keras_model=saved, run=run).value
    run.tell(
        hookspecs.yzlite_after_fit, model=model, keras_model=used, history=history, dataset=dataset, run=run
    )
    params = {"epochs": model.epochs, "batch_size": model.batch_size}
    return Trained(lambda: used, TrainingResults(model, used, history, params), run_id, report)


def _write(run: Run, data: Data, keras_model: Any, report: FitReport, run_id: str) -> None:
    """Write the network with all that belongs to it; an earlier training's is replaced only now."""
    paths = run.paths
    with replacing(paths.keras) as temporary:
        keras_model.save(temporary)
    write_json(paths.history, report["history"])
    shutil.copyfile(run.model.model_specification_path, paths.script)
    write_json(paths.settings, described(run.model, run.request.set_paths))
    write_json(paths.origin, {"script": str(run.model.home / paths.script.name)})
    loaded = {"load": data.report} if data.report else {}
    write_json(paths.reports, {**loaded, "fit": report})
    write_json(paths.provenance, provenance_of(run, data.loaded, run_id))


def _report(run: Run, data: Data, history: History) -> FitReport:
    best = history.best
    if best is not None:
        run.say(f"Best: epoch {best.epoch} of {history.epochs}, {best.monitor} {best.value:.4f}")
    return {
        "epochs": history.epochs,
        "best": None if best is None else {"epoch": best.epoch, "monitor": best.monitor, "value": best.value},
        "history": to_jsonable(history.metrics),
        "seconds": round(history.seconds, 2),
        "skipped": say_skipped(run, data.training, data.training.validation),
    }
