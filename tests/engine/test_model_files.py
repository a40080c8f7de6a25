"""A model's directory is understood without loading it, and a damaged one is refused."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from botcore.errors import ModelError
from botcore_llama.model_files import read_model_files


def test_reads_what_the_model_is(tiny_model: Path) -> None:
    files = read_model_files(tiny_model)

    assert files.name == "tiny"
    assert files.context_tokens == 65_536
    assert (files.layers, files.hidden_size, files.heads, files.key_heads) == (2, 64, 4, 2)
    assert files.vocabulary_size == 512
    assert files.weights_type == "int8"
    assert files.size == (tiny_model / "model.bin").stat().st_size
    # Two tables, the last norm, and for each layer attention, feed-forward and two norms.
    layer = 64 * (64 + 32 + 32) + 64 * 64 + 3 * 64 * 96 + 2 * 64
    assert files.parameters == 2 * 512 * 64 + 64 + 2 * layer


def test_a_directory_of_another_converter_is_read_too(tiny_model: Path, tmp_path: Path) -> None:
    folder = copy(tiny_model, tmp_path)
    (folder / "botcore-model.json").unlink()
    (folder / "config.json").write_text('{"layer_norm_epsilon": 1e-5}')

    files = read_model_files(folder)

    assert files.name == "model"
    assert files.context_tokens == 8192


def truncate(folder: Path) -> None:
    data = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(data[: len(data) // 2])


def name_another_architecture(folder: Path) -> None:
    data = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(data.replace(b"linear_0_noact", b"linear_0_other"))


def forget_everything_but_the_head(folder: Path) -> None:
    name = b"WhisperSpec\0"
    head = struct.pack("I", 6) + struct.pack("H", len(name)) + name + struct.pack("II", 1, 0)
    (folder / "model.bin").write_bytes(head)


def change_variable(name: str, place: int, form: str, value: int) -> Callable[[Path], object]:
    """Return what writes another number into a variable's description; `place`: behind its name, in bytes."""

    def change(folder: Path) -> None:
        data = bytearray((folder / "model.bin").read_bytes())
        start = data.index(f"decoder/{name}\0".encode()) + len(f"decoder/{name}\0") + place
        struct.pack_into(form, data, start, value)
        (folder / "model.bin").write_bytes(data)

    return change


def make_one_row(folder: Path) -> None:
    """Say that the table is no matrix, but all its numbers in one row."""
    data = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(
        data.replace(struct.pack("<BII", 2, 512, 64), struct.pack("<BI", 1, 512 * 64))
    )


ROWS, BYTES, SCALAR = 1, 10, 6  # in the description of a matrix, and in that of a scalar


DAMAGES: dict[str, Callable[[Path], object]] = {
    "no such folder": shutil.rmtree,
    "it lacks model.bin": lambda folder: (folder / "model.bin").unlink(),
    "it lacks tokenizer.model": lambda folder: (folder / "tokenizer.model").unlink(),
    "config.json can't be read": lambda folder: (folder / "config.json").write_text("{"),
    "config.json can't be read .*recursion": lambda folder: (folder / "config.json").write_text("[" * 10**5),
    "it holds no settings": lambda folder: (folder / "config.json").write_text("[]"),
    "model.bin is damaged or cut off": truncate,
    r"model.bin is damaged or cut off \(unpack": lambda folder: (folder / "model.bin").write_bytes(b""),
    "is damaged or cut off .*of 'WhisperSpec'": forget_everything_but_the_head,
    "is damaged or cut off .*can't decode": lambda folder: (folder / "model.bin").write_bytes(b"\xff" * 99),
    "a model of another kind": name_another_architecture,
    # CTranslate2 would write what the file has into the room that the shape takes.
    r"embeddings/weight' has 32768 bytes, which are not \(7, 64\) of int8": change_variable(
        "embeddings/weight", ROWS, "<I", 7
    ),
    r"layer_1/ffn/linear_1/weight' has 9 bytes": change_variable(
        "layer_1/ffn/linear_1/weight", BYTES, "<I", 9
    ),
    "embeddings/weight has the shape": make_one_row,
    "it has 0 heads": change_variable("num_heads", SCALAR, "<h", 0),
    "it has 4 heads, and 3 for keys": change_variable("layer_0/self_attention/num_heads_kv", SCALAR, "<i", 3),
    "layer_0/self_attention/linear_0/weight has the shape": change_variable("num_heads", SCALAR, "<h", 8),
}


@pytest.mark.parametrize("complaint", DAMAGES)
def test_a_damaged_model_is_refused(tiny_model: Path, tmp_path: Path, complaint: str) -> None:
    folder = copy(tiny_model, tmp_path)
    DAMAGES[complaint](folder)

    with pytest.raises(ModelError, match=complaint) as told:
        read_model_files(folder)

    assert str(folder) in str(told.value)
    assert "\n" not in str(told.value)


def test_numbers_that_are_no_numbers_are_refused(tiny_model: Path, tmp_path: Path) -> None:
    folder = copy(tiny_model, tmp_path)
    (folder / "config.json").write_text(json.dumps({"context_tokens": "many"}))

    with pytest.raises(ModelError, match="context_tokens"):
        read_model_files(folder)


def copy(model: Path, folder: Path) -> Path:
    return Path(shutil.copytree(model, folder / "model"))
