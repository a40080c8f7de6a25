"""Text to token ids and back, from a `tokenizer.model` in tiktoken's file format.

The ranks come first, then the special tokens of the model's family. Ordinary text never becomes a
special token, whatever it looks like: those are put into a prompt by id only, see `chat_format.py`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import tiktoken

from botcore.errors import ModelError
from botcore_llama.special_tokens import special_token_names

PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)

# What a fine-tune may call a mark of its own, though it says that it is text.
MARK = re.compile(r"\s*[<\[].*[>\]]\s*", re.DOTALL)

# Text is cut before it is encoded, as Meta's reference does it: what the pattern can't split would
# otherwise cost time that grows with the square of its length.
CHUNK_CHARACTERS = 400_000
RUN_CHARACTERS = 25_000


class Tokenizer:
    """The tokenizer of one model."""

    def __init__(
        self, ranks: dict[bytes, int], special: Sequence[str] | None = None, text: Collection[str] = ()
    ) -> None:
        """`ranks`: every ordinary token with its id, counted from 0 without a gap.

        `special`: the names of the tokens behind them; without it, those of Llama 3.1 and later.
        `text`: which of these are shown like any text, as words are that a fine-tune added. They are
        made from text as well, but for those that look like marks.
        """
        self.ordinary = len(ranks)
        names = special_token_names() if special is None else special
        self.special = {name: self.ordinary + index for index, name in enumerate(names)}
        self.text = sorted(text)
        self._shown = frozenset(self.special[name] for name in text)
        self._words = {name for name in text if not MARK.fullmatch(name)}
        self._ranks = ranks
        self._encoding = tiktoken.Encoding(
            "llama3", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens=self.special
        )
        self.begin_of_text = self.special["<|begin_of_text|>"]
        self.end_of_text = self.special["<|end_of_text|>"]
        self.start_header = self.special["<|start_header_id|>"]
        self.end_header = self.special["<|end_header_id|>"]
        self.end_of_turn = self.special["<|eot_id|>"]
        # Since Llama 3.1: a message that awaits a tool's result ends otherwise, and code is marked.
        self.end_of_message = self.special.get("<|eom_id|>")
        self.python_tag = self.special.get("<|python_tag|>")

    @classmethod
    def load(cls, path: Path, special: Sequence[str] | None = None) -> Tokenizer:
        return cls(read_ranks(path), special)

    def save(self, path: Path) -> None:
        """Write the ordinary tokens as Meta publishes them."""
        tokens = sorted(self._ranks, key=self._ranks.__getitem__)
        lines = (base64.b64encode(token) + b" %d\n" % rank for rank, token in enumerate(tokens))
        path.write_bytes(b"".join(lines))

    def __len__(self) -> int:
        """Count all tokens, the special ones too."""
        return self._encoding.n_vocab

    def same_text_tokens(self, ranks: Mapping[bytes, int]) -> bool:
        """Whether these ordinary tokens are this tokenizer's."""
        return self._ranks == ranks

    @property
    def end_tokens(self) -> list[int]:
        """The ids that end an answer, in every model of the family."""
        ends = (self.end_of_text, self.end_of_message, self.end_of_turn)
        return [token for token in ends if token is not None]

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text; none of them is special."""
        ids: list[int] = []
        for piece in pieces(text):
            ids.extend(self._encoding.encode(piece, allowed_special=self._words, disallowed_special=()))
        return ids

    def token_bytes(self, token: int) -> bytes:
        """Return what one token stands for, which need not be whole characters."""
        return self._encoding.decode_single_token_bytes(token)

    def decode(self, ids: Sequence[int]) -> str:
        return self._encoding.decode(ids)

    def is_special(self, token: int) -> bool:
        return token >= self.ordinary and token not in self._shown

    def vocabulary(self) -> list[str]:
        """Return every token under a printable name of its own, in the order of the ids."""
        letters = dict(enumerate(byte_letters()))
        spelled = (self.token_bytes(token).decode("latin-1") for token in range(self.ordinary))
        names = [token.translate(letters) for token in spelled]
        return [*names, *self.special]


def byte_letters() -> list[str]:
    """Return a printable letter for every byte, those of GPT-2 that vocabularies are written in."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    return [chr(byte if byte in printable else next(others)) for byte in range(256)]


def pieces(text: str) -> Iterator[str]:
    """Cut a text where Meta's reference cuts it; ordinary text stays whole."""
    for start in range(0, len(text), CHUNK_CHARACTERS):
        chunk = text[start : start + CHUNK_CHARACTERS]
        if len(chunk) <= RUN_CHARACTERS:
            yield chunk
        else:
            yield from _cut_runs(chunk)


def _cut_runs(text: str) -> Iterator[str]:
    """Cut after 25,000 characters in a row that are all whitespace or all not."""
    start = end = 0
    for _, run in groupby(text, str.isspace):
        length = sum(1 for _ in run)
        while length > RUN_CHARACTERS:
            yield text[start : end + RUN_CHARACTERS]
            start = end = end + RUN_CHARACTERS
            length -= RUN_CHARACTERS
        end += length
    yield text[start:end]


def read_ranks(path: Path) -> dict[bytes, int]:
    """Read a tiktoken file: a token in base64 and its rank on each line."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise ModelError(f"The tokenizer {path} can't be read: {error.strerror}.") from error
    try:
        ranks = dict(_parse(line) for line in lines if line)
    except ValueError as error:
        raise ModelError(
            f"{path} is not a tokenizer in tiktoken's format ({error}). "
            "Get the model's original tokenizer.model."
        ) from error
    check_ranks(ranks, path)
    return ranks


def _parse(line: bytes) -> tuple[bytes, int]:
    token, separator, rank = line.partition(b" ")
    if not separator:
        raise ValueError(f"no rank in {line[:40]!r}")
    try:
        return base64.b64decode(token, validate=True), int(rank)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"{line[:40]!r}: {error}") from error


def check_ranks(ranks: Mapping[bytes, int], path: Path) -> None:
    """Refuse ordinary tokens with which not every text can be written."""
    if sorted(ranks.values()) != list(range(len(ranks))):
        raise ModelError(f"{path} is damaged: its ranks are not 0, 1, 2 … Get the file again.")
    if not _has_every_byte(ranks):
        raise ModelError(f"{path} is damaged: some single bytes have no token. Get the file again.")


def _has_every_byte(ranks: Iterable[bytes]) -> bool:
    return {token for token in ranks if len(token) == 1} == {bytes([byte]) for byte in range(256)}
