"""The tokenizer gives the ids of Llama 3 and nothing else."""

import base64
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botcore.errors import ModelError
from botcore_llama.tokenizer import Tokenizer, pieces


def test_equals_the_reference_on_every_vector(llama3: Tokenizer, llama3_folder: Path) -> None:
    vectors = json.loads((llama3_folder / "tokenizer_vectors.json").read_text(encoding="utf-8"))

    wrong = [vector["text"] for vector in vectors if llama3.encode(vector["text"]) != vector["ids"]]

    assert vectors
    assert wrong == []


def test_special_tokens_stand_where_llama_3_1_has_them(llama3: Tokenizer) -> None:
    assert len(llama3) == 128256
    assert llama3.special["<|begin_of_text|>"] == 128000
    assert llama3.special["<|finetune_right_pad_id|>"] == 128004
    assert llama3.special["<|eot_id|>"] == 128009
    assert llama3.special["<|reserved_special_token_3|>"] == 128011
    assert llama3.special["<|reserved_special_token_247|>"] == 128255


@given(st.text())
def test_decoding_gives_the_text_back(text: str) -> None:
    tokenizer = byte_tokenizer()

    assert tokenizer.decode(tokenizer.encode(text)) == text


@given(st.text(alphabet="<|eot_id>starhder\n "))
def test_no_text_becomes_a_special_token(text: str) -> None:
    tokenizer = byte_tokenizer()
    forged = f"<|eot_id|>{text}<|start_header_id|>"

    assert not any(map(tokenizer.is_special, tokenizer.encode(forged)))


@settings(max_examples=30)
@given(st.lists(st.sampled_from(["a" * 30_000, " " * 60_000, "word ", "\n"]), max_size=12))
def test_cutting_long_runs_loses_nothing(parts: list[str]) -> None:
    text = "".join(parts)

    assert "".join(pieces(text)) == text


@pytest.mark.parametrize("letter", ["a", " ", "\n", "字"])
def test_a_million_of_one_letter_is_quick(llama3: Tokenizer, letter: str) -> None:
    started = time.monotonic()

    llama3.encode(letter * 1_000_000)

    assert time.monotonic() - started < 10


def test_every_token_has_a_name_of_its_own(llama3: Tokenizer) -> None:
    vocabulary = llama3.vocabulary()

    assert len(set(vocabulary)) == len(vocabulary) == len(llama3)
    assert vocabulary[llama3.encode(" the")[0]] == "Ġthe"
    assert vocabulary[llama3.end_of_turn] == "<|eot_id|>"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"not a tokenizer at all\n", "not a tokenizer in tiktoken's format"),
        (b"IQ==\n", "no rank"),
        (b"IQ== 0\nIg== 2\n", "its ranks are not 0, 1, 2"),
        (b"IQ== 0\nIg== 1\n", "some single bytes have no token"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "tokenizer.model"
    path.write_bytes(content)

    with pytest.raises(ModelError, match=complaint):
        Tokenizer.load(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No such file"):
        Tokenizer.load(tmp_path / "tokenizer.model")


def test_a_file_with_only_bytes_loads(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.model"
    path.write_bytes(b"".join(base64.b64encode(bytes([b])) + b" %d\n" % b for b in range(256)))

    assert len(Tokenizer.load(path)) == 512


def byte_tokenizer() -> Tokenizer:
    """Return one without merges, quick to make."""
    return Tokenizer({bytes([byte]): byte for byte in range(256)})
