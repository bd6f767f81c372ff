"""archive: pack everything into `<name>.yzlite.zip`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from yzlite_core import hookspecs
from yzlite_core.archive import trust, write_archive
from yzlite_core.errors import PluginError
from yzlite_core.files import write_json

if TYPE_CHECKING:
    from yzlite_core.run import Run


def archive(run: Run) -> dict[str, Any]:
    """Gather the files, write the archive, and return its size and number of members."""
    write_json(run.paths.provenance, run.provenance())
    members: dict[str, Path] = {}
    owner: dict[str, str] = {}
    for answer in run.plugins.collect(hookspecs.yzlite_archive_files, run=run):
        for name, path in answer.value.items():
            if name in members:
                raise PluginError(f"Both {owner[name]} and {answer.plugin} add {name} to the archive")
            members[name], owner[name] = path, answer.plugin
    base = None if "fit" in run.reports else _existing(run)
    names = write_archive(run.paths.archive, members, base=base)
    trust(run.paths.script)
    return {"bytes": run.paths.archive.stat().st_size, "members": names}


def _existing(run: Run) -> Path | None:
    """Return the archive whose other members stay, when only a part of the stages was run."""
    candidates = (run.source_archive, run.paths.archive)
    return next((path for path in candidates if path is not None and path.is_file()), None)
