"""The app's Home: what the bot can do, how it is asked, and where it listens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botcore.spelling import Spelling
from botcore_slack.calling import GENERAL

Json = dict[str, Any]

MOST_COMMANDS, MOST_CHANNELS = 40, 50
ASKING = (
    ("Here", "Write to me under Messages, as to a colleague. No slash is needed: “help” is enough."),
    ("In a channel", "Invite me, and mention me with your question. I answer in the thread under it."),
    ("About a thread", "Mention me in it, or choose one of my shortcuts from a message's menu."),
)
ALONE = "What I say to one person alone, as a summary, nobody else sees until they show it."
NOWHERE = "None that you are in. Invite me to a channel, and I am in it."


def home_view(commands: Mapping[str, str], bot_user: str, channels: Sequence[str]) -> Json:
    """Return the view. `channels`: where the bot is, of those that whoever looks is in too."""
    return {"type": "home", "blocks": list(_blocks(commands, bot_user, channels))}


def _blocks(commands: Mapping[str, str], bot_user: str, channels: Sequence[str]) -> Iterator[Json]:
    yield _title("How to ask me")
    yield _rich(
        _points([[_text(f"{where}: ", bold=True), _text(how)] for where, how in ASKING]),
        _line(_text("\nYou write to "), {"type": "user", "user_id": bot_user}, _text(f". {ALONE}")),
    )
    yield {"type": "divider"}
    yield _title("What I can do")
    as_typed = Spelling(commands, GENERAL)
    shown = [(name, as_typed(what)) for name, what in commands.items()][:MOST_COMMANDS]
    yield _rich(_points([[_text(name, code=True), _text(f"  {what}")] for name, what in shown]))
    yield {"type": "divider"}
    yield _title("Channels that I am in")
    if channels:
        links = [[{"type": "channel", "channel_id": one}] for one in channels[:MOST_CHANNELS]]
        yield _rich(_points(links))
    else:
        yield _rich(_line(_text(NOWHERE)))


def _title(text: str) -> Json:
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}}


def _rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def _points(lines: Sequence[Sequence[Json]]) -> Json:
    return {"type": "rich_text_list", "style": "bullet", "elements": [_line(*line) for line in lines]}


def _line(*inlines: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(inlines)}


def _text(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text, "style": style} if style else {"type": "text", "text": text}
