"""The batch engine: samples in, augmented batches out, the same bytes for any number of workers.

A *source* loads samples, *transforms* draw their parameters and apply them, a *finish* step makes
the network's input, and `Batches` puts samples together, ahead of time, in threads::

    batches = Batches(source, batch_size=32, transforms=[...], finish=standardize, seed=42, workers=2)
    for x, y in batches:   # one epoch
        ...
    keras_model.fit(batches)

Nothing here imports TensorFlow or Keras.
"""

from yzlite_core.data.batches.buffer_pool import Recycler
from yzlite_core.data.batches.cached import CachedSource
from yzlite_core.data.batches.chain import Step
from yzlite_core.data.batches.custom import BatchParameters, CustomBatches
from yzlite_core.data.batches.engine import Batches, worker_count
from yzlite_core.data.batches.functions import FunctionTransform, sample_function
from yzlite_core.data.batches.processes import Processes
from yzlite_core.data.batches.randomness import RandomNumbers
from yzlite_core.data.batches.sources import ArraySource, FileSource, Source
from yzlite_core.data.batches.transforms import (
    AnyTransform,
    BatchTransform,
    FusingTransform,
    Sample,
    Samples,
    Transform,
)

__all__ = [
    "AnyTransform",
    "ArraySource",
    "BatchParameters",
    "BatchTransform",
    "Batches",
    "CachedSource",
    "CustomBatches",
    "FileSource",
    "FunctionTransform",
    "FusingTransform",
    "Processes",
    "RandomNumbers",
    "Recycler",
    "Sample",
    "Samples",
    "Source",
    "Step",
    "Transform",
    "sample_function",
    "worker_count",
]
