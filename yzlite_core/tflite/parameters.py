"""Named values that travel inside a .tflite: classes, thresholds, front-end settings, ...

The firmware reads them from the metadata entry `SL_PARAMSv1`, whose wire format (a FlatBuffer: a list of
key and value, the value one of sixteen types) is that of the original toolkit.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from yzlite_core.errors import FrozenSettingError, TfliteError
from yzlite_core.tflite import parameters_wire as wire
from yzlite_core.tflite.file import TfliteFile
from yzlite_core.tflite.flatbuffer import FlatbufferError
from yzlite_core.tflite.parameters_wire import ParameterError

__all__ = ["TFLITE_METADATA_TAG", "ParameterError", "TfliteModelParameters"]

TFLITE_METADATA_TAG = "SL_PARAMSv1"


class TfliteModelParameters(dict[str, Any]):
    """A dictionary whose values the firmware can read.

    A value is a bool, int, float, str, bytes, or a list of str, of int or of float. Without an explicit
    type, an int takes the smallest type that holds it, unsigned if it is not negative; a float takes
    32 bits where its magnitude is 0 or in their normal range, else 64; a list of int or float has 32 bits
    for each element.

    Args:
        *args: As for `dict`.
        **kwargs: As for `dict`.

    Raises:
        ParameterError: If a value has no such type.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self._dtypes: dict[str, str] = {}
        self._frozen = False
        self.update(*args, **kwargs)

    def put(self, key: str, value: Any, dtype: str | None = None) -> None:
        """Set a parameter.

        Args:
            key: Its name.
            value: Its value; NumPy numbers and arrays and tuples are converted to plain Python values.
            dtype: The type in the file: `bool`, `int8` ... `int64`, `uint8` ... `uint64`, `float`, `double`,
                `str`, `str_list`, `int32_list`, `float_list` or `bin`; by default the value decides.

        Raises:
            ParameterError: If the value does not fit.
            FrozenSettingError: After `freeze`.
        """
        self._refuse_if_frozen(key)
        plain = wire.plain_value(value)
        self._dtypes[key] = wire.dtype_of(key, plain) if dtype is None else wire.checked(key, plain, dtype)
        super().__setitem__(key, plain)

    def dtype(self, key: str) -> str:
        """Return the type that a parameter has in the file."""
        return self._dtypes[key]

    def serialize(self) -> bytes:
        """Return the content of the metadata entry.

        Raises:
            ParameterError: If a list was changed in place to what does not fit its type.
        """
        return wire.encode(
            (key, value, wire.checked(key, value, self._dtypes[key])) for key, value in self.items()
        )

    @staticmethod
    def deserialize(content: bytes) -> TfliteModelParameters:
        """Read the content of the metadata entry; every parameter keeps its type.

        Args:
            content: What `serialize`, or another writer of the format, returned.

        Raises:
            TfliteError: If it is damaged, or of another version of the format.
        """
        found = TfliteModelParameters()
        try:
            for key, value, dtype in wire.decode(content):
                found.put(key, value, dtype)
        except FlatbufferError as error:
            raise TfliteError(f"The parameters of the model are not readable: {error}") from None
        return found

    def summary(self) -> str:
        """Return one line for each parameter."""
        return "\n".join(f"{key}: {_shown(value, self._dtypes[key])}" for key, value in self.items())

    @staticmethod
    def load_from_tflite_file(path: str | os.PathLike[str], tag: str | None = None) -> TfliteModelParameters:
        """Return the parameters of a file; empty if it has none.

        Args:
            path: A .tflite.
            tag: The metadata entry, if it is not the usual one.

        Raises:
            TfliteError: If the file, or the entry, is not readable.
        """
        return TfliteModelParameters.load_from_tflite_model(TfliteFile.load_flatbuffer_file(path), tag)

    @staticmethod
    def load_from_tflite_flatbuffer(flatbuffer: bytes, tag: str | None = None) -> TfliteModelParameters:
        """Return the parameters of a file's content; see `load_from_tflite_file`."""
        return TfliteModelParameters.load_from_tflite_model(TfliteFile(flatbuffer), tag)

    @staticmethod
    def load_from_tflite_model(model: TfliteFile, tag: str | None = None) -> TfliteModelParameters:
        """Return the parameters of a model; see `load_from_tflite_file`."""
        content = model.get_metadata(tag or TFLITE_METADATA_TAG)
        return TfliteModelParameters() if content is None else TfliteModelParameters.deserialize(content)

    def add_to_tflite_file(
        self,
        path: str | os.PathLike[str],
        output: str | os.PathLike[str] | None = None,
        tag: str | None = None,
    ) -> Path:
        """Write the parameters into a file, in place of those that it has.

        Args:
            path: A .tflite.
            output: Where to write the result; by default over `path`.
            tag: The metadata entry, if it is not the usual one.

        Returns:
            Where the result was written.
        """
        model = TfliteFile.load_flatbuffer_file(path)
        self.add_to_tflite_model(model, tag)
        return model.save(output)

    def add_to_tflite_flatbuffer(self, flatbuffer: bytes, tag: str | None = None) -> bytes:
        """Return a file's content with the parameters, in place of those that it has."""
        model = TfliteFile(flatbuffer)
        self.add_to_tflite_model(model, tag)
        return model.flatbuffer_data

    def add_to_tflite_model(self, model: TfliteFile, tag: str | None = None) -> None:
        """Set the parameters of a model, in place of those that it has."""
        model.add_metadata(tag or TFLITE_METADATA_TAG, self.serialize())

    def freeze(self) -> None:
        """Refuse every later change."""
        self._frozen = True

    def _refuse_if_frozen(self, key: str) -> None:
        if self._frozen:
            raise FrozenSettingError(
                f"The model parameter '{key}' was changed after the run had started",
                hint="set it in the specification script",
            )

    # Everything that changes a dict goes through put(), or at least past the freeze.

    def __setitem__(self, key: str, value: Any) -> None:
        self.put(key, value)

    def __delitem__(self, key: str) -> None:
        self.pop(key)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set several parameters; those of another `TfliteModelParameters` keep their types."""
        types = args[0]._dtypes if args and isinstance(args[0], TfliteModelParameters) else {}
        for key, value in dict(*args, **kwargs).items():
            self.put(key, value, None if key in kwargs else types.get(key))

    def replace(self, changes: Mapping[str, Any]) -> None:
        """Set several parameters, each with the type that it has, as long as the new value fits that.

        Args:
            changes: The new values; the types of a `TfliteModelParameters` win.
        """
        own = changes._dtypes if isinstance(changes, TfliteModelParameters) else {}
        for key, value in changes.items():
            kept = self._dtypes.get(key)
            fits = kept is not None and wire.fits(kept, wire.plain_value(value))
            self.put(key, value, own.get(key) or (kept if fits else None))

    def __ior__(self, other: Any) -> TfliteModelParameters:  # type: ignore[override,misc]  # one signature is enough
        self.update(other)
        return self

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Set the parameter unless it is set, and return it."""
        if key not in self:
            self.put(key, default)
        return self[key]

    def pop(self, key: str, *default: Any) -> Any:
        """Remove the parameter and return its value."""
        self._refuse_if_frozen(key)
        self._dtypes.pop(key, None)
        return super().pop(key, *default)

    def popitem(self) -> tuple[str, Any]:
        """Remove the parameter that was added last and return it."""
        key = next(reversed(self))
        return key, self.pop(key)

    def clear(self) -> None:
        """Remove every parameter."""
        for key in list(self):
            del self[key]

    def copy(self) -> TfliteModelParameters:
        """Return a copy that is not frozen."""
        return TfliteModelParameters(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return TfliteModelParameters, (dict(self),), {"_dtypes": dict(self._dtypes), "_frozen": self._frozen}


def _shown(value: Any, dtype: str) -> str:
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, list):
        return ", ".join(_shown(item, dtype.removesuffix("_list")) for item in value)
    return str(np.float32(value)) if dtype == "float" else str(value)  # 0.9, not 0.8999999761581421
