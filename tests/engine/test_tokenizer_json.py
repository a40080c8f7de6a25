"""A tokenizer is the same from `tokenizer.json` alone, and one that gives other ids is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botcore.errors import ModelError
from botcore_llama.family import Family
from botcore_llama.model_files import BUNDLED
from botcore_llama.special_tokens import special_token_names
from botcore_llama.text_stream import TextStream
from botcore_llama.tokenizer import Tokenizer, read_ranks
from botcore_llama.tokenizer_json import read_tokenizer_json
from botcore_llama.words import read_tokenizer
from tests.engine.tokenizer_files import save_tokenizer_json, tokenizer_json

BYTES = {bytes([byte]): byte for byte in range(256)}
SMALL = BYTES | {b"ab": 256, b"cd": 257, b"abcd": 258}


@pytest.fixture(scope="module")
def bundled() -> Tokenizer:
    return Tokenizer.load(BUNDLED / "tokenizer.model")


@pytest.fixture(scope="module")
def rebuilt(bundled: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    """The bundled model's tokenizer, by way of a `tokenizer.json`."""
    folder = tmp_path_factory.mktemp("tokenizer")
    save_tokenizer_json(folder / "tokenizer.json", tokenizer_json(read_ranks(BUNDLED / "tokenizer.model")))
    return read_tokenizer(folder, Family.LLAMA_3_1)


@given(st.text() | st.text("abcdef \n'<|>12", max_size=200))
def test_gives_the_same_ids(bundled: Tokenizer, rebuilt: Tokenizer, text: str) -> None:
    assert rebuilt.encode(text) == bundled.encode(text)


def test_gives_the_same_names_and_special_tokens(bundled: Tokenizer, rebuilt: Tokenizer) -> None:
    assert rebuilt.vocabulary() == bundled.vocabulary()
    assert rebuilt.special == bundled.special


def test_what_is_saved_is_metas_own_file(rebuilt: Tokenizer, tmp_path: Path) -> None:
    rebuilt.save(tmp_path / "tokenizer.model")

    assert (tmp_path / "tokenizer.model").read_bytes() == (BUNDLED / "tokenizer.model").read_bytes()


@pytest.mark.slow
def test_llama_3_itself_from_tokenizer_json_alone(llama3_folder: Path, tmp_path: Path) -> None:
    original = llama3_folder / "tokenizer.model"
    save_tokenizer_json(tmp_path / "tokenizer.json", tokenizer_json(read_ranks(original)))

    tokenizer = read_tokenizer(tmp_path, Family.LLAMA_3_1)

    vectors = json.loads((llama3_folder / "tokenizer_vectors.json").read_text(encoding="utf-8"))
    assert [v["text"] for v in vectors if tokenizer.encode(v["text"]) != v["ids"]] == []
    tokenizer.save(tmp_path / "tokenizer.model")
    assert (tmp_path / "tokenizer.model").read_bytes() == original.read_bytes()


def test_the_names_of_the_first_generation_are_its_own() -> None:
    names = special_token_names(Family.LLAMA_3)

    # As Meta-Llama-3-8B-Instruct has them on the hub.
    assert names[4] == "<|reserved_special_token_2|>"
    assert names[5] == "<|reserved_special_token_3|>"
    assert names[8] == "<|reserved_special_token_4|>"
    assert names[9] == "<|eot_id|>"
    assert names[10] == "<|reserved_special_token_5|>"
    assert names[255] == "<|reserved_special_token_250|>"
    assert Tokenizer(BYTES, names).end_tokens == [257, 265]
    assert Tokenizer(BYTES, special_token_names(Family.LLAMA_3_3)).end_tokens == [257, 264, 265]


def test_older_files_mean_the_same(tmp_path: Path) -> None:
    """They write a merge as one text, and list the special tokens in the vocabulary too."""
    content = tokenizer_json(SMALL)
    content["model"]["merges"] = [" ".join(merge) for merge in content["model"]["merges"]]
    content["model"]["vocab"] |= {added["content"]: added["id"] for added in content["added_tokens"]}

    read = read_tokenizer_json(save_tokenizer_json(tmp_path / "tokenizer.json", content))

    assert read.ranks == SMALL
    assert read.special == special_token_names()


def test_tokens_that_a_fine_tune_added_are_special(tmp_path: Path) -> None:
    names = [*special_token_names(), "<|my_mark|>"]

    read = read_tokenizer_json(save_tokenizer_json(tmp_path / "t.json", tokenizer_json(SMALL, names)))

    tokenizer = Tokenizer(read.ranks, read.special)
    assert tokenizer.special["<|my_mark|>"] == len(SMALL) + 256
    assert not any(map(tokenizer.is_special, tokenizer.encode("<|my_mark|>")))


