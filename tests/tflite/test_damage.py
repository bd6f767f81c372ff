"""A file that is not intact ends in one sentence, whatever is wrong with it."""

from __future__ import annotations

import random

import numpy as np
import pytest
from flatbuffers import Builder

from yzlite_core.cli import main
from yzlite_core.compat.functions import load_tflite_model
from yzlite_core.errors import TfliteError
from yzlite_core.tflite.arena import estimate_arena
from yzlite_core.tflite.flatbuffer import FlatbufferError, Table
from yzlite_core.tflite.model import TfliteModel
from yzlite_core.tflite.parameters import TfliteModelParameters
from yzlite_core.tflite.schema import pack, schema, unpack
from yzlite_core.tflite.summary import summarize


def refused(content):
    """Read everything that can be read; return the sentence of a refusal, or None."""
    try:
        model = TfliteModel(content)
        for tensor in model.tensors:
            assert tensor.data is None or tensor.data.size == tensor.flat_size
        summarize(model)
        estimate_arena(model)
    except TfliteError as error:
        return str(error)
    return None


@pytest.fixture
def damaged(tiny_bytes):
    """A function (kind, count) that yields files of random bytes, truncated ones or ones with a bit error."""
    whole = TfliteModelParameters(classes=["a", "b", "c"], threshold=0.5).add_to_tflite_flatbuffer(tiny_bytes)

    def yield_files(kind, count):
        rng = random.Random(kind)
        for number in range(count):
            content = bytearray(whole)
            if kind == "random":
                content = bytearray(rng.randbytes(rng.randrange(3000)))
                content[4:8] = b"TFL3" if number % 2 else content[4:8]
            elif kind == "truncated":
                del content[rng.randrange(len(whole)) :]
            else:
                bit = rng.randrange(8 * len(whole))
                content[bit // 8] ^= 1 << bit % 8
            yield bytes(content)

    return yield_files


@pytest.mark.parametrize("kind", ["random", "truncated", "bit error"])
def test_a_damaged_file_is_loaded_or_refused_in_one_sentence(damaged, tmp_path, yzlite_cache, kind):
    path = tmp_path / "damaged.tflite"
    sentences = []
    for content in damaged(kind, 200):
        path.write_bytes(content)
        try:
            assert load_tflite_model(str(path)).flatbuffer_size == len(content)
        except TfliteError as error:
            sentences.append(str(error))
    assert all("\n" not in sentence and "damaged.tflite is not a read" in sentence for sentence in sentences)
    assert len(sentences) > 50 if kind == "bit error" else len(sentences) == 200


@pytest.mark.parametrize("kind", ["random", "truncated", "bit error"])
def test_summarize_shows_a_damaged_file_or_says_what_is_wrong(damaged, tmp_path, yzlite_cache, capfd, kind):
    path = tmp_path / "damaged.tflite"
    for content in damaged(kind, 10):
        path.write_bytes(content)
        with pytest.raises(SystemExit) as end:
            main(["summarize", str(path)])
        printed = capfd.readouterr()
        if end.value.code == 0:
            assert "Size:" in printed.out
            assert not printed.err
        else:
            assert end.value.code == 1
            assert printed.err.startswith("Error: ")
            assert len(printed.err.splitlines()) == 1


def test_every_truncation_is_refused(tiny_bytes):
    sizes = [
        *range(0, 120, 6),
        *range(120, len(tiny_bytes), 41),
        *range(len(tiny_bytes) - 12, len(tiny_bytes)),
    ]
    sentences = [refused(tiny_bytes[:size]) for size in sizes]
    assert len(sentences) > 100
    assert None not in sentences
    assert all("is not a readable .tflite: it is" in sentence for sentence in sentences)


def test_no_bit_error_ends_in_anything_but_a_sentence(tiny_bytes):
    rng = random.Random(5)
    outcomes = []
    for _ in range(300):
        damaged = bytearray(tiny_bytes)
        bit = rng.randrange(8 * len(damaged))
        damaged[bit // 8] ^= 1 << bit % 8
        outcomes.append(refused(bytes(damaged)))
    # Most bits are weights and names, which no reader can tell from others.
    assert sum(outcome is not None for outcome in outcomes) > 20


def test_bit_errors_in_the_structure_do_not_pass_as_another_model(tiny_bytes):
    outcomes = set()
    for byte in range(4):  # the offset of the root table
        damaged = bytearray(tiny_bytes)
        damaged[byte] ^= 0x55
        outcomes.add(refused(bytes(damaged)) is not None)
    assert outcomes == {True}


@pytest.mark.parametrize("identifier", [False, True])
def test_random_bytes_are_refused(identifier):
    rng = random.Random(6)
    for _ in range(100):
        noise = bytearray(rng.randbytes(rng.randrange(8, 4000)))
        if identifier:
            noise[4:8] = b"TFL3"
        assert refused(bytes(noise))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"TFL3", "it is cut off"),
        (b"PK\x03\x04 this is an archive", "it has no TFL3 identifier"),
    ],
)
def test_the_reason_is_given(content, reason):
    with pytest.raises(TfliteError, match=f"The model is not a readable .tflite: {reason}"):
        TfliteModel(content)


