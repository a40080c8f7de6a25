"""An answer in its forms, and what is seen of it."""

from __future__ import annotations

from dataclasses import replace

from botcore import Outgoing
from tests.fakes.slack import App, Message, Slack

DELIVERY = "0123456789abcdef/0"


def preview(answer: Outgoing, text: str) -> Outgoing:
    return replace(answer, text=text, final=False, delivery_id="")


def saying(answer: Outgoing, text: str) -> Outgoing:
    return replace(answer, text=text)


def said(slack: Slack, app: App, asked: Message) -> list[str]:
    return [message.shown for message in slack.answers_to(app, asked)]


def methods(slack: Slack) -> list[str]:
    return [call.method for call in slack.calls if call.method != "auth.test"]
