"""`yzlite plugins`: which plugins are installed, and whether they are well."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from yzlite_core.cli.frame import Json, NoPlugin, Shown, Verbose, command, table

if TYPE_CHECKING:
    from yzlite_core.contract.plugins import PluginRecord


@command
def main(json: Json = False, no_plugin: NoPlugin = None, verbose: Verbose = False) -> Shown:
    """List the plugins: version, state, hooks, and how long their import took.

    Those of `yzlite-core` are built in, and are asked after all others.
    """
    from yzlite_core.contract.plugins import load_plugins

    plugins = load_plugins(disabled=no_plugin or ())
    records = (*plugins.records, *plugins.built_in)
    rows = [
        (r.name, r.dist, r.version, r.state, f"{1000 * r.seconds:.0f} ms", r.reason or ", ".join(r.hooks))
        for r in records
    ]
    if verbose:
        for record in records:
            print(record.traceback or "", end="", file=sys.stderr)
    text = table(("PLUGIN", "DISTRIBUTION", "VERSION", "STATE", "IMPORT", "HOOKS"), rows)
    return Shown({"status": "ok", "plugins": [_told(r) for r in records]}, text)


def _told(record: PluginRecord) -> dict[str, Any]:
    return {key: value for key, value in asdict(record).items() if key != "traceback"}
