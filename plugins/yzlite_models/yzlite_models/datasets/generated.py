"""Datasets that code generates: made on first use, the same bytes every time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from yzlite_core.plugin.files import cache_dir, made_once

if TYPE_CHECKING:
    import numpy as np

_STREAMS = {"training": 1, "evaluation": 2}


def random_stream(subset: str, *numbers: int) -> np.random.Generator:
    """Return a random generator of its own for each subset ('training', 'evaluation') and numbers."""
    import numpy as np

    # The count keeps (1,) and (1, 0) apart: NumPy takes missing seed words for zeros.
    return np.random.default_rng([_STREAMS[subset], len(numbers), *numbers])


def generated_folder(name: str, version: int, generate: Callable[[Path], None]) -> Path:
    """Return the folder of a generated dataset, generating it if it is not in the cache yet.

    Args:
        name: Name of the dataset, and of its folder in the cache.
        version: The generator's version: a dataset of another version is generated anew.
        generate: Writes the dataset into an empty folder.

    Returns:
        The dataset's folder, complete.
    """
    target = cache_dir() / "datasets" / name

    def announced(folder: Path) -> None:
        print(f"Generating the dataset '{name}' by code (once, in {target})", file=sys.stderr)
        generate(folder)

    return made_once(target, {"generator": name, "version": version}, announced)
