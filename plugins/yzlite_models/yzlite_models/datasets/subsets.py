"""Which folder of a dataset holds a subset."""

from __future__ import annotations

from pathlib import Path

from yzlite_core.errors import DatasetError

SUBSETS = ("training", "validation", "evaluation")


def subset_folder(root: Path, subset: str | None) -> Path:
    """Return the folder of class folders that serves a subset.

    Args:
        root: The dataset's folder: it holds `training` and `evaluation`, or class folders alone.
        subset: 'training', 'validation', 'evaluation' or None, which means 'training'.

    Returns:
        For 'evaluation' the folder of that name, if there is one. Everything else is in `training`, of
        which the data generator holds a part out, or in `root` itself.

    Raises:
        DatasetError: There is no such subset.
    """
    if subset not in (None, *SUBSETS):
        raise DatasetError(f"There is no subset '{subset}'", hint=f"a subset is one of {', '.join(SUBSETS)}")
    names = ("evaluation", "training") if subset == "evaluation" else ("training",)
    return next((root / name for name in names if (root / name).is_dir()), root)
