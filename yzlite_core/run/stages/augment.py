"""augment: let plugins add transforms to the training batches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from yzlite_core.contract import hookspecs
from yzlite_core.data.batches import AnyTransform, ArraySource, Batches, worker_count
from yzlite_core.data.dataset import Dataset
from yzlite_core.errors import PluginError

if TYPE_CHECKING:
    from yzlite_core.run import Run


def augment(run: Run, dataset: Dataset) -> Dataset:
    """Return the training data with the transforms that plugins contribute.

    Raises:
        PluginError: If there are transforms, and the data is of a kind that none can be applied to.
    """
    answers = run.plugins.collect(hookspecs.yzlite_augment, model=run.model, dataset=dataset)
    transforms: list[AnyTransform] = [transform for answer in answers for transform in answer.value]
    if not transforms:
        return dataset
    if type(dataset.x) is Batches:
        return replace(dataset, x=dataset.x.with_transforms(transforms))
    if isinstance(dataset.x, np.ndarray) and dataset.sample_weight is None:
        batches = Batches(
            ArraySource(dataset.x),
            dataset.y,
            batch_size=dataset.batch_size or 32,
            transforms=transforms,
            shuffle=getattr(run.model, "shuffle", True),
            seed=run.seed,
            workers=worker_count(run.request.workers or 1),
        )
        return replace(dataset, x=batches, y=None)
    owners = ", ".join(sorted({answer.plugin for answer in answers if answer.value}))
    raise PluginError(
        f"The transforms of {owners} cannot be applied to training data of type {type(dataset.x).__name__}",
        hint=f"give arrays or Batches in x, or run with --no-plugin {owners}",
    )
