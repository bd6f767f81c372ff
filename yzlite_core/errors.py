"""Every error that a user of YZLite can meet.

Each is one clear sentence (what is wrong, where) and, where there is something to do, a hint.
The command line prints both without a traceback; `--verbose` adds the traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TypedDict


class YZLiteError(Exception):
    """Base of every failure that YZLite explains.

    Args:
        message: One sentence: what is wrong and where.
        hint: What to do about it.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UsageError(YZLiteError):
    """A command was called with arguments that make no sense together."""

    exit_code = 2


class NoFolderError(YZLiteError, RuntimeError):
    """There is no folder to keep things in."""


class SettingError(YZLiteError):
    """A setting of a model cannot take the value that it was given."""


class UnknownSettingError(SettingError, AttributeError):
    """A setting that does not exist was read or assigned."""


class MissingSettingError(SettingError, AttributeError):
    """A setting without a default was read before the script set it."""


class UnknownOptionError(SettingError, KeyError):
    """A key that an option group does not know."""


class SettingTypeError(SettingError, TypeError):
    """A setting was assigned a value of another type."""


class SettingValueError(SettingError, ValueError):
    """A setting was assigned a value of the right type that is out of range."""


class FrozenSettingError(SettingError, AttributeError):
    """A setting was assigned after the run had started."""


class ModelError(YZLiteError):
    """The model specification asks for something that does not fit together."""


class ModelNotFoundError(ModelError):
    """No model of that name is on the search path."""


class ScriptError(ModelError):
    """The specification script could not be executed."""


class UntrustedError(ModelError):
    """An archive holds code that this user has not written."""


class DatasetError(YZLiteError):
    """The dataset is missing, empty or cannot be read."""


class UnreadableSampleError(DatasetError):
    """One sample of the dataset is gone or damaged."""


class DownloadError(DatasetError):
    """A dataset could not be downloaded or is not what was expected."""


class TrainingError(YZLiteError):
    """The network could not be built or trained."""


class ConversionError(YZLiteError):
    """The Keras model could not be converted to .tflite."""


class TfliteError(YZLiteError):
    """A file is not a readable .tflite model."""


class ArchiveError(YZLiteError):
    """An archive cannot be read or written."""


class ArchiveFileNotFoundError(ArchiveError):
    """An archive is not there, or has no such member."""


class ArtefactNotFoundError(YZLiteError):
    """What an earlier stage should have left is neither in the log directory nor in the archive."""


class BusyError(YZLiteError):
    """Another run holds the log directory."""


class PluginError(YZLiteError):
    """A plugin broke the contract or failed in one of its hooks."""


class HookFailedError(PluginError):
    """A hook implementation raised.

    Args:
        plugin: The plugin's name, or the file name of a script that holds hooks.
        hook: The hook's name.
        cause: What was raised.
    """

    def __init__(self, plugin: str, hook: str, cause: BaseException) -> None:
        super().__init__(f"{_who(plugin)} failed in {hook}: {type(cause).__name__}: {cause}")
        self.plugin = plugin
        self.hook = hook


class StopRunError(YZLiteError):
    """Raised by an observer that wants the run to end; what any other failure of one does not do."""


def _who(plugin: str) -> str:
    if plugin == "core":
        return "The core"
    return f"The script {plugin}" if plugin.endswith(".py") else f"The plugin '{plugin}'"


class NobodyAnsweredError(PluginError):
    """Every implementation of a claim hook passed."""


class MissingPluginError(YZLiteError, ImportError):
    """A name was imported that belongs to a plugin which is not installed."""


class BudgetError(YZLiteError):
    """A size or accuracy gate was not met; everything is still written."""

    exit_code = 3


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return the sentence `did you mean 'x'?` for the closest known word, or None."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else None


class ErrorReport(TypedDict):
    """What failed, as JSON: the stage (None before the first), the class of the error, what it says."""

    stage: str | None
    type: str
    message: str
    hint: str | None


def error_report(error: BaseException, stage: str | None = None) -> ErrorReport:
    """Return the `error` of a command's JSON.

    Args:
        error: What was raised.
        stage: Of the run in which it was raised; None before the first.
    """
    if isinstance(error, KeyboardInterrupt):
        message = "Interrupted"
    else:
        message = str(getattr(error, "message", None) or error)
    return {
        "stage": stage,
        "type": type(error).__name__,
        "message": message,
        "hint": getattr(error, "hint", None),
    }