def test_words_that_a_fine_tune_added_are_text(tmp_path: Path) -> None:
    """But what looks like a mark is made from no text, whatever the file says of it."""
    content = tokenizer_json(SMALL, [*special_token_names(), "안녕", "<tool_call>"])
    for added in content["added_tokens"][-2:]:
        added["special"] = False
    save_tokenizer_json(tmp_path / "tokenizer.json", content)

    tokenizer = read_tokenizer(tmp_path, Family.LLAMA_3_1)

    word, mark = tokenizer.special["안녕"], tokenizer.special["<tool_call>"]
    assert tokenizer.encode("안녕ab") == [word, 256]
    assert mark not in tokenizer.encode("<tool_call>")
    assert not tokenizer.is_special(word)
    assert not tokenizer.is_special(mark)
    shown = TextStream(tokenizer)
    assert shown.push(word) + shown.push(mark) + shown.push(tokenizer.end_of_turn) == "안녕<tool_call>"


def swap_two_tokens(content: dict[str, Any]) -> None:
    vocabulary = content["model"]["vocab"]
    vocabulary["ab"], vocabulary["abcd"] = vocabulary["abcd"], vocabulary["ab"]


def spell_with_a_letter_of_no_byte(content: dict[str, Any]) -> None:
    content["model"]["merges"].pop()
    content["model"]["vocab"]["字"] = content["model"]["vocab"].pop("abcd")


def rename(content: dict[str, Any], place: int, name: str) -> None:
    content["added_tokens"][place]["content"] = name


DAMAGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "its model is Unigram": lambda content: content["model"].update(type="Unigram"),
    "it changes text": lambda content: content.update(normalizer={"type": "NFC"}),
    "cuts text into words in another way": lambda content: content.update(pre_tokenizer=None),
    "has a pre-tokenizer Digits": lambda content: content.update(pre_tokenizer={"type": "Digits"}),
    "its ids are not 0, 1, 2": lambda content: content["model"]["vocab"].pop("ab"),
    "in another order than that of its ids": swap_two_tokens,
    "which are no tokens or make none": lambda content: content["model"]["merges"].append(["x", "y"]),
    "is no pair": lambda content: content["model"]["merges"].append("abc"),
    "stands for no byte": spell_with_a_letter_of_no_byte,
    "has no <|begin_of_text|>": lambda content: rename(content, 0, "<s>"),
    "has no <|eot_id|>": lambda content: rename(content, 9, "<|end|>"),
    "taught to chat in ChatML": lambda content: rename(content, 2, "<|im_start|>"),
    "is damaged: KeyError at 'vocab'": lambda content: content["model"].pop("vocab"),
    "is damaged: TypeError": lambda content: content["model"].update(merges=5),
}


@pytest.mark.parametrize("complaint", DAMAGES)
def test_another_tokenizer_is_refused(tmp_path: Path, complaint: str) -> None:
    content = deepcopy(tokenizer_json(SMALL))
    DAMAGES[complaint](content)
    path = save_tokenizer_json(tmp_path / "tokenizer.json", content)

    with pytest.raises(ModelError, match=complaint.replace("|", r"\|")) as told:
        read_tokenizer_json(path)

    assert str(path) in str(told.value)


@pytest.mark.parametrize("text", ["{", "[]", "[" * 100_000, ""])
def test_a_damaged_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(text)

    with pytest.raises(ModelError, match="is damaged"):
        read_tokenizer_json(path)


def test_two_files_that_disagree_are_refused(tmp_path: Path) -> None:
    save_tokenizer_json(tmp_path / "tokenizer.json", tokenizer_json(SMALL))
    Tokenizer(BYTES).save(tmp_path / "tokenizer.model")

    with pytest.raises(ModelError, match="are of different models"):
        read_tokenizer(tmp_path, Family.LLAMA_3_1)


def test_two_files_that_agree_are_one_tokenizer(tmp_path: Path) -> None:
    save_tokenizer_json(
        tmp_path / "tokenizer.json", tokenizer_json(SMALL, special_token_names(Family.LLAMA_3))
    )
    Tokenizer(SMALL).save(tmp_path / "tokenizer.model")

    assert read_tokenizer(tmp_path, Family.LLAMA_3_1).python_tag is None
