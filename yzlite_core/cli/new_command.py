"""`yzlite new NAME`: a specification to begin with."""

from __future__ import annotations

import importlib.util
import re
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from yzlite_core.cli.frame import Json, Shown, Verbose, command
from yzlite_core.errors import MissingPluginError, ModelError, UsageError

_EVALUATOR = "yzlite-eval"
_EVALUATOR_LINE = "    EvaluateClassifierMixin,\n"


@command
def main(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Letters, digits and underscores.")],
    image: Annotated[bool, typer.Option("--image", help="For pictures.")] = False,
    audio: Annotated[bool, typer.Option("--audio", help="For sounds.")] = False,
    generic: Annotated[bool, typer.Option("--generic", help="For any other data (the default).")] = False,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to write it into.")
    ] = Path(),
    json: Json = False,
    verbose: Verbose = False,
) -> Shown:
    """Write a commented specification NAME.py that runs as it stands, on generated data."""
    kinds = [kind for kind, wanted in (("image", image), ("audio", audio), ("generic", generic)) if wanted]
    if len(kinds) > 1:
        raise UsageError("A specification is of one kind", hint=f"choose one of --{' --'.join(kinds)}")
    path = _free_place(output, name)
    text, notes = specification(kinds[0] if kinds else "generic", name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ModelError(f"{path} cannot be written: {error.strerror}") from None
    call = name if path.parent == Path.cwd() else str(path)
    lines = [
        f"Written: {path}",
        *notes,
        f"Try it:    yzlite run {call} --test",
        f"Train it:  yzlite run {call}",
    ]
    return Shown({"status": "ok", "model": name, "path": str(path)}, "\n".join(lines))


def _free_place(folder: Path, name: str) -> Path:
    if not re.fullmatch(r"[A-Za-z0-9_]+", name):
        close = re.sub(r"\W+", "_", name.removesuffix(".py"), flags=re.ASCII).strip("_")
        raise UsageError(
            f"'{name}' is no model name", hint=f"letters, digits and underscores, e.g. {close or 'my_model'}"
        )
    path = folder.expanduser().absolute() / f"{name}.py"
    if path.exists():
        raise ModelError(f"{path} is there already", hint="choose another name, or remove it")
    if importlib.util.find_spec(name) is not None:
        raise UsageError(
            f"'{name}' is the name of a Python module, which {name}.py would hide", hint="choose another name"
        )
    return path


def specification(kind: str, name: str) -> tuple[str, list[str]]:
    """Return the text of a new specification, and what the user has to know.

    Args:
        kind: `image`, `audio` or `generic`.
        name: The model's name.

    Raises:
        MissingPluginError: If it needs plugins that are not installed.
    """
    from yzlite_core.contract.lazy_exports import missing_lenders

    template = resources.files("yzlite_core.template.specification").joinpath(f"{kind}.py")
    text = template.read_text(encoding="utf-8").replace("{name}", name)
    missing = missing_lenders(text)
    if kind == "generic" and _EVALUATOR in missing:
        note = (
            f"Note: {_EVALUATOR} is not installed, so nothing evaluates the model: pip install {_EVALUATOR}"
        )
        return text.replace(_EVALUATOR_LINE, ""), [note]
    if missing:
        names = " ".join(missing)
        raise MissingPluginError(f"--{kind} needs {' and '.join(missing)}: pip install {names}")
    return text, []
