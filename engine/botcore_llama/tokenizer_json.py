"""A tokenizer from Hugging Face's `tokenizer.json` alone.

That file spells tokens in GPT-2's letters for bytes and lists the merges that make them. Llama 3's was
made from tiktoken's ranks: an ordinary token's id is its rank, and the merges stand in the order of the
tokens they make. So the ranks can be read off, and the merges show that nothing was reordered.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botcore.errors import ModelError
from botcore_llama.special_tokens import check_names
from botcore_llama.tokenizer import PATTERN, byte_letters, check_ranks

FIRST_SPECIAL = "<|begin_of_text|>"
Merge = str | Sequence[str]  # "a b" in older files, ["a", "b"] in newer ones


@dataclass(frozen=True, slots=True)
class TokenizerJson:
    """What `tokenizer.json` says."""

    ranks: dict[bytes, int]  # of the ordinary tokens, from 0 without a gap
    special: list[str]  # the names of those behind them, in the order of their ids
    text: list[str]  # which of these are text all the same: words that a fine-tune added


def read_tokenizer_json(path: Path) -> TokenizerJson:
    """Read a `tokenizer.json`; refuse one that gives other ids than Llama 3's way with the same tokens."""
    data = _load(path)
    try:
        _check_pipeline(data)
        tokens = _tokens(data)
        first = tokens.get(FIRST_SPECIAL, len(tokens))
        names = _behind(tokens, first)
        check_names(names, str(path))
        ordinary = {token: number for token, number in tokens.items() if number < first}
        _check_merges(data["model"], ordinary)
        ranks = _ranks(ordinary)
        text = set(_text_tokens(data))
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{path} is damaged: {type(error).__name__} at {error}. Get the file again."
        ) from error
    except ValueError as error:
        raise ModelError(
            f"{path} does not fit Llama 3: {error}. Get the model's own tokenizer.json or its "
            "original tokenizer.model."
        ) from error
    check_ranks(ranks, path)
    return TokenizerJson(ranks, names, [name for name in names if name in text])


def _load(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise ModelError(f"The tokenizer {path} can't be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} is damaged or cut off ({error}). Get the file again.") from error
    if not isinstance(data, dict):
        raise ModelError(f"{path} is damaged: it holds no tokenizer. Get the file again.")
    return data


def _check_pipeline(data: Mapping[str, Any]) -> None:
    """Whatever changes a text before the merges must be what Llama 3 does."""
    kind = data["model"].get("type", "BPE")
    if kind != "BPE":
        raise ValueError(f"its model is {kind}, not BPE")
    if data.get("normalizer"):
        raise ValueError("it changes text before encoding it")
    step = data.get("pre_tokenizer")
    if not step or list(_splits(step)) != [PATTERN]:
        raise ValueError("it cuts text into words in another way")


def _splits(step: Mapping[str, Any]) -> Iterator[str]:
    """Yield the patterns by which a pre-tokenizer cuts."""
    kind = step.get("type")
    if kind == "Sequence":
        for part in step["pretokenizers"]:
            yield from _splits(part)
    elif kind == "Split":
        # To keep what matches apart, or to drop what lies between the matches: with a pattern that
        # matches everything both are the same.
        if (step.get("behavior"), bool(step.get("invert"))) not in (("Isolated", False), ("Removed", True)):
            raise ValueError(f"it splits by {step.get('behavior')}")
        yield step["pattern"]["Regex"]
    elif kind != "ByteLevel" or step.get("add_prefix_space") or step.get("use_regex"):
        raise ValueError(f"it has a pre-tokenizer {kind} that Llama 3 has not")


def _tokens(data: Mapping[str, Any]) -> dict[str, int]:
    """Return all tokens under their names in the file; the special ones may stand in both lists."""
    tokens: dict[str, int] = dict(data["model"]["vocab"])
    tokens |= {added["content"]: added["id"] for added in data.get("added_tokens") or ()}
    if sorted(tokens.values()) != list(range(len(tokens))):
        raise ValueError("its ids are not 0, 1, 2 …")
    return tokens


def _text_tokens(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield added tokens that are not said to be special, nor look like those of Llama 3."""
    for added in data.get("added_tokens") or ():
        if not added.get("special") and not added["content"].startswith("<|"):
            yield added["content"]


def _behind(tokens: Mapping[str, int], first: int) -> list[str]:
    return sorted((token for token, number in tokens.items() if number >= first), key=tokens.__getitem__)


def _check_merges(model: Mapping[str, Any], ordinary: Mapping[str, int]) -> None:
    """See that the merges make these tokens in the order of their ids."""
    last = -1
    for left, right in map(_pair, model["merges"]):
        made = ordinary.get(left + right, -1)
        if left not in ordinary or right not in ordinary or made < 0:
            raise ValueError(f"it merges {left!r} and {right!r}, which are no tokens or make none")
        if made < last:
            raise ValueError(f"it merges {left!r} and {right!r} in another order than that of its ids")
        last = made


def _pair(merge: Merge) -> tuple[str, str]:
    parts = merge.split(" ") if isinstance(merge, str) else merge
    if len(parts) != 2:
        raise ValueError(f"its merge {merge!r} is no pair")
    return parts[0], parts[1]


def _ranks(ordinary: Mapping[str, int]) -> dict[bytes, int]:
    values = {letter: byte for byte, letter in enumerate(byte_letters())}
    try:
        return {bytes(map(values.__getitem__, token)): number for token, number in ordinary.items()}
    except KeyError as error:
        raise ValueError(f"{error} in a token stands for no byte") from error
