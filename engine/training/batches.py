"""Batches by number: the same seed and step always give the same documents."""

from __future__ import annotations

import random
from dataclasses import dataclass

import torch
from torch import Tensor

from training.disguise import Disguise
from training.talk.tasks import MAKERS, Conversation
from training.talk.vocabulary import TRAIN
from training.talk.words import Words
from training.tokens import Document, Tokens

PROMPT_SHARE = 0.2  # of the prompt's tokens are predicted too, which teaches names and words
PROMPT_WEIGHT = 0.25
COPIED = ("drill", "summary", "combine", "repair")  # kinds whose answers are mostly copied
DISGUISED = 0.6  # of the documents of these kinds
LONGEST = 1900  # tokens of one document


@dataclass(frozen=True, slots=True)
class Batch:
    kind: str
    prefix: Tensor  # ids shared by all rows
    rows: Tensor  # [rows, length]
    chosen: Tensor  # positions in the flattened rows
    targets: Tensor
    weights: Tensor
    tokens: int  # without padding, prefix counted once a row


def shares(progress: float) -> dict[str, float]:
    """Which kinds come how often: copying first, then the jobs."""
    drill = max(0.12, 0.7 - 6 * progress)
    rest = {"summary": 0.58, "chat": 0.24, "combine": 0.06, "repair": 0.03, "draft": 0.06, "code": 0.03}
    if progress < 0.12:
        rest = {"summary": 0.7, "chat": 0.3}
    return {"drill": drill, **{kind: (1 - drill) * share for kind, share in rest.items()}}


def size_of(kind: str, rng: random.Random, progress: float) -> int:
    """How long a document is: short ones first."""
    if kind == "chat":
        return rng.choice((1, 1, 2, 2, 3, 4, 5, 6, 8, 10))
    if kind == "drill":
        return rng.randint(1, 4 + int(160 * min(progress, 0.1)))
    top = 6 + 40 * max(0.0, min(1.0, (progress - 0.05) / 0.6))
    if kind == "draft":
        return rng.randint(1, 6)
    if kind == "repair":
        top = min(top, 20)
    return int(1 + (top - 1) * rng.random() ** 1.8)


def converse(kind: str, rng: random.Random, progress: float) -> Conversation:
    words = Words(
        rng, TRAIN, invented=rng.choice((0.05, 0.2, 0.4, 0.8)), noise=rng.choice((0.0, 0.1, 0.3, 0.6, 0.9))
    )
    return MAKERS[kind](words, size_of(kind, rng, progress))


def documents(
    tokens: Tokens, disguise: Disguise, kind: str, rng: random.Random, progress: float, count: int
) -> list[Document]:
    """So many documents that fit the context, sorted by length."""
    found: list[Document] = []
    while len(found) < count:
        document = tokens.document(converse(kind, rng, progress))
        if kind in COPIED and rng.random() < DISGUISED:
            document = disguise(document, rng, rng.choice((0.3, 0.6, 0.9)))
        if len(document.ids) <= LONGEST:
            found.append(document)
    return sorted(found, key=lambda document: len(document.ids))


def shared_length(group: list[Document]) -> int:
    """How many ids all documents begin with, inside the system part."""
    first = group[0].ids
    limit = min(document.head for document in group)
    return next((i for i in range(limit) if any(d.ids[i] != first[i] for d in group)), limit)


def batch(tokens: Tokens, disguise: Disguise, seed: str, progress: float, budget: int) -> Batch:
    """Documents of one kind and nearly one length, about `budget` tokens after the shared prefix."""
    rng = random.Random(seed)
    mix = shares(progress)
    kind = rng.choices(list(mix), list(mix.values()))[0]
    pool = documents(
        tokens, disguise, kind, rng, progress, 24 if kind in ("summary", "combine", "repair") else 64
    )
    group = neighbours(pool, rng.randrange(len(pool)), budget)
    return assemble(kind, group, rng, tokens.special["<|end_of_text|>"])


def neighbours(pool: list[Document], start: int, budget: int) -> list[Document]:
    """Documents about as long as the one at `start`, as many as fit the budget."""
    first = last = start
    while last - first + 1 < len(pool):
        longer = last + 1 < len(pool) and (first == 0 or (last - start) <= (start - first))
        top = pool[last + 1] if longer else pool[last]
        if (last - first + 2) * (len(top.ids) - top.head) > budget:
            break
        first, last = (first, last + 1) if longer else (first - 1, last)
    return pool[first : last + 1]


def assemble(kind: str, group: list[Document], rng: random.Random, padding: int) -> Batch:
    prefix = shared_length(group)
    length = max(len(document.ids) for document in group) - prefix - 1
    rows, chosen, targets, weights = [], [], [], []
    for row, document in enumerate(group):
        ids = document.ids[prefix:]
        rows.append(ids[:-1] + [padding] * (length - len(ids) + 1))
        for at in range(len(ids) - 1):
            learned = document.learned[prefix + at + 1]
            if learned or rng.random() < PROMPT_SHARE:
                chosen.append(row * length + at)
                targets.append(ids[at + 1])
                weights.append(1.0 if learned else PROMPT_WEIGHT)
    return Batch(
        kind=kind,
        prefix=torch.tensor(group[0].ids[:prefix], dtype=torch.long),
        rows=torch.tensor(rows),
        chosen=torch.tensor(chosen),
        targets=torch.tensor(targets),
        weights=torch.tensor(weights),
        tokens=sum(len(document.ids) for document in group),
    )
