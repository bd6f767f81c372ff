"""`yzlite list`: the models on the search path."""

from __future__ import annotations

from collections import Counter

from yzlite_core.cli.frame import Json, NoPlugin, Shown, Verbose, command, table


@command
def main(json: Json = False, no_plugin: NoPlugin = None, verbose: Verbose = False) -> Shown:
    """List the models on the search path; their scripts are read, not executed."""
    from yzlite_core.contract.lazy_exports import missing_lenders
    from yzlite_core.contract.plugins import load_plugins
    from yzlite_core.model.specification import find_models

    models = []
    for entry in sorted(find_models(load_plugins(disabled=no_plugin or ())), key=lambda e: (e.name, e.root)):
        text = "" if entry.is_archive else entry.path.read_text(encoding="utf-8", errors="replace")
        models.append(
            {
                "name": entry.name,
                "dotted": entry.dotted,
                "path": str(entry.path),
                "needs": missing_lenders(text),
            }
        )
    times = Counter(m["name"] for m in models)
    shown = [m["name"] if times[m["name"]] == 1 else m["dotted"] for m in models]
    rows = [
        (name, ("needs " + ", ".join(m["needs"])) if m["needs"] else "", m["path"])
        for name, m in zip(shown, models, strict=True)
    ]
    return Shown({"status": "ok", "models": models}, table(("MODEL", "", "PATH"), rows))
