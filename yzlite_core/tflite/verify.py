"""Is a .tflite intact? Asked before anything else reads it, LiteRT's C++ included.

First the structure (every table, vector and string lies inside of the file), then the references
(every index of a tensor, buffer or operator code exists, constants are as long as their shape says).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from yzlite_core.tflite.flatbuffer import FlatbufferError, Table
from yzlite_core.tflite.schema import IDENTIFIER, elements, enum_names, unpack
from yzlite_core.tflite.tensors import packed_bytes, shape_of

# The tables of the schema that every reader walks: {table: {slot: kind of field}}. A kind is a
# table, [table], string, or the NumPy code of a vector's elements.
_TABLES: dict[str, dict[int, str]] = {
    "Model": {
        1: "[OperatorCode]", 2: "[SubGraph]", 3: "string", 4: "[Buffer]", 5: "i4", 6: "[Metadata]",
        7: "[SignatureDef]",
    },
    "OperatorCode": {1: "string"},
    "SubGraph": {0: "[Tensor]", 1: "i4", 2: "i4", 3: "[Operator]", 4: "string"},
    "Tensor": {0: "i4", 3: "string", 4: "Quantization", 6: "Sparsity", 7: "i4", 9: "[Variant]"},
    "Quantization": {0: "f4", 1: "f4", 2: "f4", 3: "i8"},
    "Sparsity": {0: "i4", 1: "i4"},
    "Variant": {0: "i4"},
    "Operator": {1: "i4", 2: "i4", 4: "Options", 5: "u1", 7: "u1", 8: "i4", 12: "Options"},
    "Options": {},
    "Buffer": {0: "u1"},
    "Metadata": {0: "string"},
    "SignatureDef": {0: "[TensorMap]", 1: "[TensorMap]", 2: "string"},
    "TensorMap": {0: "string"},
}  # fmt: skip


def read(data: bytes) -> Any:
    """Return the object form of a .tflite that has been checked.

    Args:
        data: The whole file.

    Raises:
        FlatbufferError: If it is not an intact .tflite.
    """
    if len(data) >= 8 and data[4:8] != IDENTIFIER:
        raise FlatbufferError("it has no TFL3 identifier")
    check_structure(Table.root(data))
    try:
        model = unpack(data)
    except FlatbufferError:
        raise
    except Exception as error:  # the generated code raises whatever a stray option value makes it raise
        raise FlatbufferError(f"the options of an operator are damaged: {error}") from None
    check_references(model)
    return model


def check_structure(root: Table) -> None:
    """Walk over every table of the core schema.

    Raises:
        FlatbufferError: If something lies outside of the file, or tables overlap without end.
    """
    budget = len(root.data) // 4  # no table takes less, so more of them than this cannot be honest
    pending = [("Model", root)]
    while pending:
        name, table = pending.pop()
        for slot, kind in _TABLES[name].items():
            if kind == "string":
                table.string(slot)
            elif kind.startswith("["):
                pending += [(kind[1:-1], element) for element in table.tables(slot)]
            elif kind in _TABLES:
                element = table.table(slot)
                pending += [(kind, element)] if element else []
            else:
                table.vector(slot, kind)
        budget -= 1
        if len(pending) > budget:
            raise FlatbufferError("it is damaged: its tables overlap")


def check_references(model: Any) -> None:
    """Check every index that one part of the object form holds of another.

    Raises:
        FlatbufferError: If one is out of range, or a constant does not fit its shape.
    """
    if not model.subgraphs:
        raise FlatbufferError("it holds no graph")
    _in_range([entry.buffer for entry in elements(model.metadata)], model.buffers, "metadata", "buffer")
    for graph in model.subgraphs:
        tensors = elements(graph.tensors)
        for index, tensor in enumerate(tensors):
            _in_range([tensor.buffer], model.buffers, f"tensor {index}", "buffer")
            _check_tensor(tensor, index, model.buffers[tensor.buffer])
        _in_range(elements(graph.inputs), tensors, "the model", "input tensor")
        _in_range(elements(graph.outputs), tensors, "the model", "output tensor")
        for index, operator in enumerate(elements(graph.operators)):
            label = f"operator {index}"
            _in_range([operator.opcodeIndex], elements(model.operatorCodes), label, "operator code")
            for indices in (operator.inputs, operator.outputs, operator.intermediates):
                used = [int(i) for i in elements(indices) if i != -1]  # -1: an optional one, left out
                _in_range(used, tensors, label, "tensor")
    for signature in elements(model.signatureDefs):
        _in_range([signature.subgraphIndex], model.subgraphs, "a signature", "graph")
        tensors = elements(model.subgraphs[signature.subgraphIndex].tensors)
        for entry in (*elements(signature.inputs), *elements(signature.outputs)):
            _in_range([entry.tensorIndex], tensors, "a signature", "tensor")


def _check_tensor(tensor: Any, index: int, buffer: Any) -> None:
    if tensor.type not in enum_names("TensorType"):
        raise FlatbufferError(f"it is damaged: tensor {index} has the unknown type {tensor.type}")
    shape = shape_of(tensor)
    if any(size < 0 for size in shape):
        raise FlatbufferError(f"it is damaged: tensor {index} has the shape {shape}")
    expected = packed_bytes(enum_names("TensorType")[tensor.type], shape)
    found = len(buffer.data)
    if found and expected is not None and tensor.sparsity is None and found != expected:
        raise FlatbufferError(
            f"it is damaged: tensor {index} of shape {shape} takes {expected} bytes, its constant has {found}"
        )


def _in_range(indices: Iterable[int], pool: Any, owner: str, what: str) -> None:
    for index in indices:
        if not 0 <= index < len(pool):
            raise FlatbufferError(f"it is damaged: {owner} refers to {what} {index}, which does not exist")
