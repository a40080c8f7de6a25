"""What sends to the loopback Slack, and an answer to send."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from botcore import (
    ConversationKey,
    Outgoing,
)
from botcore_slack.connection import Clients
from botcore_slack.sender import Sender
from botcore_slack.settings import SlackSettings
from tests.adapters.slack.sending.answers import DELIVERY
from tests.fakes.slack import App, Channel, Message, Person, Slack, Team


@pytest.fixture
async def clients(slack: Slack, app: App, team: Team) -> AsyncIterator[Clients]:
    clients = Clients(
        SlackSettings(
            token=SecretStr(app.bot_token(team)), app_token=SecretStr("xapp-1"), base_url=slack.base_url
        )
    )
    yield clients
    await clients.close()


@pytest.fixture
def urls() -> dict[tuple[str, str], str]:
    """Where Slack takes answers, by workspace and what is answered."""
    return {}


@pytest.fixture
def sender(clients: Clients, urls: dict[tuple[str, str], str]) -> Sender:
    return Sender(clients, lambda tenant, its_id: urls.get((tenant, its_id), ""), settled=0.05)


@pytest.fixture
async def asked(ana: Person, general: Channel) -> Message:
    return ana.write("hello", general)


@pytest.fixture
async def answer(team: Team, ana: Person, general: Channel, asked: Message) -> Outgoing:
    """A final answer in the thread under the question."""
    key = ConversationKey("slack", team.id, general.id, asked.ts)
    return Outgoing(key, "good day", final=True, answers=asked.ts, asker=ana.id, delivery_id=DELIVERY)
