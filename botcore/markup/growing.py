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
_BLOCK_START = re.compile(r"(?:\A|\n)[ \t>]*(?:[-+*#=~`:|]{1,6}|[0-9]{1,3}[.)]?)?[ \t]*\Z")
_HALF_A_SIGN = re.compile(r"(?<!\\)[*_~|`\\]+\Z")
_HALF_A_LINK = re.compile(r"\[([^\[\]\n]+)\]\((?:<?[^\s()<>]*)\Z")
_HALF_AN_ADDRESS = re.compile(r"<(?:(https?://[^\s<>]+)|h?|ht|http?|https?:?/{0,2})\Z")
_ROW = re.compile(r"\|.*[^\s|].*")
_RULER = re.compile(r"[|:\- ]+")


def note_what_is_open(parser: MarkdownIt) -> None:
    """Let a parser leave in its environment, under "open", the signs that the last text does not close."""
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
        found: dict[str, str] = {}
        parser.parse(shorter, found)
        signs = found.get("open", "")
    return _with_its_ruler(shorter.rstrip() + signs if signs else shorter)


def _without_half_a_fence(text: str) -> str:
    return re.sub(r"\n[ \t>]*[`~]{1,2}\Z", "", text)


def _without_what_only_begins(text: str) -> str:
    shorter = _BLOCK_START.sub("", _HALF_A_SIGN.sub("", text))
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
    if not state.src:
        return  # a cell that was not begun
    code_at, ticks = _open_code(state.tokens)
    signs = [
        _SIGNS[delimiter.marker]
        for delimiter in state.delimiters
        if delimiter.open
        and delimiter.end == -1
        and delimiter.token < code_at
        and _is_near(state.tokens[delimiter.token :])
    ]
    state.env["open"] = ticks + "".join(reversed(signs))


def _open_code(tokens: list[Token]) -> tuple[int, str]:
    """Return where code was begun that nothing ends, and the ticks that would."""
    for place in range(len(tokens) - 1, -1, -1):
        ticks = list(re.finditer(r"`+(?=\S)", tokens[place].content)) if tokens[place].type == "text" else []
        if ticks and _is_near(tokens[place:]):
            return place, ticks[-1][0]
    return len(tokens), ""


def _is_near(tokens: list[Token]) -> bool:
    return sum(len(token.content) for token in tokens) <= _LONGEST_STYLE
