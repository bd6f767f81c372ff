"""Which files of a log directory go into the archive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from yzlite_core.run.paths import RunPaths
from yzlite_core.run.reports import Reports
from yzlite_core.run.run import Run


def archived_files(run: Run, reports: Reports) -> Mapping[str, Path]:
    """Return what goes into the archive, `{name there: file}`.

    After a training it is what is younger than its beginning; where a trained model's archive is updated, it
    is what the stages have made; else it is all that there is.
    """
    paths, since = run.paths, 0.0
    if "fit" in reports:
        files, since = _all(paths), run.started
    elif run.request.update_archive:
        files = _made(paths, reports)
    else:
        files = _all(paths)
    return {
        path.relative_to(paths.root).as_posix(): path
        for path in files
        if path.is_file() and path.stat().st_mtime >= since
    }


def _all(paths: RunPaths) -> Iterator[Path]:
    yield from (paths.script, paths.keras, paths.provenance, paths.history, paths.history.with_suffix(".png"))
    yield from (paths.augmentation, paths.log)
    yield from (paths.root / "dataset").rglob("*")
    yield from _of_conversion(paths)
    yield from _of_evaluation(paths)


def _made(paths: RunPaths, reports: Reports) -> Iterator[Path]:
    if "convert" in reports:
        yield from _of_conversion(paths)
    if "evaluate" in reports:
        yield from _of_evaluation(paths)


def _of_conversion(paths: RunPaths) -> Iterator[Path]:
    yield from (paths.tflite, paths.float32_tflite, paths.quantization_report, paths.settings, paths.reports)


def _of_evaluation(paths: RunPaths) -> Iterator[Path]:
    yield from paths.eval.rglob("*")
    yield paths.report
