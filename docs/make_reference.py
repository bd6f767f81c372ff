"""Write the reference pages from the code: `hooks.md`, `settings.md` and `cli.md`.

Each page is written by hand down to a marker; everything below it is generated. All distributions must
be installed. With `--check` nothing is written, and a stale page is a failure.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_type_hints

import importlib_metadata

from yzlite_core.contract import hookspecs
from yzlite_core.model.settings import MISSING, Configurable, OptionGroup, Setting
from yzlite_core.model.typecheck import hint_text

DOCS = Path(__file__).parent
MARKER = "<!-- Generated below this line by docs/make_reference.py. -->\n"
OWN_CLASSES = (
    "yzlite_core.model.mixins.shape:ModelShape",
    "yzlite_core.model.model:YZLiteModel",
    "yzlite_core.model.mixins:TrainMixin",
    "yzlite_core.model.mixins:DatasetMixin",
    "yzlite_core.data.datagen.mixin:DataGeneratorDatasetMixin",
)


# ----------------------------------------------------------------------------------------------- hooks


def hooks() -> Iterator[str]:
    """Yield the sections of `hooks.md`: every hook with its live signature, in the order of a run."""
    source = inspect.getsource(hookspecs).splitlines()
    specs = {
        inspect.unwrap(spec).__code__.co_firstlineno: spec
        for name, spec in vars(hookspecs).items()
        if name.startswith("yzlite_")
    }
    for number, line in enumerate(source, 1):
        banner = re.fullmatch(r"# -+ (.+)", line)
        if banner:
            yield f"## {banner[1].capitalize()}\n"
        elif number in specs:
            yield _hook(specs[number])


def _hook(spec: Any) -> str:
    signature = str(inspect.signature(spec)).replace("'", "")
    call = f"{spec.__name__}{signature}"
    if len(call) > 100:
        inner, _, answer = signature[1:].rpartition(")")
        parameters = "".join(f"    {p},\n" for p in re.split(r", (?=\w+:)", inner))
        call = f"{spec.__name__}(\n{parameters}){answer}"
    text = _markdown(inspect.getdoc(spec) or "")
    return f"### {spec.__name__}\n\nA *{spec.kind}* hook.\n\n```text\n{call}\n```\n\n{text}\n"


def _markdown(docstring: str) -> str:
    """Return a docstring of Google's style as Markdown: arguments as a list, answers as a paragraph."""
    text = re.sub(r"^Args:\n", "", docstring, flags=re.MULTILINE)
    text = re.sub(r"^Returns:\n    ", "*Returns:* ", text, flags=re.MULTILINE)
    text = re.sub(r"^    (\w+): ", r"- `\1`: ", text, flags=re.MULTILINE)
    return re.sub(r"^ {4,8}(?=\S)", "", text, flags=re.MULTILINE)


# -------------------------------------------------------------------------------------------- settings


def settings() -> Iterator[str]:
    """Yield the sections of `settings.md`: a table for each class with settings of its own."""
    lent = importlib_metadata.entry_points(group="yzlite.exports")
    own = [point for point in lent if point.dist and point.dist.name.startswith("yzlite-")]
    places = [point.value for point in sorted(own, key=lambda point: (point.dist.name, point.name))]
    seen: set[type] = set()
    for place in (*OWN_CLASSES, *places):
        module, _, name = place.partition(":")
        cls = getattr(importlib.import_module(module), name) if name else None
        if isinstance(cls, type) and issubclass(cls, Configurable):
            for base in reversed(cls.__mro__):
                if base not in seen and _declared(base):
                    seen.add(base)
                    yield _class(base)


def _declared(cls: type) -> dict[str, Setting[Any] | OptionGroup[Any]]:
    return {name: member for name, member in vars(cls).items() if isinstance(member, (Setting, OptionGroup))}


def _class(cls: type) -> str:
    package = cls.__module__.partition(".")[0].replace("_", "-")
    summary = (inspect.getdoc(cls) or "").partition("\n")[0]
    rows = ["| setting | takes | default | what it does |", "| --- | --- | --- | --- |"]
    groups = []
    for name, declaration in _declared(cls).items():
        takes = "options" if isinstance(declaration, OptionGroup) else _cell(hint_text(declaration.kind))
        rows.append(f"| `{name}` | {takes} | {_default(declaration)} | {_cell(declaration.__doc__ or '')} |")
        if isinstance(declaration, OptionGroup):
            groups.append(_group(name, declaration))
    parts = [f"## {cls.__name__}\n\nOf {package}. {summary}\n", "\n".join(rows) + "\n", *groups]
    return "\n".join(parts)


def _group(name: str, group: OptionGroup[Any]) -> str:
    rows = [f"Options of `{name}`:\n", "| option | takes | default |", "| --- | --- | --- |"]
    for key, hint in get_type_hints(group.keys).items():
        default = _code(repr(group.defaults[key])) if key in group.defaults else ""
        rows.append(f"| `{key}` | {_cell(hint_text(hint))} | {default} |")
    return "\n".join(rows) + "\n"


def _default(declaration: Setting[Any] | OptionGroup[Any]) -> str:
    value = declaration.default
    if isinstance(declaration, OptionGroup):
        return "see below" if value else "off"
    if declaration.factory is not None:
        value = declaration.factory()
    if value is MISSING or callable(value):
        return "to be set"
    return f"a new {type(value).__name__}" if isinstance(value, Configurable) else _code(repr(value))


def _code(text: str) -> str:
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# -------------------------------------------------------------------------------------------- commands


def cli() -> Iterator[str]:
    """Yield the sections of `cli.md`: what `--help` says, of `yzlite` and of each command."""
    overview = _help()
    yield f"## yzlite\n\n```text\n{overview}```\n"
    for name in re.findall(r"^  ([a-z][a-z-]*)  ", overview.partition("Commands:")[2], re.MULTILINE):
        yield f"## yzlite {name}\n\n```text\n{_help(name)}```\n"


def _help(*command: str) -> str:
    from yzlite_core.cli import main

    os.environ["COLUMNS"] = "100"
    written = io.StringIO()
    with contextlib.redirect_stdout(written), contextlib.suppress(SystemExit):
        main([*command, "--help"])
    return "".join(line.rstrip() + "\n" for line in written.getvalue().strip().splitlines())


# ----------------------------------------------------------------------------------------------- pages

PAGES: dict[str, Callable[[], Iterator[str]]] = {"hooks.md": hooks, "settings.md": settings, "cli.md": cli}


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` tell which ones are stale; return the exit code."""
    stale = []
    for name, sections in PAGES.items():
        path = DOCS / name
        written = path.read_text(encoding="utf-8")
        head, marker, _ = written.partition(MARKER)
        if not marker:
            raise SystemExit(f"{path} has no marker line: {MARKER}")
        fresh = f"{head}{MARKER}\n" + "\n".join(sections())
        if fresh != written:
            stale.append(name)
            if "--check" not in arguments:
                path.write_text(fresh, encoding="utf-8")
    checking = "--check" in arguments
    state = "stale, run python docs/make_reference.py" if checking else "written"
    print(f"{', '.join(stale)}: {state}" if stale else "The reference pages are fresh")
    return 1 if stale and checking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
