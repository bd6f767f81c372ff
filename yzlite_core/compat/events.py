"""Model events: what scripts of the original toolkit use where a plugin uses hooks.

A handler is called as `handler(yzlite_model=..., logger=..., **data)`, with the data that its event lists
below and what `add_event_handler` was given. Data named `..._dict` is `{"value": ...}`: a handler that puts
something else there replaces the value.
"""

from __future__ import annotations

import enum
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from yzlite_core.compat.logger import get_yzlite_logger
from yzlite_core.errors import StopRunError, UsageError, did_you_mean
from yzlite_core.support.source_location import line_of_function

T = TypeVar("T")


class YZLiteModelEvent(str, enum.Enum):
    """The events, in the order of a run, with the data of each."""

    def _generate_next_value_(name: str, *_: Any) -> str:  # type: ignore[override]  # noqa: N805 # enum's own
        return name

    BEFORE_MODEL_LOAD = enum.auto()
    """Its script has been executed; only where a model is loaded by name or path."""
    AFTER_MODEL_LOAD = enum.auto()
    """See above; its settings may still be set."""
    BEFORE_LOAD_DATASET = enum.auto()
    """`subset`, `test`."""
    AFTER_LOAD_DATASET = enum.auto()
    """`subset`, `test`."""
    BEFORE_UNLOAD_DATASET = enum.auto()
    """A stage has no more use for its data."""
    AFTER_UNLOAD_DATASET = enum.auto()
    """See above."""
    SUMMARIZE_DATASET = enum.auto()
    """`summary`, `summary_dict`."""
    SUMMARIZE_MODEL = enum.auto()
    """`summary`, `summary_dict`."""
    TRAIN_STARTUP = enum.auto()
    """`post_process`."""
    BEFORE_BUILD_TRAIN_MODEL = enum.auto()
    """Nothing."""
    AFTER_BUILD_TRAIN_MODEL = enum.auto()
    """`keras_model`."""
    POPULATE_TRAIN_CALLBACKS = enum.auto()
    """`keras_callbacks`: a list to which a handler may add."""
    BEFORE_TRAIN = enum.auto()
    """`fit_kwargs`: arguments of `keras.Model.fit`, which a handler may change."""
    AFTER_TRAIN = enum.auto()
    """`training_history`: as Keras' own, with `history`, `epoch` and `params`."""
    BEFORE_SAVE_TRAIN_MODEL = enum.auto()
    """`keras_model`, `keras_model_dict`: what is saved, converted and evaluated."""
    AFTER_SAVE_TRAIN_MODEL = enum.auto()
    """`keras_model`, `keras_model_dict`: what is converted and evaluated, although another was saved."""
    BEFORE_SAVE_TRAIN_RESULTS = enum.auto()
    """`keras_model`, `results`, `output_dir`."""
    AFTER_SAVE_TRAIN_RESULTS = enum.auto()
    """`keras_model`, `results`, `output_dir`."""
    BEFORE_SAVE_TRAIN_ARCHIVE = enum.auto()
    """`archive_path`."""
    AFTER_SAVE_TRAIN_ARCHIVE = enum.auto()
    """`archive_path`."""
    TRAIN_SHUTDOWN = enum.auto()
    """`results`."""
    QUANTIZE_STARTUP = enum.auto()
    """`build`, `keras_model`, `tflite_converter_settings`, `post_process`."""
    BEFORE_QUANTIZE = enum.auto()
    """`converter`, `converter_dict`: the `ConversionOptions` of the converter, which runs in a process of its
    own."""
    AFTER_QUANTIZE = enum.auto()
    """`tflite_flatbuffer`, `tflite_flatbuffer_dict`, `update_archive`, `keras_model`,
    `tflite_converter_settings`."""
    QUANTIZE_SHUTDOWN = enum.auto()
    """`tflite_model`, `update_archive`, `keras_model`, `tflite_converter_settings`."""
    EVALUATE_STARTUP = enum.auto()
    """`tflite`, `max_samples_per_class`, `post_process`."""
    EVALUATE_SHUTDOWN = enum.auto()
    """`results`."""
    GENERATE_EVALUATE_PLOT = enum.auto()
    """`tflite`, `name`, `fig`: a matplotlib figure that a handler may draw on."""
    AFTER_PROFILE = enum.auto()
    """`results`."""


@dataclass(frozen=True)
class _Handler:
    call: Callable[..., Any]
    data: Mapping[str, Any]
    raises: bool

    def __call__(
        self, model: object, event: YZLiteModelEvent, log: logging.Logger, data: Mapping[str, Any]
    ) -> None:
        try:
            self.call(yzlite_model=model, logger=log, **{**data, **self.data})
        except Exception as error:
            where = line_of_function(self.call)
            text = f"The handler of {event.value}{where} failed: {type(error).__name__}: {error}"
            if self.raises:
                raise StopRunError(text, hint=getattr(error, "hint", None)) from error
            log.warning(f"{text}; the run goes on")


class ModelEvents:
    """What a model knows of events: its handlers, and how they are called."""

    _handlers: dict[YZLiteModelEvent, list[_Handler]]

    def add_event_handler(
        self,
        event: YZLiteModelEvent | str,
        handler: Callable[..., Any],
        _raise_exception: bool = False,
        **kwargs: Any,
    ) -> None:
        """Let a function be called on an event; several are called in the order of their registration.

        Args:
            event: The event, or its name.
            handler: A function `(yzlite_model, logger, **kwargs)`; `YZLiteModelEvent` says what it is given.
            _raise_exception: Whether what it raises ends the run; if not, that is logged.
            **kwargs: Further arguments of the function.

        Raises:
            UsageError: If there is no such event, or `handler` is no function.
        """
        if not callable(handler):
            raise UsageError(
                f"The handler of {event} is {type(handler).__name__}, not a function",
                hint="give a function (yzlite_model, logger, **kwargs)",
            )
        handlers: dict[YZLiteModelEvent, list[_Handler]] = self.__dict__.setdefault("_handlers", {})
        handlers.setdefault(event_of(event), []).append(_Handler(handler, kwargs, _raise_exception))

    @property
    def has_event_handlers(self) -> bool:
        """Whether any function waits for an event."""
        return bool(self.__dict__.get("_handlers"))

    def trigger_event(self, event: YZLiteModelEvent | str, **kwargs: Any) -> None:
        """Call the handlers of an event.

        Args:
            event: The event, or its name.
            **kwargs: What the handlers are given, with `logger` if it is another than the usual one.

        Raises:
            StopRunError: If a handler raises that was registered with `_raise_exception`.
        """
        log = kwargs.pop("logger", None) or get_yzlite_logger()
        event = event_of(event)
        handlers: dict[YZLiteModelEvent, list[_Handler]] = self.__dict__.get("_handlers", {})
        for handler in handlers.get(event, ()):
            handler(self, event, log, kwargs)

    def replaced_by_handlers(self, event: YZLiteModelEvent, name: str, value: T, **kwargs: Any) -> T:
        """Call the handlers of an event, and return what they leave in `<name>_dict["value"]`."""
        box = {"value": value}
        self.trigger_event(event, **{name: value, f"{name}_dict": box, **kwargs})
        return box["value"]


def event_of(event: YZLiteModelEvent | str) -> YZLiteModelEvent:
    """Return the event of that name.

    Raises:
        UsageError: With the nearest one that exists.
    """
    try:
        return YZLiteModelEvent(event)
    except ValueError:
        known = [member.value for member in YZLiteModelEvent]
        raise UsageError(f"There is no model event '{event}'", hint=did_you_mean(str(event), known)) from None
