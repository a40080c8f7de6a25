"""Text that strangers influence, made harmless for a terminal.

A model repeats what it read, and an escape sequence in it could rewrite the screen, set the
clipboard or answer a terminal query as if it was typed. So nothing that a terminal obeys passes,
and what is taken away stays visible as a symbol.
"""

from __future__ import annotations

_REPLACEMENT = 0xFFFD

_C0 = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"}  # to their pictures: ␛, ␇
_DELETE = {0x7F: 0x2421}
_C1 = dict.fromkeys(range(0x80, 0xA0), _REPLACEMENT)  # some terminals take 0x9B for the start of a sequence
_LINES = dict.fromkeys((0x2028, 0x2029), ord("\n"))
# They make text read differently from what it is.
_BIDI = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), _REPLACEMENT)
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), _REPLACEMENT)  # they can't be encoded

_HARMLESS = _C0 | _DELETE | _C1 | _LINES | _BIDI | _SURROGATES


def clean(text: str) -> str:
    r"""Return the text with ``\n`` and ``\t`` as its only control characters."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_HARMLESS)


def clean_line(text: str) -> str:
    """Return the text as one harmless line."""
    return " ".join(clean(text).split())
