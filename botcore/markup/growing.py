"""A text that is still being written, with what is open at its end closed, so that it looks decent."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_LONGEST_STYLE = 500  # characters; a sign that was opened further back was none
_SIGNS = {ord("*"): "*", ord("_"): "_", ord("~"): "~~", ord("|"): "||"}
# What only begins a block so far, and would be taken for another one: `-` below a line makes it a title.
_BLOCK_START = re.compile(r"[ \t>]*(?:[-+*#=~`:|]{1,6}|[0-9]{1,3}[.)]?)?")
_HALVES_OF_SIGNS = "*_~|`\\"
_HALF_A_LINK = re.compile(r"\[([^\[\]\n]+)\]\((?:<?[^\s()<>]*)\Z")
_HALF_AN_ADDRESS = re.compile(r"<(?:(https?://[^\s<>]+)|h?|ht|http?|https?:?/{0,2})\Z")
_TICKS = re.compile(r"`+(?=[^\s`])")
_ROW = re.compile(r"\|.*[^\s|].*")
_RULER = re.compile(r"[|:\- ]+")


def note_what_is_open(parser: MarkdownIt) -> None:
    """Let a parser put into its environment, if that has "open", the signs that the last text leaves open."""
    parser.inline.ruler2.before("strikethrough", "note_what_is_open", _note)


def close_open(text: str, tokens: Sequence[Token], signs: str, parser: MarkdownIt) -> str:
    """Return Markdown that is still being written as if it ended here.

    `tokens` and `signs`: what the parser made of it, and what it left as open.
    """
    last = next(
        (token for token in reversed(tokens) if token.type in ("inline", "fence", "code_block")), None
    )
    if last is None or last.type != "inline":
        return _without_half_a_fence(text)
    shorter = _without_what_only_begins(text)
    shorter = _HALF_A_LINK.sub(_label, shorter)
    shorter = _HALF_AN_ADDRESS.sub(lambda address: address[1] or "", shorter)
    if shorter != text:
        found = {"open": ""}
        parser.parse(shorter, found)
        signs = found["open"]
    return _with_its_ruler(shorter.rstrip() + signs if signs else shorter)


def _without_half_a_fence(text: str) -> str:
    return re.sub(r"\n[ \t>]*[`~]{1,2}\Z", "", text)


def _without_what_only_begins(text: str) -> str:
    before, _, last = text.rstrip(_HALVES_OF_SIGNS).rpartition("\n")
    last = last.rstrip()
    shorter = before if _BLOCK_START.fullmatch(last) else f"{before}\n{last}" if before else last
    return shorter if shorter.strip() else text


def _label(link: re.Match[str]) -> str:
    return f"[{link[1]}]" if link[1].isdigit() else link[1]


def _with_its_ruler(text: str) -> str:
    """Make a table of what begins one."""
    before, _, last = text.rpartition("\n")
    above, _, header = before.rpartition("\n")
    if _ROW.fullmatch(header) and not _RULER.fullmatch(header) and _RULER.fullmatch(last):
        return f"{above}\n{header}\n{_ruler(header)}"
    if _ROW.fullmatch(last) and not header.startswith("|"):
        return f"{before}\n\n{last}\n{_ruler(last)}"
    return text


def _ruler(header: str) -> str:
    columns = len(re.findall(r"(?<!\\)\|", header.rstrip().removesuffix("|")))
    return "|" + "---|" * columns


def _note(state: StateInline) -> None:
    """Note the signs that would close what is open, in their order."""
    if "open" not in state.env or not state.src:
        return  # nobody asks, or it is a cell that was not begun
    first = _first_near(state.tokens)
    code_at, ticks = _open_code(state.tokens, first)
    signs = [
        _SIGNS[delimiter.marker]
        for delimiter in state.delimiters
        if delimiter.open and delimiter.end == -1 and first <= delimiter.token < code_at
    ]
    state.env["open"] = ticks + "".join(reversed(signs))


def _first_near(tokens: Sequence[Token]) -> int:
    """Return from where on the end is so near that a sign may still be closed."""
    length = 0
    for place in range(len(tokens) - 1, -1, -1):
        length += len(tokens[place].content)
        if length > _LONGEST_STYLE:
            return place + 1
    return 0


def _open_code(tokens: Sequence[Token], first: int) -> tuple[int, str]:
    """Return where code was begun that nothing ends, and the ticks that would."""
    for place in range(len(tokens) - 1, first - 1, -1):
        ticks = list(_TICKS.finditer(tokens[place].content)) if tokens[place].type == "text" else []
        if ticks:
            return place, ticks[-1][0]
    return len(tokens), ""
