"""Reads notes as people type them: a note a line, with bullets or without, or with semicolons between."""

from __future__ import annotations

import re

from botcore import InputError

BULLET = re.compile(r"\s*(?:[-*–—]\s+|•\s*)")
NUMBERED = re.compile(r"\s*(\d{1,2})[.)]\s+")
# Up to a semicolon that ends a word; within code it ends nothing.
BETWEEN_SEMICOLONS = re.compile(r"(?:`[^`]*`|[^;]|;(?=\S))+")
FENCE = "```"
OPTION = re.compile(r"(?:^|\s)(?:--|—)(tone|length)(?=[\s=]|$)")


def read_notes(text: str) -> tuple[str, ...]:
    """Return the notes. One with code in a fence has several lines.

    Raise `InputError` when an option stands among them, where it would become part of the draft.
    """
    if option := OPTION.search(text):
        raise InputError(f"--{option[1]} stands before the notes, as in: /draft email --{option[1]} … to Bo")
    lines = _lines(text)
    if len(lines) == 1 and FENCE not in lines[0]:
        lines = BETWEEN_SEMICOLONS.findall(lines[0])
    elif _are_numbered(lines):
        lines = [NUMBERED.sub("", line, count=1) for line in lines]
    notes = (BULLET.sub("", line, count=1) if BULLET.match(line) else line for line in lines)
    return tuple(stripped for note in notes if (stripped := note.strip().removesuffix(";")))


def _lines(text: str) -> list[str]:
    """Return the lines that say something; a fence with all of its lines belongs to the line before it."""
    lines: list[str] = []
    in_fence = False
    for line in text.splitlines():
        is_mark = line.lstrip().startswith(FENCE)
        if (is_mark or in_fence) and lines:
            lines[-1] += f"\n{line}"
        elif line.strip():
            lines.append(line)
        in_fence ^= is_mark
    return lines


def _are_numbered(lines: list[str]) -> bool:
    """Tell whether all lines count up from 1. A single `2. May` is a date."""
    numbers = [match[1] for line in lines if (match := NUMBERED.match(line))]
    return len(lines) > 1 and numbers == [str(number) for number in range(1, len(lines) + 1)]
