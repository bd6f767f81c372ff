"""Metadata of a script's own in a .tflite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class TfliteModelMetadataEntry:
    """Something that a model embeds in its .tflite, beside its parameters.

    Attributes:
        tag: Its name in the file.
        serialize_callback: Called without arguments at conversion; returns the bytes to embed, or None for
            nothing.
        deserialize_callback: Called with the bytes that a file holds under the tag; None if nobody reads it.
        summary_callback: Called without arguments; returns text for people. None for none.
    """

    tag: str
    serialize_callback: Callable[[], bytes | None]
    deserialize_callback: Callable[[bytes], object] | None = None
    summary_callback: Callable[[], str] | None = None
