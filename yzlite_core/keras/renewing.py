"""An optimizer of its own for each training, where a model object is trained several times."""

from __future__ import annotations

from typing import Any

from yzlite_core.errors import TrainingError
from yzlite_core.model.mixins import TrainMixin
from yzlite_core.support.source_location import line_of


def renew_optimizer(model: object) -> None:
    """Put a copy in the place of an optimizer object, which Keras ties to the first network that it trains.

    One that cannot be copied, as with a learning rate of the script's own class, serves one training.

    Raises:
        TrainingError: If it cannot be copied, and has trained a network.
    """
    if not isinstance(model, TrainMixin) or not hasattr(model.optimizer, "get_config"):
        return
    used: Any = model.optimizer
    try:
        model.optimizer = type(used).from_config(used.get_config())
    except Exception as error:
        if getattr(used, "built", False):
            raise TrainingError(
                f"my_model.optimizer{line_of(model, 'optimizer')} has trained a network, and cannot be "
                f"copied for another: {type(error).__name__}: {error}",
                hint="make the optimizer in the function that builds the network",
            ) from error
