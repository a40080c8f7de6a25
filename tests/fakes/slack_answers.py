"""What a bot's process said on the loopback Slack, without the word with which it greets a channel."""

from __future__ import annotations

from tests.fakes.slack import App, Message, Slack

GREETING = "From now on I remember"


def answers(slack: Slack, app: App, asked: Message) -> list[Message]:
    """Return the answers to a message."""
    return [message for message in slack.answers_to(app, asked) if GREETING not in message.shown]


def texts(slack: Slack, app: App, asked: Message) -> list[str]:
    return [message.shown for message in answers(slack, app, asked)]


async def until_answered(slack: Slack, app: App, asked: Message, text: str, seconds: float = 60.0) -> None:
    """Wait until this is among the answers to a message."""
    await slack.until(
        lambda: text in texts(slack, app, asked), f"{text!r} in answer to {asked.text!r}", seconds
    )
