"""Read and write a .tflite."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from yzlite_core.errors import TfliteError
from yzlite_core.support.files import write_atomic
from yzlite_core.tflite.flatbuffer import FlatbufferError
from yzlite_core.tflite.layers import TfliteLayer, opcode_of
from yzlite_core.tflite.quantization import dequantize, quantize
from yzlite_core.tflite.schema import AlignedBuffer, elements, pack, schema
from yzlite_core.tflite.tensors import TfliteTensor, tensor_of
from yzlite_core.tflite.typed_layers import layer_of
from yzlite_core.tflite.verify import read

T = TypeVar("T")
F = TypeVar("F", bound="TfliteFile")


class TfliteFile:
    """A .tflite: its layers and tensors to look at, its description and metadata to change.

    The layers, tensors, inputs and outputs are those of the main graph, or of the one that is selected.

    Args:
        flatbuffer_data: The content of the file.
        path: Where it came from; for `name`, `save` and error messages.

    Raises:
        TfliteError: If it is not an intact .tflite.
    """

    def __init__(self, flatbuffer_data: bytes, path: str | os.PathLike[str] | None = None) -> None:
        self.path = None if path is None else Path(path)
        self._selected = 0
        self._data: bytes | None = None
        self._load(bytes(flatbuffer_data))

    @classmethod
    def load_flatbuffer_file(
        cls: type[F], path: str | os.PathLike[str], cwd: str | os.PathLike[str] | None = None
    ) -> F:
        """Read a .tflite.

        Args:
            path: The file.
            cwd: The folder that a relative path starts from; by default the current one.

        Raises:
            TfliteError: If there is no such file, or it is not an intact .tflite.
        """
        file = Path(cwd or "", path)
        try:
            data = file.read_bytes()
        except OSError as error:
            raise TfliteError(f"{file} cannot be read: {error.strerror}") from None
        return cls(data, file)

    @property
    def flatbuffer_data(self) -> bytes:
        """The content of the file, with the changes made since; unchanged, the very bytes it was made of."""
        if self._data is None:
            self._data = pack(self._model)
        return self._data

    @property
    def flatbuffer_size(self) -> int:
        """Bytes of flash that the model takes."""
        return len(self.flatbuffer_data)

    def __len__(self) -> int:
        return self.flatbuffer_size

    @property
    def flatbuffer_model(self) -> Any:
        """The object form of the schema (`ModelT`); call `regenerate_flatbuffer` after changing it."""
        return self._model

    @property
    def flatbuffer_subgraph(self) -> Any:
        """The object form of the selected graph (`SubGraphT`)."""
        return self._graph

    @property
    def n_subgraphs(self) -> int:
        """Number of graphs; those beyond the first belong to operators such as WHILE."""
        return len(self._model.subgraphs)

    @property
    def selected_model_subgraph(self) -> int:
        """The number of the graph that layers, tensors, inputs and outputs are of; settable."""
        return self._selected

    @selected_model_subgraph.setter
    def selected_model_subgraph(self, index: int) -> None:
        if not 0 <= index < self.n_subgraphs:
            raise TfliteError(f"The model has {self.n_subgraphs} graphs, there is no number {index}")
        self._selected = index
        self._forget()

    @property
    def filename(self) -> str | None:
        """The file's name; None if it came from no file."""
        return None if self.path is None else self.path.name

    @property
    def name(self) -> str:
        """The file's name without its suffix; `my_model` if it came from no file."""
        return self.path.stem if self.path else "my_model"

    @property
    def description(self) -> str:
        """One sentence about the model; settable."""
        text: bytes = self._model.description or b""
        return text.decode(errors="replace")

    @description.setter
    def description(self, text: str) -> None:
        self._model.description = text.encode()
        self._data = None

    @cached_property
    def tensors(self) -> tuple[TfliteTensor, ...]:
        """Every tensor, constants included."""
        return tuple(
            tensor_of(index, tensor, self._model.buffers[tensor.buffer], self._store)
            for index, tensor in enumerate(elements(self._graph.tensors))
        )

    @cached_property
    def layers(self) -> tuple[TfliteLayer, ...]:
        """The operators in their order of execution."""
        opcodes = [opcode_of(code) for code in elements(self._model.operatorCodes)]
        return tuple(
            layer_of(index, operator, opcodes[operator.opcodeIndex], self.tensors)
            for index, operator in enumerate(elements(self._graph.operators))
        )

    @property
    def opcodes(self) -> tuple[str, ...]:
        """The operators that are used anywhere in the file, each once, in the order of their first use."""
        names = [opcode_of(code) for code in elements(self._model.operatorCodes)]
        used = (
            names[operator.opcodeIndex]
            for graph in self._model.subgraphs
            for operator in elements(graph.operators)
        )
        return tuple(dict.fromkeys(used))

    @property
    def inputs(self) -> tuple[TfliteTensor, ...]:
        """The model's inputs."""
        return tuple(self.tensors[index] for index in elements(self._graph.inputs))

    @property
    def outputs(self) -> tuple[TfliteTensor, ...]:
        """The model's outputs."""
        return tuple(self.tensors[index] for index in elements(self._graph.outputs))

    @property
    def n_inputs(self) -> int:
        """Number of inputs."""
        return len(self.inputs)

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""
        return len(self.outputs)

    def get_tensor(self, index: int) -> TfliteTensor:
        """Return a tensor by its number.

        Raises:
            TfliteError: If there is none.
        """
        return _at(self.tensors, index, "tensor")

    def get_tensor_data(self, index: int) -> np.ndarray | None:
        """Return the values of a tensor; None if it is computed."""
        return self.get_tensor(index).data

    def get_input_tensor(self, index: int = 0) -> TfliteTensor:
        """Return an input by its place."""
        return _at(self.inputs, index, "input")

    def get_input_data(self, index: int = 0) -> np.ndarray | None:
        """Return the values of an input; None, unless it is a constant."""
        return self.get_input_tensor(index).data

    def get_output_tensor(self, index: int = 0) -> TfliteTensor:
        """Return an output by its place."""
        return _at(self.outputs, index, "output")

    def get_output_data(self, index: int = 0) -> np.ndarray | None:
        """Return the values of an output; None, unless it is a constant."""
        return self.get_output_tensor(index).data

    def quantize_to_input_dtype(self, x: np.ndarray, input_index: int = 0) -> np.ndarray:
        """Return real numbers as the integers of an input, as the device quantizes them.

        An array of the input's own type is returned as it is.
        """
        tensor = self.get_input_tensor(input_index)
        if x.dtype == tensor.dtype:
            return x
        return quantize(x, tensor) if tensor.is_quantized and not tensor.is_float else x.astype(tensor.dtype)

    def dequantize_output_to_float32(self, y: np.ndarray, output_index: int = 0) -> np.ndarray:
        """Return the integers of an output as float32; an array of float32 is returned as it is."""
        tensor = self.get_output_tensor(output_index)
        if y.dtype == np.float32:
            return y
        return dequantize(y, tensor) if tensor.is_quantized else y.astype(np.float32)

    @property
    def input_names(self) -> tuple[str, ...]:
        """What the inputs were called before the conversion, in the order of `inputs`.

        The converter renames the input `x` to `serving_default_x:0` and need not keep the order;
        the signature, where there is one, remembers.
        """
        names = self._signature_names("inputs")
        return tuple(
            names.get(tensor.index, tensor.name.removeprefix("serving_default_").removesuffix(":0"))
            for tensor in self.inputs
        )

    @property
    def output_names(self) -> tuple[str, ...]:
        """What the outputs were called before the conversion, in the order of `outputs`.

        A Keras model's are `output_0`, `output_1`, ...; the converter need not keep the order.
        """
        names = self._signature_names("outputs")
        return tuple(names.get(tensor.index, tensor.name) for tensor in self.outputs)

    def order_ports(self, input_names: Sequence[str] | None = None) -> None:
        """Put inputs and outputs into the order of the Keras model; what is computed stays as it was.

        Args:
            input_names: The inputs' names in the wanted order; by default they stay as they are. Outputs
                are ordered by number, if they are called `output_0`, `output_1`, ...

        Raises:
            TfliteError: If these are not the names of the inputs.
        """
        found = self.input_names
        given = list(input_names or found)
        if sorted(given) != sorted(found):
            raise TfliteError(f"The model's inputs are {', '.join(found)}, not {', '.join(given)}")
        inputs = [self.inputs[found.index(name)].index for name in given]
        outputs = [tensor.index for tensor in self.outputs]
        numbers = [re.fullmatch(r"output_(\d+)", name) for name in self.output_names]
        ranks = [int(number[1]) for number in numbers if number]
        if len(ranks) == len(outputs):
            outputs = [index for _, index in sorted(zip(ranks, outputs, strict=True))]
        if [*inputs, *outputs] != [tensor.index for tensor in (*self.inputs, *self.outputs)]:
            self._graph.inputs, self._graph.outputs = inputs, outputs
            self._data = None

    def get_metadata(self, tag: str) -> bytes | None:
        """Return the metadata stored under a tag, or None."""
        return self.get_all_metadata().get(tag)

    def get_all_metadata(self) -> dict[str, bytes]:
        """Return all metadata by tag."""
        buffers = self._model.buffers
        return {_tag(entry): bytes(buffers[entry.buffer].data) for entry in elements(self._model.metadata)}

    def add_metadata(self, tag: str, content: bytes) -> None:
        """Store metadata, in place of what the tag held before.

        Args:
            tag: Its name in the file, e.g. `SL_PARAMSv1`.
            content: Any bytes.
        """
        self.remove_metadata(tag)
        index = self._free_buffer()
        self._model.buffers[index] = AlignedBuffer(bytes(content))
        entry = schema().MetadataT(name=tag.encode(), buffer=index)
        self._model.metadata = [*elements(self._model.metadata), entry]
        self._data = None

    def remove_metadata(self, tag: str) -> bool:
        """Remove metadata; what the model computes stays as it was.

        Returns:
            Whether there was any.
        """
        entries = list(elements(self._model.metadata))
        removed = [entry for entry in entries if _tag(entry) == tag]
        if not removed:
            return False
        self._model.metadata = [entry for entry in entries if entry not in removed]
        # The emptied buffer keeps its place, because tensors refer to the later ones by number.
        for index in {entry.buffer for entry in removed} - self._used_buffers():
            self._model.buffers[index] = AlignedBuffer()
        self._data = None
        return True

    def save(self, path: str | os.PathLike[str] | None = None, update_path: bool = False) -> Path:
        """Write the model.

        Args:
            path: Where to; by default where it came from.
            update_path: Let `path` be the model's own from now on.

        Returns:
            Where it was written.

        Raises:
            TfliteError: If there is neither.
        """
        target = path if path is not None else self.path
        if target is None:
            raise TfliteError("The model came from no file, so save() needs a path")
        written = write_atomic(target, self.flatbuffer_data)
        if update_path:
            self.path = written
        return written

    def regenerate_flatbuffer(self, reload_model: bool = False) -> None:
        """Write `flatbuffer_data` anew from `flatbuffer_model`, after that has been changed.

        Args:
            reload_model: Also check the result and read it back.

        Raises:
            TfliteError: If the changes have made it another thing than an intact .tflite.
        """
        self._data = pack(self._model)
        self._forget()
        if reload_model:
            self._load(self._data)

    def _load(self, data: bytes) -> None:
        try:
            self._model = read(data)
        except FlatbufferError as error:
            raise TfliteError(f"{self.path or 'The model'} is not a readable .tflite: {error}") from None
        self._data = data

    def _forget(self) -> None:
        """Drop what was read from the graph; it is read again when it is asked for."""
        for name in ("tensors", "layers"):
            self.__dict__.pop(name, None)

    def _store(self, index: int, content: bytes) -> None:
        """Give a tensor bytes of its own, because tensors of the same values share theirs."""
        tensor = self._graph.tensors[index]
        self._model.buffers.append(AlignedBuffer(content))
        tensor.buffer = len(self._model.buffers) - 1
        self._data = None

    @property
    def _graph(self) -> Any:
        return self._model.subgraphs[self._selected]

    def _signature_names(self, side: str) -> dict[int, str]:
        return {
            int(entry.tensorIndex): entry.name.decode(errors="replace")
            for signature in elements(self._model.signatureDefs)[:1]
            for entry in elements(getattr(signature, side))
            if entry.name
        }

    def _used_buffers(self) -> set[int]:
        return {
            0,  # by convention the empty buffer that every computed tensor may share
            *(int(index) for index in elements(self._model.metadataBuffer)),
            *(entry.buffer for entry in elements(self._model.metadata)),
            *(tensor.buffer for graph in self._model.subgraphs for tensor in elements(graph.tensors)),
        }

    def _free_buffer(self) -> int:
        buffers, used = self._model.buffers, self._used_buffers()
        for index, buffer in enumerate(buffers):
            if index not in used and not len(buffer.data):
                return index
        buffers.append(AlignedBuffer())
        return len(buffers) - 1


def _tag(entry: Any) -> str:
    name: bytes = entry.name or b""
    return name.decode(errors="replace")


def _at(pool: Sequence[T], index: int, what: str) -> T:
    if not 0 <= index < len(pool):
        raise TfliteError(f"The model has {len(pool)} {what}s, there is no number {index}")
    return pool[index]
