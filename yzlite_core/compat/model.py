"""The model class of `yzlite.core`: what every model has, and what only scripts of the original use."""

from __future__ import annotations

from yzlite_core.compat.archive_access import ModelArchive
from yzlite_core.compat.attributes import ModelAttributes
from yzlite_core.compat.datagen_access import DataGeneratorAccess
from yzlite_core.compat.events import ModelEvents, YZLiteModelEvent
from yzlite_core.compat.log_dirs import ModelLogDirs
from yzlite_core.model import model


class YZLiteModel(
    model.YZLiteModel, ModelEvents, ModelAttributes, ModelLogDirs, ModelArchive, DataGeneratorAccess
):
    """A model specification whose events have handlers, with settings by dotted key and its archive's files.

    See `yzlite_core.YZLiteModel`, from which it is derived.
    """

    def summary(self) -> str:
        """Return the model's settings and parameters as text for people, as the handlers leave it."""
        return self.replaced_by_handlers(YZLiteModelEvent.SUMMARIZE_MODEL, "summary", super().summary())
