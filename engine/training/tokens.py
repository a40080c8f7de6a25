"""Llama 3's special tokens and prompt format over our own ranks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tiktoken

from training import bpe
from training.talk.tasks import Conversation

# The names of Llama 3.1, in the order of their ids.
_NAMED = (
    "begin_of_text",
    "end_of_text",
    "reserved_special_token_0",
    "reserved_special_token_1",
    "finetune_right_pad_id",
    "reserved_special_token_2",
    "start_header_id",
    "end_header_id",
    "eom_id",
    "eot_id",
    "python_tag",
)
SPECIAL = tuple(f"<|{name}|>" for name in (*_NAMED, *(f"reserved_special_token_{n}" for n in range(3, 248))))


@dataclass(frozen=True, slots=True)
class Document:
    """The ids of one conversation, how long its system part is, and which ids are learned."""

    ids: list[int]
    head: int
    learned: list[bool]


class Tokens:
    """Encodes conversations from ids, so that no text can become a special token."""

    def __init__(self, path: Path) -> None:
        ranks = bpe.read(path)
        self.first_special = len(ranks)
        self.special = {name: len(ranks) + n for n, name in enumerate(SPECIAL)}
        self.encoding = tiktoken.Encoding(
            "botcore-demo", pat_str=bpe.PATTERN, mergeable_ranks=ranks, special_tokens=self.special
        )

    @property
    def size(self) -> int:
        return self.first_special + len(SPECIAL)

    def text(self, text: str) -> list[int]:
        return self.encoding.encode_ordinary(text)

    def header(self, role: str) -> list[int]:
        return [
            self.special["<|start_header_id|>"],
            *self.text(role),
            self.special["<|end_header_id|>"],
            *self.text("\n\n"),
        ]

    def document(self, conversation: Conversation) -> Document:
        """The whole conversation; learned are the answers with their end."""
        end = self.special["<|eot_id|>"]
        ids = [self.special["<|begin_of_text|>"]]
        if conversation.system:
            ids += [*self.header("system"), *self.text(conversation.system), end]
        head, learned, answers = len(ids), [False] * len(ids), 0
        for role, text in conversation.turns:
            opening, body = self.header(role), [*self.text(text.strip()), end]
            answers += role == "assistant"
            counts = role == "assistant" and answers > conversation.unlearned
            ids += opening + body
            learned += [False] * len(opening) + [counts] * len(body)
        return Document(ids, head, learned)
