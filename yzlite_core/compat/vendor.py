"""Sentences for what the original does with its vendor's hardware and tools, and YZLite does not."""

from __future__ import annotations

import os
from typing import Any, NoReturn

from yzlite_core.errors import PluginError, YZLiteError


class VendorHardwareError(YZLiteError):
    """A script asks for a device, or a tool, of the vendor of the original toolkit."""


_INSTEAD = {
    "commander": "flash the exported program with your board's own tool: yzlite export MODEL --c DIR",
    "program_app": "build a program around the exported model: yzlite export MODEL --c DIR",
    "ssh": "run yzlite on the other machine, or write a plugin that answers yzlite_fit",
    "profile_model": "leave the device's arguments out: the memory is measured with TensorFlow Lite Micro",
}

# Commands of the original that need its vendor's hardware or tools, and what to do instead.
COMMANDS = {
    "commander": _INSTEAD["commander"],
    "program-app": _INSTEAD["program_app"],
    "ssh": _INSTEAD["ssh"],
    "ssh-keygen": "make keys with ssh-keygen itself",
    "compile": "use the accelerator's own compiler on the .tflite",
    "classify-image": "build a program around the exported model: yzlite export MODEL --c DIR",
    "fingerprint-reader": "build a program around the exported model: yzlite export MODEL --c DIR",
}


def refuse_hardware(what: str) -> NoReturn:
    """Raise the sentence for something that needs a vendor's device or tool."""
    raise VendorHardwareError(f"{what} with a vendor's device is not part of YZLite", hint=_INSTEAD.get(what))


def refuse_compiling(accelerator: str) -> NoReturn:
    """Raise the sentence for a compiler of an accelerator."""
    raise PluginError(
        f"No plugin compiles models for the accelerator '{accelerator}'",
        hint="use the accelerator's own compiler on the .tflite; profile_model(..., accelerator=...) asks "
        "plugins what a model costs there",
    )


def compile_model(
    model: Any, accelerator: str, output: str | os.PathLike[str] | None = None, **kwargs: Any
) -> NoReturn:
    """Compile a `.tflite` for an accelerator; no compiler is part of YZLite.

    Raises:
        PluginError: Always; says what to do instead.
    """
    refuse_compiling(accelerator)


def commander(*args: Any, **kwargs: Any) -> NoReturn:
    """Program a vendor's board; raises always."""
    refuse_hardware("commander")


def program_app(*args: Any, **kwargs: Any) -> NoReturn:
    """Write a vendor's example program to a board; raises always."""
    refuse_hardware("program_app")


def ssh(*args: Any, **kwargs: Any) -> NoReturn:
    """Train on another machine; raises always."""
    refuse_hardware("ssh")
