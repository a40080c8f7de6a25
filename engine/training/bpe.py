"""A byte-level BPE trainer that writes tiktoken's file format."""

from __future__ import annotations

import base64
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import regex  # type: ignore[import-untyped]

# Llama 3's pre-tokenization.
PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)

Pair = tuple[bytes, bytes]


def learn(texts: Iterable[str], size: int) -> list[bytes]:
    """All single bytes first, then the most frequent merges, ties broken by their bytes."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(set(regex.findall(PATTERN, text)))  # once a text: made-up words repeat within one
    words = [([bytes([b]) for b in word.encode()], count) for word, count in sorted(counts.items())]
    pairs: Counter[Pair] = Counter()
    where: dict[Pair, set[int]] = defaultdict(set)
    for index, (parts, count) in enumerate(words):
        _tally(parts, count, index, pairs, where)
    ranks = [bytes([b]) for b in range(256)]
    while len(ranks) < size:
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        ranks.append(best[0] + best[1])
        for index in sorted(where[best]):
            parts, count = words[index]
            _tally(parts, -count, index, pairs, where)
            words[index] = (_merge(parts, best), count)
            _tally(words[index][0], count, index, pairs, where)
        del pairs[best]
    return ranks


def _tally(
    parts: list[bytes], count: int, index: int, pairs: Counter[Pair], where: dict[Pair, set[int]]
) -> None:
    for pair in pairwise(parts):
        pairs[pair] += count
        where[pair].add(index)


def _merge(parts: list[bytes], pair: Pair) -> list[bytes]:
    merged: list[bytes] = []
    for part in parts:
        if merged and (merged[-1], part) == pair:
            merged[-1] += part
        else:
            merged.append(part)
    return merged


def write(ranks: list[bytes], path: Path) -> None:
    """One line a rank: the token in base64, a blank, the rank."""
    lines = (f"{base64.b64encode(token).decode()} {rank}\n" for rank, token in enumerate(ranks))
    path.write_text("".join(lines), encoding="ascii")


def read(path: Path) -> dict[bytes, int]:
    """The ranks of such a file."""
    pairs = (line.split() for line in path.read_text(encoding="ascii").splitlines())
    return {base64.b64decode(token): int(rank) for token, rank in pairs}
