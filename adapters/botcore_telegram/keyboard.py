"""Buttons below a message."""

from __future__ import annotations

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from botcore.adapter import Key

ROW_CHARACTERS = 30  # of labels that a phone shows beside each other
ROW_BUTTONS = 4


def keyboard(keys: Sequence[Key]) -> InlineKeyboardMarkup | None:
    """Return buttons in their order, in rows that a phone can show."""
    rows: list[list[Key]] = []
    for key in keys:
        if rows and len(rows[-1]) < ROW_BUTTONS and _width(rows[-1]) + len(key.label) <= ROW_CHARACTERS:
            rows[-1].append(key)
        else:
            rows.append([key])
    return InlineKeyboardMarkup([[_button(key) for key in row] for row in rows]) if rows else None


def _width(row: Sequence[Key]) -> int:
    return sum(len(key.label) + 2 for key in row)


def _button(key: Key) -> InlineKeyboardButton:
    if key.url:
        return InlineKeyboardButton(key.label, url=key.url)
    return InlineKeyboardButton(key.label, callback_data=key.id)
