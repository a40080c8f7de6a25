"""The tree that Markdown is parsed into: what an adapter renders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """Characters as they are shown. No line break, and no markup whatever they look like."""

    text: str


@dataclass(frozen=True, slots=True)
class Emphasis:
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Strong:
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Strike:
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Spoiler:
    """Hidden until the reader asks to see it: ``||text||``."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class InlineCode:
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere. Never empty, and never a link within a link."""

    children: tuple[Inline, ...]
    url: str  # http, https or mailto; percent-encoded


@dataclass(frozen=True, slots=True)
class Mention:
    """``@name`` in a text. It is shown as text and calls nobody: whoever renders it sees to that."""

    name: str  # without the @


@dataclass(frozen=True, slots=True)
class Citation:
    """``[3]``, or ``[3](url)``: where something was said. Shown with its brackets."""

    number: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class LineBreak:
    """A new line within a paragraph. In a chat people mean the ones they write."""


Inline: TypeAlias = (
    Text | Emphasis | Strong | Strike | Spoiler | InlineCode | Link | Mention | Citation | LineBreak
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A title of one line."""

    level: int  # 1 to 6
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A point of a list; it may hold several blocks, lists too, or nothing."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class List:
    items: tuple[Item, ...]
    start: int | None = None  # the first number; None: bullets


@dataclass(frozen=True, slots=True)
class Quote:
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A block of code."""

    text: str  # without the last line's break
    language: str = ""  # as it was written behind the fence, often empty
    title: str = ""  # what else stood there, often a file's name


Cell: TypeAlias = tuple[Inline, ...]
Align: TypeAlias = Literal["", "left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Table:
    """Its rows have as many cells as its header."""

    header: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    align: tuple[Align, ...]  # of the columns


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the page."""


Block: TypeAlias = Paragraph | Heading | List | Quote | Code | Table | Rule
Document: TypeAlias = tuple[Block, ...]
