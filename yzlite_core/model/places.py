"""Where a specification and what its training has left can be: an archive, a log directory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from yzlite_core.errors import ArtefactNotFoundError
from yzlite_core.model.archive import member_names

ORIGIN = "origin.json"  # where the script of a log directory came from; never archived
PROVENANCE = "provenance.json"
TEST_SUFFIX = "-test"


def name_in_archive(archive: Path) -> str:
    """Return the name of the model that an archive holds; the archive itself may have been renamed.

    Raises:
        ArchiveError: If it cannot be read.
    """
    stem = archive.name.removesuffix(".zip").removesuffix(".yzlite").removesuffix(TEST_SUFFIX)
    scripts = [name for name in member_names(archive) if name.endswith(".py") and "/" not in name]
    names = [name.removesuffix(".py") for name in scripts]
    return names[0] if stem not in names and len(names) == 1 else stem


def name_in_folder(folder: Path) -> str | None:
    """Return the name of the model whose log directory a folder is; None if it is none."""
    told = read_json(folder / PROVENANCE).get("model")
    names = sorted(path.stem for path in folder.glob("*.keras"))
    candidates = [*([told] if isinstance(told, str) else []), *names]
    return next((name for name in candidates if holds_training(folder, name)), None)


def holds_training(folder: Path, name: str) -> bool:
    """Tell whether a folder holds a trained network of that name."""
    return any((folder / f"{name}{suffix}").is_file() for suffix in (".keras", ".tflite"))


def home_of(folder: Path) -> Path | None:
    """Return the folder of the script that was trained into a log directory; None if that is not known."""
    script = read_json(folder / ORIGIN).get("script")
    return Path(script).parent if isinstance(script, str) else None


def read_json(path: Path) -> dict[str, Any]:
    """Return the object of a JSON file; an empty one where there is none.

    Raises:
        ArtefactNotFoundError: If it is damaged.
    """
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("it holds no object")
    except (OSError, ValueError, RecursionError) as error:
        raise ArtefactNotFoundError(f"{path} is damaged: {error}", hint="train the model anew") from None
    return content
