"""Gather the C source of a model from all plugins, and write it into a folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from yzlite_core.errors import PluginError, YZLiteError
from yzlite_core.plugin import Arena, hookspecs
from yzlite_core.plugin.files import write_atomic
from yzlite_core.plugin.tflite import TfliteModel, required_arena
from yzlite_firmware.c_text import identifier

if TYPE_CHECKING:
    from yzlite_core import YZLiteModel
    from yzlite_core.plugin import Answer, Plugins

MARK = "Written by `yzlite export`; changes are lost when it is written again."


@dataclass(frozen=True)
class CProject:
    """A model as C source.

    Attributes:
        prefix: What names in C and names of files begin with.
        files: The content of each file by its name.
        operators: The operators that the resolver holds.
        arena: The memory that the interpreter needs.
    """

    prefix: str
    files: Mapping[str, str]
    operators: tuple[str, ...]
    arena: Arena

    def write(self, directory: Path) -> list[Path]:
        """Write the files; what was there is replaced.

        A file without our mark, such as `main.cc`, is for people to change: it is written once.

        Args:
            directory: Where to; made if it is missing.

        Returns:
            The files that were written.

        Raises:
            YZLiteError: If a file of that name was not written by this function.
        """
        targets = {directory / name: text for name, text in self.files.items()}
        present = {path for path in targets if path.exists()}
        for path, text in targets.items():
            if path in present and _is_marked(text) and not _is_marked(_content(path)):
                raise YZLiteError(
                    f"{path} exists and was not written by yzlite export", hint="choose another directory"
                )
        return [
            write_atomic(path, text)
            for path, text in targets.items()
            if path not in present or _is_marked(text)
        ]


def c_project(tflite: bytes, name: str, plugins: Plugins, model: YZLiteModel | None = None) -> CProject:
    """Return a model as C source, to which every plugin may contribute.

    Args:
        tflite: The content of the file.
        name: The model's name.
        plugins: Who is asked for files.
        model: The model with its settings, if it is at hand.

    Raises:
        TfliteError: If it is not an intact .tflite, or an input or output has a type that C does not.
        ConversionError: If TensorFlow Lite Micro has no kernel for an operator.
        PluginError: If two plugins add one file, or none adds any.
    """
    network = TfliteModel(tflite)
    prefix, arena = identifier(name).lower(), required_arena(network)
    answers = plugins.collect(
        hookspecs.yzlite_export_sources, model=model, tflite=tflite, name=name, prefix=prefix, arena=arena
    )
    return CProject(prefix, _gathered(answers), network.opcodes, arena)


def _gathered(answers: Iterable[Answer[Mapping[str, str]]]) -> dict[str, str]:
    files: dict[str, str] = {}
    owner: dict[str, str] = {}
    for answer in answers:
        for name, text in answer.value.items():
            if name in files:
                raise PluginError(f"Both {owner[name]} and {answer.plugin} add {name} to the export")
            if not re.fullmatch(r"\w[\w.-]*", name):
                raise PluginError(f"{answer.plugin} adds '{name}' to the export, which is no file's name")
            files[name], owner[name] = text, answer.plugin
    if not files:
        raise PluginError("No plugin adds a file to the export", hint="leave --no-plugin firmware out")
    return files


def _content(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _is_marked(text: str) -> bool:
    return MARK in text[: 2 * len(MARK)]
