"""Markdown as lines of styled text, for a terminal of a given width."""

from __future__ import annotations

from typing import ClassVar

from markdown_it import MarkdownIt
from rich import markdown as rich_markdown
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderResult
from rich.segment import Segment
from rich.syntax import Syntax

from botcore_terminal.sanitize import clean

Line = list[Segment]

_NARROWEST = 8  # below that, tables and nested lists have no room to be laid out


def finished_length(text: str) -> int:
    """Return how many characters belong to blocks that further text can't change any more."""
    starts = [token.map[0] for token in _parser().parse(text) if token.level == 0 and token.map]
    if not starts:
        return 0
    return sum(len(line) + 1 for line in text.split("\n")[: starts[-1]])


def render(console: Console, text: str, width: int) -> list[Line]:
    """Return the lines that show this Markdown."""
    options = console.options.update(width=max(width, _NARROWEST), height=None)
    lines = console.render_lines(_Markdown(text), options, pad=False)
    return _without_blank_ends([_harmless(line) for line in lines])


def _parser() -> MarkdownIt:
    # HTML would be swallowed and an image has no place here: both are shown as they were written.
    return MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"]).disable("image")


def _harmless(line: Line) -> Line:
    """Clean what the parser itself made, from a numeric entity for example, and drop trailing blanks."""
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

    def __init__(self, text: str) -> None:
        # A link shows where it leads: a hidden target invites deceit.
        super().__init__("", hyperlinks=False)
        self.parsed = _parser().parse(text)
        for token in self.parsed:
            for child in token.children or []:
                if child.type == "softbreak":  # in a chat people mean the line breaks they write
                    child.type = "hardbreak"
