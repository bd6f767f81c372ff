"""The door for plugins that work on models and runs of their own accord.

`prepare` finds a model, writes what is asked for into its settings and freezes them; `Data` loads its data::

    >>> import tempfile
    >>> from pathlib import Path
    >>> from yzlite_core.plugin import Request
    >>> from yzlite_core.plugin.files import write_atomic
    >>> from yzlite_core.plugin.run import Data, prepare, unloaded_after
    >>> script = write_atomic(Path(tempfile.mkdtemp(), "line.py"), '''
    ... # @yzlite_model
    ... import numpy as np
    ... from yzlite_core import DatasetMixin, TrainMixin, YZLiteModel
    ... class Line(YZLiteModel, TrainMixin, DatasetMixin):
    ...     pass
    ... my_model = Line()
    ... my_model.x, my_model.y = np.zeros((4, 2), np.float32), np.arange(4)
    ... ''')
    >>> with prepare(Request(str(script), stages=("load",))) as (run, _):
    ...     data = Data(run)
    ...     with unloaded_after(run, data):
    ...         print(run.model.name, data.training.x.shape)
    line (4, 2)

`trained_tflite` reads the network of a trained model, or of a bare .tflite.
"""

from __future__ import annotations

from yzlite_core.contract.stub import handed_out

__all__, __getattr__, __dir__ = handed_out(__name__)
