"""Markdown as lines of styled text, for a terminal of a given width."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich import markdown as rich_markdown
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderResult
from rich.segment import Segment
from rich.syntax import Syntax
from rich.text import Text

from botcore_terminal.sanitize import clean

Line = list[Segment]

_NARROWEST = 8  # columns that a text needs
_INDENT = 4  # columns that a list or a quote takes at most, per level
_DEEPEST = 40  # levels, further in the parser looks at nothing


def finished_length(text: str) -> int:
    """Return how many characters belong to blocks that further text can't change any more."""
    lines = text.split("\n")[:-1]  # an open line may still become anything
    starts = [token.map[0] for token in _parser().parse("\n".join(lines)) if token.level == 0 and token.map]
    return sum(len(line) + 1 for line in lines[: starts[-1]]) if starts else 0


def render(console: Console, text: str, width: int) -> list[Line]:
    """Return the lines that show this Markdown, which is clean."""
    width = max(width, _NARROWEST)
    options = console.options.update(width=width, height=None)
    lines: list[Line] = []
    for block in _blocks(_parser().parse(text)):
        shown = _Markdown(block) if _has_room(block, width) else Text(_source(block, text))
        block_lines = [_harmless(line) for line in console.render_lines(shown, options, pad=False)]
        lines += [[], *_without_blank_ends(block_lines)]
    return _without_blank_ends(lines)


def _blocks(tokens: list[Token]) -> Iterator[list[Token]]:
    """Cut a document into its outermost blocks."""
    block: list[Token] = []
    for token in tokens:
        block.append(token)
        if token.level == 0 and token.nesting <= 0:
            yield block
            block = []


def _source(block: list[Token], text: str) -> str:
    first, end = block[0].map or (0, None)
    return "\n".join(text.split("\n")[first:end])


def _parser() -> MarkdownIt:
    # HTML and definitions of links ([1]: https://…, a source) would be swallowed, and an image has no place
    # here: all are shown as they were written.
    options = {"html": False, "maxNesting": _DEEPEST}
    return (
        MarkdownIt("commonmark", options).enable(["strikethrough", "table"]).disable(["image", "reference"])
    )


def _has_room(tokens: list[Token], width: int) -> bool:
    """Tell whether nested lists and quotes leave room for their text, which would be dropped otherwise."""
    deepest = max((token.level for token in tokens if token.nesting == 1), default=0)
    return width - deepest * _INDENT >= _NARROWEST and deepest < _DEEPEST - 4


def _harmless(line: Line) -> Line:
    """Let nothing pass that the parser or the renderer made of clean text, and drop trailing blanks."""
    segments = [
        Segment(clean(segment.text).replace("\n", " ").replace("\t", " "), segment.style)
        for segment in line
        if not segment.control
    ]
    while segments and not segments[-1].text.strip():
        segments.pop()
    if segments:
        last = segments.pop()
        segments.append(Segment(last.text.rstrip(), last.style))
    return segments


def _without_blank_ends(lines: list[Line]) -> list[Line]:
    filled = [number for number, line in enumerate(lines) if line]
    return lines[filled[0] : filled[-1] + 1] if filled else []


class _Heading(rich_markdown.Heading):
    """On the left like everything else: a chat is no page."""

    LEVEL_ALIGN: ClassVar[dict[str, JustifyMethod]] = {}


class _CodeBlock(rich_markdown.CodeBlock):
    """In the terminal's own colours, which suit light and dark ones."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = str(self.text).rstrip()
        yield Syntax(code, self.lexer_name, theme="ansi_dark", word_wrap=True, padding=(0, 2))


class _Markdown(rich_markdown.Markdown):
    elements: ClassVar[dict[str, type[rich_markdown.MarkdownElement]]] = {
        **rich_markdown.Markdown.elements,
        "heading_open": _Heading,
        "fence": _CodeBlock,
        "code_block": _CodeBlock,
    }

    def __init__(self, tokens: list[Token]) -> None:
        # A link shows where it leads: a hidden target invites deceit.
        super().__init__("", hyperlinks=False)
        self.parsed = tokens
        for token in tokens:
            for child in token.children or []:
                child.content = clean(child.content)  # an entity may stand for anything
                if child.type == "softbreak":  # in a chat people mean the line breaks they write
                    child.type = "hardbreak"
