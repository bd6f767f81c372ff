"""`yzlite datasets`: the datasets that a specification can ask for by name."""

from __future__ import annotations

from yzlite_core.cli.frame import Json, NoPlugin, Shown, Verbose, command, table


@command
def main(json: Json = False, no_plugin: NoPlugin = None, verbose: Verbose = False) -> Shown:
    """List the registered datasets, for `my_model.dataset = "NAME"`."""
    from yzlite_core.contract.plugins import load_plugins
    from yzlite_core.model.specification import registered_datasets

    found = registered_datasets(load_plugins(disabled=no_plugin or ()))
    datasets = [
        {"name": name, "target": target, "plugin": plugin} for name, (target, plugin) in sorted(found.items())
    ]
    rows = [(dataset["name"], dataset["plugin"], dataset["target"]) for dataset in datasets]
    return Shown({"status": "ok", "datasets": datasets}, table(("DATASET", "PLUGIN", "WHERE"), rows))
