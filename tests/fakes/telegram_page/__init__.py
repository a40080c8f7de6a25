"""A page that lays out messages, a text with entities each, as Telegram's clients do. Needs Chromium."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from botcore.markup import parse, split
from botcore_telegram import TelegramAdapter
from botcore_telegram.rendering import render

PAGE = Path(__file__).parent / "page.html"
WIDTH = 460


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message of a chat, in Markdown."""

    markdown: str
    time: str = "9:41"
    mine: bool = False  # written by the person who looks at the chat


def page(bubbles: Sequence[Bubble]) -> str:
    """Return the page with these messages, those of the bot cut and rendered as its adapter does."""
    limits = TelegramAdapter.capabilities.limits
    messages = []
    for bubble in bubbles:
        for part in split(bubble.markdown, limits):
            rendered = render(parse(part))
            entities = [entity.to_dict() for entity in rendered.entities]
            messages.append(
                {"text": rendered.text, "entities": entities, "time": bubble.time, "mine": bubble.mine}
            )
    return PAGE.read_text().replace("MESSAGES", json.dumps(messages).replace("</", "<\\/"))
