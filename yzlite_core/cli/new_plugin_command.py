"""`yzlite new-plugin NAME`: a plugin to begin with."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Annotated

import typer

from yzlite_core.cli.frame import Json, Shown, Verbose, command
from yzlite_core.errors import PluginError, UsageError

if TYPE_CHECKING:
    from importlib.abc import Traversable

_PREFIX = "yzlite-"
_SUFFIX = ".template"
_PACKAGE = "package"  # the folder that gets the package's name


@command
def main(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="E.g. motion, for the distribution yzlite-motion.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to make the plugin's in.")
    ] = Path(),
    json: Json = False,
    verbose: Verbose = False,
) -> Shown:
    """Write a plugin yzlite-NAME with a hook, a setting, a command and tests that pass."""
    name = name.removeprefix(_PREFIX)
    if not re.fullmatch(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*", name):
        raise UsageError(f"'{name}' is no plugin name", hint="small letters, digits and hyphens, e.g. motion")
    name = name.replace("_", "-")
    _refuse_taken(name)
    folder = output.expanduser().absolute() / f"{_PREFIX}{name}"
    if folder.exists():
        raise UsageError(f"{folder} is there already", hint="choose another name, or remove it")
    files = [str(path) for path in write_plugin(name, folder)]
    data = {"status": "ok", "plugin": name, "path": str(folder), "files": files}
    lines = [
        f"Written: {folder}",
        f"Install it:  pip install -e '{folder}[testing]'",
        f"Test it:     python -m pytest {folder}",
    ]
    return Shown(data, "\n".join(lines))


def _refuse_taken(name: str) -> None:
    from yzlite_core.contract.plugins import load_plugins

    for record in load_plugins().records:
        if name in (record.name, record.dist.removeprefix(_PREFIX)):
            raise PluginError(f"'{name}' is the name of an installed plugin, {record.dist}")


def write_plugin(name: str, folder: Path) -> list[Path]:
    """Write the files of a new plugin, and return their paths.

    Args:
        name: The plugin's name, with hyphens.
        folder: The distribution's folder, which is not there yet.
    """
    from yzlite_core.contract.hookspecs import HOOK_CONTRACT
    from yzlite_core.support.files import write_atomic
    from yzlite_core.support.version import __version__

    identifier = name.replace("-", "_")
    words = {
        "name": name,
        "dist": f"{_PREFIX}{name}",
        "package": f"yzlite_{identifier}",
        "identifier": identifier,
        "cls": identifier.title().replace("_", ""),
        "command": f"{name}-level",
        "contract": HOOK_CONTRACT,
        "core": ".".join(__version__.split(".")[:2]),
    }
    written = []
    for place, template in _templates(resources.files("yzlite_core.template") / "plugin", Path()):
        parts = [words["package"] if part == _PACKAGE else part for part in place.parts]
        text = Template(template.read_text(encoding="utf-8")).substitute(words)
        written.append(write_atomic(folder.joinpath(*map(str, parts)), text))
    return written


def _templates(folder: Traversable, place: Path) -> list[tuple[Path, Traversable]]:
    """Return the templates of a folder and those below it, each with its place in the plugin."""
    found: list[tuple[Path, Traversable]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            found += _templates(entry, place / entry.name)
        elif entry.name.endswith(_SUFFIX):
            found.append((place / entry.name.removesuffix(_SUFFIX), entry))
    return found
