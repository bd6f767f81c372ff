"""Change what the `.tflite` of a trained model says of itself, wherever it lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yzlite_core.contract.plugins import load_plugins
from yzlite_core.errors import UsageError
from yzlite_core.run.bundle import find_bundle, read_tflite
from yzlite_core.run.prepare import prepare
from yzlite_core.run.request import Request
from yzlite_core.run.stages.convert import gathered_parameters
from yzlite_core.support.files import read_only, write_atomic
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.parameters import TfliteModelParameters
from yzlite_core.tflite.stamp import stamped, with_parameters

SUFFIX = ".tflite"
# What conversion found out, and no script says.
_MEASURED = "runtime_memory_size"


@dataclass(frozen=True)
class UpdatedModel:
    """A `.tflite` whose parameters have been changed.

    Attributes:
        tflite: Its content.
        files: The files that were written: the `.tflite`, the archive, or both.
    """

    tflite: bytes
    files: tuple[Path, ...]

    @property
    def description(self) -> str:
        """The model's description."""
        return TfliteModel(self.tflite).description

    @property
    def parameters(self) -> TfliteModelParameters:
        """Every parameter that the file now holds."""
        return TfliteModelParameters.load_from_tflite_flatbuffer(self.tflite)


def update_parameters(
    model: str,
    changes: Mapping[str, Any] | None = None,
    *,
    description: str | None = None,
    output: str | Path | None = None,
    without: Sequence[str] = (),
    trust: bool = False,
) -> UpdatedModel:
    """Change parameters and description of a trained model; weights and layers stay as they are.

    The log directory's `.tflite` and the archive are updated, or the one file that was named.

    Args:
        model: A .tflite, a script, an archive or a log directory by its path, or a name.
        changes: Parameters to set. With neither these nor a description, the parameters and the description
            are taken anew from the model's script.
        description: The new description.
        output: Write the result there (a `.tflite`, or a folder for it) and leave everything else alone.
        without: Names of plugins that are not loaded.
        trust: Run an archive's script even if this user has not written it.

    Raises:
        UsageError: If there is nothing to change, or `YZLITE_READONLY` forbids to.
        YZLiteError: If there is no such model, it has not been trained, or a value does not fit.
    """
    if output is None and read_only():
        raise UsageError(f"YZLITE_READONLY forbids to change {model}", hint="write the result to --output")
    plugins = load_plugins(disabled=without)
    if model.endswith(SUFFIX):
        path = Path(model).expanduser()
        if not changes and description is None:
            raise UsageError(f"There is nothing to change in {model}", hint="name parameters as key=value")
        after = with_parameters(read_tflite(path), changes or {}, description)
        target = path if output is None else tflite_target(Path(output), path.stem)
        return UpdatedModel(after, (write_atomic(target, after),))
    with find_bundle(model, plugins) as bundle:
        before = read_tflite(bundle.file(SUFFIX))
        if changes or description is not None:
            after = with_parameters(before, changes or {}, description)
        else:
            after = _as_in_script(Request(model, ("load",), without=tuple(without), trust=trust), before)
        if output is None:
            return UpdatedModel(after, tuple(bundle.replace_tflite(after)))
        return UpdatedModel(after, (write_atomic(tflite_target(Path(output), bundle.name), after),))


def tflite_target(output: Path, name: str) -> Path:
    """Return the `.tflite` to write: a file, or one of that name in a folder."""
    target = output.expanduser()
    return target if target.suffix == SUFFIX else target / f"{name}{SUFFIX}"


def _as_in_script(request: Request, tflite: bytes) -> bytes:
    with prepare(request) as (run, _):
        parameters = gathered_parameters(run)
        held = TfliteModelParameters.load_from_tflite_flatbuffer(tflite)
        if _MEASURED in held:
            parameters.setdefault(_MEASURED, held[_MEASURED])
        return stamped(tflite, parameters, run.model.description)
