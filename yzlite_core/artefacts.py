"""What an earlier stage has left: in memory, in the log directory, else in the archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from yzlite_core.archive import extract_member
from yzlite_core.errors import ArchiveFileNotFoundError, ArtefactNotFoundError, TrainingError
from yzlite_core.model import TEST_SUFFIX
from yzlite_core.training.weights import WEIGHTS_FOLDER, find_weights

if TYPE_CHECKING:
    from yzlite_core.run import Run


def artefact(run: Run, path: Path) -> Path:
    """Return a file of the log directory; if it is not there, it is taken from the archive.

    Raises:
        ArtefactNotFoundError: If it is in neither.
        ArchiveError: If the archive is damaged.
    """
    if path.is_file():
        return path
    for archive in (run.source_archive, run.paths.archive):
        if archive is not None and archive.is_file():
            try:
                return extract_member(archive, path.relative_to(run.paths.root).as_posix(), run.paths.root)
            except ArchiveFileNotFoundError:
                continue
    dry = run.paths.root.with_name(f"{run.paths.root.name}{TEST_SUFFIX}") / path.name
    raise ArtefactNotFoundError(
        f"{path.name} is neither in {run.paths.root} nor in {run.paths.archive}",
        hint="only a dry run has left one: ask for that with --test, or test=True"
        if dry.is_file()
        else f"make it with: yzlite run {run.model.name}",
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


def with_weights(run: Run, weights: str) -> Any:
    """Return the network as the script builds it, with other weights.

    Args:
        run: The run.
        weights: See `weights_file`.

    Raises:
        ArtefactNotFoundError: If there is no such file.
        TrainingError: If the weights do not fit the network.
    """
    from yzlite_core.stages.build import build

    network = build(run)
    load_weights(run, network, weights)
    return network


def load_weights(run: Run, network: Any, weights: str) -> None:
    """Give a network the weights of a file; see `with_weights`."""
    file = weights_file(run, weights)
    try:
        network.load_weights(file)
    except Exception as error:
        text = " ".join(str(error).split())[:200]
        raise TrainingError(f"The weights in {file} do not fit the network: {text}") from error


def weights_file(run: Run, weights: str) -> Path:
    """Return the file that `weights` means: `best`, a file's name in `train/weights`, or a path.

    Raises:
        ArtefactNotFoundError: If there is no such file.
    """
    checkpoint = getattr(run.model, "checkpoint", {})
    monitor, mode = checkpoint.get("monitor", "val_accuracy"), checkpoint.get("mode", "auto")
    return find_weights(run.paths.train / WEIGHTS_FOLDER, weights, monitor, mode)
