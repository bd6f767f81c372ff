"""What an earlier stage has left: in memory, in the log directory, else in the archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from yzlite_core.archive import extract_member
from yzlite_core.errors import ArchiveError, ArtefactNotFoundError

if TYPE_CHECKING:
    from yzlite_core.run import Run


def artefact(run: Run, path: Path) -> Path:
    """Return a file of the log directory; if it is not there, it is taken from the archive.

    Raises:
        ArtefactNotFoundError: If it is in neither.
    """
    if path.is_file():
        return path
    for archive in (run.source_archive, run.paths.archive):
        if archive is not None and archive.is_file():
            try:
                return extract_member(archive, path.relative_to(run.paths.root).as_posix(), run.paths.root)
            except ArchiveError:
                continue
    raise ArtefactNotFoundError(
        f"{path.name} is neither in {run.paths.root} nor in {run.paths.archive}",
        hint=f"make it with: yzlite run {run.model.name}",
    )


def keras_model(run: Run) -> Any:
    """Return the trained Keras model: of this run, else the saved one.

    A network with layers of the script's own is built by the script and given the saved weights.
    """
    if run.keras_model is None:
        import keras

        path = artefact(run, run.paths.keras)
        try:
            run.keras_model = keras.models.load_model(
                path, custom_objects=run.model.keras_custom_objects, compile=False
            )
        except (TypeError, ValueError):
            from yzlite_core.stages.build import build

            built = build(run)
            built.load_weights(path)
            run.keras_model = built
    return run.keras_model
