"""What an auto-encoder makes of the samples, as pictures to look through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from yzlite_core.plugin import picture_of
from yzlite_core.plugin.files import write_atomic
from yzlite_eval.predictions import Part
from yzlite_eval.report.pictures import png

_PER_CLASS = 200


class Dump:
    """Writes `<folder>/<class>/<number>.png`: a sample above what the network makes of it.

    Args:
        folder: Where to.
        classes: The class names.
    """

    def __init__(self, folder: Path, classes: Sequence[str]) -> None:
        self._folder = folder
        self._classes = classes
        self._written: Counter[str] = Counter()

    def add(self, part: Part) -> None:
        """Write the samples of a part, at most 200 of each class."""
        outputs = np.asarray(part.outputs)
        for label, x, output in zip(part.labels, np.asarray(part.x), outputs, strict=True):
            name = self._classes[int(label)]
            number = self._written[name]
            if number < _PER_CLASS:
                self._written[name] += 1
                self._write(self._folder / name / f"{number:03d}.png", x, output)

    def _write(self, path: Path, x: Any, output: Any) -> None:
        rows = [np.atleast_2d(x), np.atleast_2d(np.reshape(output, np.shape(x)))]
        picture = picture_of(np.concatenate(rows))
        if picture is not None:
            write_atomic(path, png(picture))
