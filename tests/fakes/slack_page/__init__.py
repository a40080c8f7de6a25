"""A page that lays out messages, blocks each, as Slack's clients do. Needs Chromium."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from botcore import ConversationKey, Key, Outgoing
from botcore.markup import split
from botcore_slack import SlackAdapter
from botcore_slack.posting import content, rendered

PAGE = Path(__file__).parent / "page.html"
WIDTH = 720
KEY = ConversationKey("slack", "T1", "C1")


@dataclass(frozen=True, slots=True)
class Post:
    """A message of a channel, in Markdown."""

    markdown: str
    author: str = "botcore"
    time: str = "9:41 AM"
    alone: bool = False  # only the one who looks at the page sees it
    buttons: tuple[Key, ...] = ()


def page(posts: Sequence[Post]) -> str:
    """Return the page with these messages, cut and rendered as the adapter does."""
    messages = []
    for post in posts:
        *parts, last = split(post.markdown, SlackAdapter.capabilities.limits)
        for number, part in enumerate([*parts, last]):
            buttons = post.buttons if number == len(parts) else ()
            message = Outgoing(KEY, part, final=True, buttons=buttons)
            blocks = content(rendered(message), message)["blocks"]
            messages.append({"blocks": blocks, "author": post.author, "time": post.time, "alone": post.alone})
    return PAGE.read_text().replace("MESSAGES", json.dumps(messages).replace("</", "<\\/"))
