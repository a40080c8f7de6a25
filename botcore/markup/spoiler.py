"""Spoilers, ``||text||``, as a rule of the Markdown parser."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter

_BAR = ord("|")


def allow_spoilers(parser: MarkdownIt) -> None:
    """Let a parser know spoilers. Like ``_`` the bars stand at a word's border: ``a||b||c`` has none."""
    parser.inline.add_terminator_char("|")
    parser.inline.ruler.push("spoiler", _find_bars)
    parser.inline.ruler2.before("fragments_join", "spoiler", _pair_bars)


def _find_bars(state: StateInline, silent: bool) -> bool:
    if silent or state.src[state.pos] != "|":
        return False
    found = state.scanDelims(state.pos, False)
    token = state.push("text", "", 0)
    token.content = "|" * found.length
    if found.length == 2:
        state.delimiters.append(
            Delimiter(
                _BAR,
                length=0,
                token=len(state.tokens) - 1,
                end=-1,
                open=found.can_open,
                close=found.can_close,
            )
        )
    state.pos += found.length
    return True


def _pair_bars(state: StateInline) -> None:
    _turn_into_spoilers(state, state.delimiters)
    for meta in state.tokens_meta:
        if meta and "delimiters" in meta:
            _turn_into_spoilers(state, meta["delimiters"])


def _turn_into_spoilers(state: StateInline, delimiters: list[Delimiter]) -> None:
    for opener in delimiters:
        if opener.marker == _BAR and opener.end != -1:
            closer = delimiters[opener.end]
            for delimiter, kind, nesting in ((opener, "spoiler_open", 1), (closer, "spoiler_close", -1)):
                token = state.tokens[delimiter.token]
                token.type, token.nesting, token.content = kind, nesting, ""  # type: ignore[assignment]
