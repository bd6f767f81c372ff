"""Bundle: a trained model on disk, read from the place that is named and from no other."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from yzlite_core.contract.plugins import Plugins
from yzlite_core.contract.values import EvaluationResults
from yzlite_core.errors import (
    ArchiveError,
    ArchiveFileNotFoundError,
    ArtefactNotFoundError,
    TfliteError,
)
from yzlite_core.model.archive import (
    ARCHIVE_SUFFIX,
    extract_members,
    is_archive,
    member_names,
    read_members,
    write_archive,
)
from yzlite_core.model.places import (
    PROVENANCE,
    TEST_SUFFIX,
    holds_training,
    home_of,
    name_in_archive,
    name_in_folder,
    read_json,
)
from yzlite_core.model.specification import locate
from yzlite_core.model.weights import WEIGHTS_FOLDER
from yzlite_core.run.lock import holding
from yzlite_core.run.paths import RunPaths
from yzlite_core.run.reports import Reports
from yzlite_core.run.request import KINDS
from yzlite_core.run.settings_in_force import KeptSettings
from yzlite_core.support.files import cache_dir, write_atomic


@dataclass(frozen=True)
class Bundle:
    """What a training has left: weights, `.tflite`, settings in force, seed, results.

    Attributes:
        paths: The files: in a log directory, or in the private folder that an archive was extracted to.
        archive: The archive that holds the same training: itself, or the one beside; None if there is none.
        other_archive: An archive at its place that holds another training; None if there is none.
        home: The folder that relative paths of its data start from; None if it is not known.
        run_id: The id of the training; None where nothing says.
        seed: The seed of the training; None where nothing says.
        script_sha256: SHA-256 of the script that was trained; None where nothing says.
        settings: The settings in force, as in `settings.json`.
        reports: What the stages of the training have reported.
        notes: What whoever uses it has to know, a line each.
    """

    paths: RunPaths
    archive: Path | None = None
    other_archive: Path | None = None
    home: Path | None = None
    run_id: str | None = None
    seed: int | None = None
    script_sha256: str | None = None
    settings: KeptSettings = field(default_factory=dict)
    reports: Reports = field(default_factory=Reports)
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The model's name."""
        return self.paths.name

    @property
    def weights_folder(self) -> Path:
        """The folder of the weights that were the best so far; an archive has none."""
        return self.paths.train / WEIGHTS_FOLDER

    def file(self, suffix: str) -> Path:
        """Return the file that is called like the model, with a suffix: `.keras`, `.tflite`.

        Raises:
            ArtefactNotFoundError: If there is none, or it is left of an earlier training.
        """
        path = self.paths.root / f"{self.name}{suffix}"
        if not path.is_file():
            place = self.archive if self.paths.is_private else self.paths.root
            raise ArtefactNotFoundError(f"There is no {path.name} in {place}", hint=self._how_to_get(path))
        if suffix.endswith(".tflite") and "fit" in self.reports and "convert" not in self.reports:
            raise ArtefactNotFoundError(
                f"{path} is of an earlier training than {self.name}.keras",
                hint=f"convert that anew with: yzlite quantize {self.name}",
            )
        return path

    def _how_to_get(self, path: Path) -> str:
        dry = path.parent.with_name(f"{path.parent.name}{TEST_SUFFIX}") / path.name
        if dry.is_file() and not self.paths.is_private:
            return "only a dry run has left one: ask for that with --test, or test=True"
        return f"make it with: yzlite run {self.name}"

    def results(self) -> dict[str, EvaluationResults]:
        """Return the evaluations of the models as they are, by `keras` and `tflite`."""
        found = {}
        for kind in KINDS:
            file, model = (
                self.paths.eval / kind / "eval-results.json",
                self.paths.root / f"{self.name}.{kind}",
            )
            if file.is_file() and model.is_file() and (self.paths.is_private or _is_younger(file, model)):
                found[kind] = EvaluationResults()
                found[kind].update(read_json(file))
        return found

    def replace_tflite(self, tflite: bytes) -> list[Path]:
        """Replace the `.tflite` where the bundle lies, and in its archive; return what has changed.

        Raises:
            BusyError: If a run holds the log directory.
            ArchiveError: If the archive cannot be written.
        """
        changed = []
        if self.paths.is_private:
            write_atomic(self.paths.tflite, tflite)
        else:
            with holding(self.paths.root):
                changed.append(write_atomic(self.paths.tflite, tflite))
        if self.archive is not None:
            members = {self.paths.tflite.name: self.paths.tflite}
            write_archive(self.archive, members, base=self.archive)
            changed.append(self.archive)
        return changed


