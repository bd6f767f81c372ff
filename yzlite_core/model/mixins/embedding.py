"""What a model embeds in its .tflite: parameters, and metadata of its own."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from yzlite_core.errors import ConversionError, YZLiteError
from yzlite_core.model.settings import Configurable, Setting
from yzlite_core.support.source_location import line_of_function
from yzlite_core.tflite.metadata import TfliteModelMetadataEntry
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.parameters import TfliteModelParameters


class ModelEmbedding(Configurable):
    """Parameters and metadata of a `.tflite`; a base class of `YZLiteModel`."""

    model_parameters: Setting[TfliteModelParameters] = Setting(
        TfliteModelParameters,
        factory=TfliteModelParameters,
        doc="Parameters embedded in the `.tflite`'s metadata.",
        parse=lambda value: TfliteModelParameters(value) if type(value) is dict else value,
        kept=False,
    )

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._populate_callbacks: list[Callable[..., Any]] = []
        self._metadata_entries: list[TfliteModelMetadataEntry] = []

    # ---------------------------------------------------------------------------------- parameters

    def set_model_parameter(self, key: str, value: Any, dtype: str | None = None) -> None:
        """Set a parameter to embed in the `.tflite`.

        Args:
            key: The parameter's name.
            value: A bool, number, string, bytes, or a list of strings, ints or floats.
            dtype: The type to store it as, e.g. `uint8`; None chooses the smallest that fits.
        """
        self.model_parameters.put(key, value, dtype)

    def add_model_parameter_populate_callback(self, callback: Callable[..., Any]) -> None:
        """Let a function add parameters at conversion, when everything else is known.

        Args:
            callback: Called without arguments, or with the model if it takes one. It sets parameters of the
                model, or returns a mapping of them.
        """
        self._populate_callbacks.append(callback)

    def populate_model_parameters(self) -> TfliteModelParameters:
        """Return the model's parameters with those that the callbacks add; called at conversion.

        Raises:
            ConversionError: If a callback fails; names it.
        """
        parameters = self.model_parameters.copy()
        kept = self.__dict__.get("model_parameters")
        self.__dict__["model_parameters"] = parameters  # what a callback sets is set in this copy
        try:
            for callback in self._populate_callbacks:
                answer = _called(callback, *([self] if inspect.signature(callback).parameters else []))
                if isinstance(answer, Mapping):
                    parameters.update(answer)
        finally:
            self.__dict__.pop("model_parameters")
            if kept is not None:
                self.__dict__["model_parameters"] = kept
        return parameters

    # ---------------------------------------------------------------------------------- metadata

    @property
    def tflite_metadata_entries(self) -> tuple[TfliteModelMetadataEntry, ...]:
        """What is embedded beside the parameters."""
        return tuple(self._metadata_entries)

    def add_tflite_metadata_entry(self, entry: TfliteModelMetadataEntry) -> None:
        """Embed something more in the `.tflite`; an entry with the same tag is replaced."""
        self._metadata_entries = [known for known in self._metadata_entries if known.tag != entry.tag]
        self._metadata_entries.append(entry)

    def serialize_tflite_metadata(self) -> dict[str, bytes]:
        """Return what the entries embed, by tag; called at conversion.

        Raises:
            ConversionError: If an entry's function fails; names it.
        """
        found: dict[str, bytes] = {}
        for entry in self._metadata_entries:
            content = _called(entry.serialize_callback)
            if content is None:
                continue
            if not isinstance(content, (bytes, bytearray)):
                raise ConversionError(
                    f"The metadata '{entry.tag}' is {type(content).__name__}, not bytes"
                    f"{line_of_function(entry.serialize_callback)}"
                )
            found[entry.tag] = bytes(content)
        return found

    def deserialize_tflite_metadata(self, model: TfliteModel) -> None:
        """Hand the metadata of a .tflite to the entries that read it."""
        for entry in self._metadata_entries:
            content = model.get_metadata(entry.tag)
            if content is not None and entry.deserialize_callback is not None:
                entry.deserialize_callback(content)

    def get_tflite_metadata_summary(
        self, include_tag: str | None = None, exclude_tag: str | None = None
    ) -> str:
        """Return what the entries say of themselves, as text.

        Args:
            include_tag: Only that entry.
            exclude_tag: All but that entry.
        """
        texts = [
            entry.summary_callback()
            for entry in self._metadata_entries
            if entry.summary_callback is not None
            and entry.tag != exclude_tag
            and include_tag in (None, entry.tag)
        ]
        return "\n".join(text for text in texts if text)


def _called(function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except YZLiteError:
        raise
    except Exception as error:
        name = getattr(function, "__name__", type(function).__name__)
        raise ConversionError(
            f"{name} failed{line_of_function(function)}: {type(error).__name__}: {error}"
        ) from error