def test_the_file_is_named(tmp_path):
    path = tmp_path / "broken.tflite"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(TfliteError, match=r"broken\.tflite is not a readable \.tflite"):
        TfliteModel.load_flatbuffer_file(path)


def damage_buffer_index(model):
    model.subgraphs[0].tensors[2].buffer = 999


def damage_operator_code(model):
    model.subgraphs[0].operators[1].opcodeIndex = 77


def damage_operator_input(model):
    model.subgraphs[0].operators[0].inputs = np.array([0, 1, -2], np.int32)


def damage_model_output(model):
    model.subgraphs[0].outputs = np.array([400], np.int32)


def damage_metadata(model):
    model.metadata[0].buffer = 12345


def damage_type(model):
    model.subgraphs[0].tensors[0].type = 99


def damage_shape(model):
    model.subgraphs[0].tensors[0].shape = np.array([1, -5], np.int32)


def damage_constant(model):
    tensor = next(t for t in model.subgraphs[0].tensors if len(model.buffers[t.buffer].data))
    tensor.shape = np.array([3, 3], np.int32)


def damage_signature(model):
    model.signatureDefs[0].inputs[0].tensorIndex = 300


def remove_graph(model):
    model.subgraphs = []


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (damage_buffer_index, "tensor 2 refers to buffer 999"),
        (damage_operator_code, "operator 1 refers to operator code 77"),
        (damage_operator_input, "operator 0 refers to tensor -2"),
        (damage_model_output, "refers to output tensor 400"),
        (damage_metadata, "metadata refers to buffer 12345"),
        (damage_type, "tensor 0 has the unknown type 99"),
        (damage_shape, "tensor 0 has the shape"),
        (damage_constant, "its constant has"),
        (damage_signature, "a signature refers to tensor 300"),
        (remove_graph, "it holds no graph"),
    ],
)
def test_references_are_checked(tiny_bytes, damage, said):
    model = unpack(tiny_bytes)
    damage(model)
    with pytest.raises(TfliteError, match=said):
        TfliteModel(pack(model))


def test_a_layer_whose_inputs_do_not_fit_its_operator_is_named(assemble):
    model = TfliteModel(assemble({"x": ("INT8", (1, 4)), "y": ("INT8", (1, 4))}, [("CONV_2D", ["x"], ["y"])]))
    with pytest.raises(TfliteError, match="Op0-CONV_2D has no input 1 of 4 dimensions"):
        summarize(model)


def test_constants_behind_the_flatbuffer_are_read_and_checked(assemble):
    flatbuffer = assemble({"x": ("INT8", (16,), bytes(16))}, [])
    model = unpack(flatbuffer)
    outside = schema().BufferT(offset=0, size=16)
    model.buffers[1] = outside
    outside.offset = len(pack(model))
    outside.offset = len(pack(model))  # the offset itself takes room
    whole = pack(model) + bytes(range(16))
    assert TfliteModel(whole).tensors[0].data.tolist() == list(range(16))
    with pytest.raises(TfliteError, match="a constant lies outside"):
        TfliteModel(whole[:-1])


def test_overlapping_tables_do_not_keep_the_reader_busy():
    # 3000 references to one graph, which holds 3000 references to one tensor: nine million visits.
    builder, s = Builder(), schema()

    def vector(element):
        builder.StartVector(4, 3000, 4)
        for _ in range(3000):
            builder.PrependUOffsetTRelative(element)
        return builder.EndVector()

    s.TensorStart(builder)
    tensors = vector(s.TensorEnd(builder))
    s.SubGraphStart(builder)
    s.SubGraphAddTensors(builder, tensors)
    graphs = vector(s.SubGraphEnd(builder))
    s.ModelStart(builder)
    s.ModelAddSubgraphs(builder, graphs)
    builder.Finish(s.ModelEnd(builder), b"TFL3")
    assert "its tables overlap" in refused(bytes(builder.Output()))


def test_a_table_reads_absent_fields_as_their_defaults():
    # A table without any field: its list of fields (4 bytes), then the table, which refers back to it.
    content = (8).to_bytes(4, "little") + b"\x04\0\x04\0" + (4).to_bytes(4, "little")
    table = Table.root(content)
    assert table.scalar(0, "i", 7) == 7
    assert table.table(1) is None
    assert table.string(2) is None
    assert table.vector(3, "f4") is None
    assert table.tables(4) == []
    with pytest.raises(FlatbufferError, match="cut off"):
        Table.root(content[:-1])