@contextmanager
def find_bundle(model: str, plugins: Plugins, *, test: bool = False) -> Iterator[Bundle]:
    """Yield what the last training of a model has left; no script is executed.

    Args:
        model: A script, an archive or a log directory by its path, or a name.
        plugins: Whose folders are searched for the name.
        test: Whether the last training in test mode is meant, as a name's suffix `-test` also says.

    Raises:
        ArtefactNotFoundError: If the model has not been trained.
        ModelNotFoundError: If there is no such model.
    """
    path, named_test = locate(model, plugins)
    with bundle_at(path, test=test or named_test) as bundle:
        yield bundle


@contextmanager
def bundle_at(path: Path, *, test: bool = False, log_dir: Path | None = None) -> Iterator[Bundle]:
    """Yield what a training has left: in an archive, in a log directory, or of a script.

    Args:
        path: An archive, a log directory, or a script.
        test: Of a script: whether the last training in test mode is meant.
        log_dir: Of a script: its log directory; None for the usual one.

    Raises:
        ArtefactNotFoundError: If there is none.
        ArchiveError: If the archive cannot be read.
    """
    if path.is_dir():
        name = name_in_folder(path)
        if name is None:
            raise ArtefactNotFoundError(f"{path} holds no trained network", hint="name a log directory")
        yield in_folder(path, name)
    elif is_archive(path):
        with _extracted(path) as bundle:
            yield bundle
    else:
        suffix = TEST_SUFFIX if test else ""
        folder = log_dir or cache_dir() / "models" / f"{path.stem}{suffix}"
        beside = path.with_name(f"{path.stem}{suffix}{ARCHIVE_SUFFIX}")
        places = (beside, folder / beside.name)
        if holds_training(folder, path.stem):
            yield replace(in_folder(folder, path.stem, places), home=path.parent)
            return
        kept = next((place for place in places if place.is_file()), None)
        if kept is None:
            bundle = Bundle(RunPaths(folder, path.stem, beside), home=path.parent)
            hint = bundle._how_to_get(bundle.paths.tflite)
            raise ArtefactNotFoundError(
                f"{path.stem} has not been trained: neither {folder} nor {beside} holds a network", hint=hint
            )
        with _extracted(kept) as bundle:
            yield replace(bundle, notes=(f"There is no training in {folder}: {kept} is used",))


def in_folder(folder: Path, name: str, archives: tuple[Path, ...] = ()) -> Bundle:
    """Return what a training has left in a log directory.

    Args:
        folder: The log directory.
        name: The model's name.
        archives: Where its archive may be; by default in the log directory and beside the script.

    Raises:
        ArtefactNotFoundError: If there is no trained network.
    """
    if not holds_training(folder, name):
        raise ArtefactNotFoundError(
            f"{folder} holds no trained network of {name}", hint=f"make it with: yzlite run {name}"
        )
    home = home_of(folder)
    if not archives:
        names = [f"{name}{suffix}{ARCHIVE_SUFFIX}" for suffix in ("", TEST_SUFFIX)]
        archives = tuple(place / each for place in (folder, *([home] if home else [])) for each in names)
    bundle = replace(_read(RunPaths(folder, name, archives[0])), home=home)
    found = [archive for archive in archives if archive.is_file()]
    same = next((archive for archive in found if _run_of(archive) == bundle.run_id), None)
    other = None if same is not None else next(iter(found), None)
    return replace(bundle, archive=same, other_archive=other)


@contextmanager
def _extracted(archive: Path) -> Iterator[Bundle]:
    """Yield an archive's content in a private folder, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="yzlite-") as folder:
        root = Path(folder)
        extract_members(archive, member_names(archive), root)
        paths = RunPaths(root, name_in_archive(archive), archive, is_private=True)
        yield replace(_read(paths), archive=archive, home=archive.parent)


def _read(paths: RunPaths) -> Bundle:
    told, settings, reports = map(read_json, (paths.provenance, paths.settings, paths.reports))
    seed = told.get("seed")
    return Bundle(
        paths,
        run_id=told.get("run"),
        seed=seed if isinstance(seed, int) else None,
        script_sha256=told.get("script_sha256"),
        settings={key: kept for key, kept in settings.items() if "value" in kept},
        reports=Reports(**reports),  # type: ignore[typeddict-item]  # as the run wrote it
    )


def _run_of(archive: Path) -> str | None:
    try:
        content = read_members(archive, [PROVENANCE])[PROVENANCE]
        run: str | None = json.loads(content).get("run")
    except ArchiveFileNotFoundError:
        return None
    except (ArchiveError, ValueError, AttributeError):
        return ""  # damaged: certainly none of ours
    return run


def _is_younger(file: Path, than: Path) -> bool:
    return file.stat().st_mtime >= than.stat().st_mtime


def read_tflite(path: Path) -> bytes:
    """Return the content of a `.tflite` of the user's own.

    Raises:
        TfliteError: If it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise TfliteError(f"{path} cannot be read: {error.strerror}") from None
