"""The built-in plugin that trains with Keras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from yzlite_core.contract.hookspecs import HOOK_CONTRACT, hookimpl
from yzlite_core.errors import TrainingError, YZLiteError
from yzlite_core.model.mixins import TrainMixin
from yzlite_core.support.source_location import line_in, line_of_function

if TYPE_CHECKING:
    from yzlite_core.contract.values import History
    from yzlite_core.data.dataset import Dataset
    from yzlite_core.keras.training_run import TrainingRun
    from yzlite_core.model.model import YZLiteModel

YZLITE_CONTRACT = HOOK_CONTRACT


@hookimpl
def yzlite_build_model(model: YZLiteModel) -> Any:
    """Call the script's `build_model_function`."""
    if not isinstance(model, TrainMixin):
        return None
    from yzlite_core.keras.building import build

    return build(model, model)


@hookimpl
def yzlite_train_callbacks(model: YZLiteModel, run: TrainingRun) -> Sequence[Any] | None:
    """Give the callbacks of the settings, and the script's own."""
    if not isinstance(model, TrainMixin):
        return None
    from yzlite_core.keras.callbacks import callbacks_of

    return callbacks_of(model, run)


@hookimpl
def yzlite_fit_arguments(
    model: YZLiteModel, dataset: Dataset, callbacks: Sequence[Any]
) -> Mapping[str, Any] | None:
    """Read the settings; what stands in `train_kwargs` wins."""
    if not isinstance(model, TrainMixin):
        return None
    from yzlite_core.keras.arguments import fit_arguments

    return fit_arguments(model, dataset, callbacks)


@hookimpl
def yzlite_fit(
    model: YZLiteModel, keras_model: Any, dataset: Dataset, arguments: Mapping[str, Any], run: TrainingRun
) -> History | None:
    """Train with `keras.Model.fit`."""
    if not isinstance(model, TrainMixin):
        return None
    from yzlite_core.keras.fitting import fit

    return fit(model, keras_model, dataset, arguments, run)


@hookimpl
def yzlite_save_model(model: YZLiteModel, keras_model: Any, run: TrainingRun) -> Any:
    """Call the script's `on_save_keras_model`, if there is one."""
    change = getattr(model, "on_save_keras_model", None)
    if change is None:
        return keras_model
    try:
        changed = change(model, keras_model, run.log)
    except YZLiteError:
        raise
    except Exception as error:
        where = line_in(model.model_specification_path, error)
        raise TrainingError(f"on_save_keras_model failed{where}: {type(error).__name__}: {error}") from error
    if not hasattr(changed, "get_weights"):
        raise TrainingError(
            f"on_save_keras_model returned {type(changed).__name__}{line_of_function(change)}",
            hint="return the keras.Model that is to be saved",
        )
    return changed


@hookimpl
def yzlite_trained_model(keras_model: Any) -> Any:
    """Give the network that was saved."""
    return keras_model
