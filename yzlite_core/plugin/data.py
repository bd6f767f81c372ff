"""The door for plugins that bring data: the batch engine, data generators, folders of samples, kernels.

A source loads samples, transforms change them, and `Batches` puts them together::

    >>> import numpy as np
    >>> from yzlite_core.plugin import Batches
    >>> from yzlite_core.plugin.data import ArraySource, count, split_file_list
    >>> source = ArraySource(np.arange(6, dtype=np.float32).reshape(3, 2))
    >>> [x.shape for x, y in Batches(source, np.array([0, 1, 0]), batch_size=2)]
    [(2, 2), (1, 2)]

The first share of each class is for validation::

    >>> split_file_list(["a.wav", "b.wav", "c.wav", "d.wav"], (0.0, 0.25))
    ['a.wav']

Functions of samples that have several inputs take a list or a dictionary of arrays where one has an array::

    >>> count({"left": np.zeros((5, 2)), "right": np.zeros((5, 3))})
    5
"""

from __future__ import annotations

from yzlite_core.contract.stub import handed_out

__all__, __getattr__, __dir__ = handed_out(__name__)
