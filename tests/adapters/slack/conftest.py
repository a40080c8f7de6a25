"""A Slack on loopback with a workspace, an app in it and a person."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.clock import Clock
from tests.fakes.slack import App, Channel, Person, Slack, Team


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[Slack]:
    async with Slack(clock=clock) as slack:
        yield slack


@pytest.fixture
def team(slack: Slack) -> Team:
    return slack.team("Acme")


@pytest.fixture
def app(slack: Slack, team: Team) -> App:
    return slack.app(team)


@pytest.fixture
def ana(slack: Slack, team: Team) -> Person:
    return slack.person("Ana", team)


@pytest.fixture
def general(slack: Slack, ana: Person, app: App) -> Channel:
    return slack.channel("general", ana, app)


@pytest.fixture
def client(slack: Slack, app: App, team: Team) -> AsyncWebClient:
    return AsyncWebClient(app.bot_token(team), base_url=slack.base_url, retry_handlers=[])
