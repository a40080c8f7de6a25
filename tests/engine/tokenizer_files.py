"""A `tokenizer.json` as Hugging Face makes it from tiktoken's ranks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from botcore_llama.special_tokens import special_token_names
from botcore_llama.tokenizer import PATTERN, byte_letters

# How the special tokens stand in Meta's own files.
ADDED = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}


def tokenizer_json(ranks: Mapping[bytes, int], special: Sequence[str] | None = None) -> dict[str, Any]:
    """Return its content: every way to make a token of two others is a merge, by the rank of the result."""
    names = special_token_names() if special is None else special
    letters = byte_letters()
    spelled = {token: "".join(letters[byte] for byte in token) for token in ranks}
    merges: list[list[str]] = []
    for token in sorted(ranks, key=ranks.__getitem__):
        pairs = [(token[:cut], token[cut:]) for cut in range(1, len(token))]
        known = [pair for pair in pairs if pair[0] in ranks and pair[1] in ranks]
        known.sort(key=lambda pair: (ranks[pair[0]], ranks[pair[1]]))
        merges += ([spelled[left], spelled[right]] for left, right in known)
    return {
        "version": "1.0",
        "added_tokens": [
            {"id": len(ranks) + place, "content": name, **ADDED} for place, name in enumerate(names)
        ],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": PATTERN}, "behavior": "Isolated", "invert": False},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
            ],
        },
        "model": {
            "type": "BPE",
            "ignore_merges": True,
            "vocab": {spelled[token]: rank for token, rank in ranks.items()},
            "merges": merges,
        },
    }


def save_tokenizer_json(path: Path, content: Mapping[str, Any]) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path
