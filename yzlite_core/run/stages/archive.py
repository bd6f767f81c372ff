"""archive: pack everything into `<name>.yzlite.zip`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from yzlite_core.contract import hookspecs
from yzlite_core.errors import PluginError
from yzlite_core.model.archive import trust, write_archive
from yzlite_core.run.bundle import Bundle
from yzlite_core.run.products import Archived
from yzlite_core.run.reports import Reports

if TYPE_CHECKING:
    from yzlite_core.run.run import Run


def archive(run: Run, bundle: Bundle | None, reports: Reports) -> Archived:
    """Gather the files and write the archive.

    Args:
        run: The run.
        bundle: An earlier training, the other members of whose archive stay; None for a new archive.
        reports: What the stages of this run have reported.

    Raises:
        PluginError: If two plugins add one name.
        ArchiveError: If the archive cannot be written.
    """
    members: dict[str, Path] = {}
    owner: dict[str, str] = {}
    for answer in run.plugins.collect(hookspecs.yzlite_archive_files, run=run, reports=reports):
        for name, path in answer.value.items():
            if name in members:
                raise PluginError(f"Both {owner[name]} and {answer.plugin} add {name} to the archive")
            members[name], owner[name] = path, answer.plugin
    names = write_archive(run.paths.archive, members, base=bundle.archive if bundle else None)
    if run.request.trains:
        trust(run.paths.script)
    return Archived({"bytes": run.paths.archive.stat().st_size, "members": names})
