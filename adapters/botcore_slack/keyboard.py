"""Buttons below a message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botcore.adapter import Key

LONGEST_LABEL = 75
MOST_IN_ROW = 5  # Slack shows no more beside each other


def keyboard(keys: Sequence[Key]) -> list[dict[str, Any]]:
    """Return buttons as blocks, in their order."""
    rows = [keys[first : first + MOST_IN_ROW] for first in range(0, len(keys), MOST_IN_ROW)]
    return [
        {"type": "actions", "elements": [_button(key, row, place) for place, key in enumerate(keys_of_row)]}
        for row, keys_of_row in enumerate(rows)
    ]


def _button(key: Key, row: int, place: int) -> dict[str, Any]:
    label = key.label if len(key.label) <= LONGEST_LABEL else key.label[: LONGEST_LABEL - 1] + "…"
    button: dict[str, Any] = {
        "type": "button",
        # One that leads elsewhere is told to the app too, where it means nothing.
        "action_id": key.id or f"link-{row}-{place}",
        "text": {"type": "plain_text", "text": label, "emoji": False},
    }
    return {**button, "url": key.url} if key.url else {**button, "value": key.id}
