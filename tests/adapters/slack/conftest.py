"""A Slack on loopback with a workspace, an app in it and a person."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.clock import Clock
from tests.fakes.slack import App, Slack, Team
from tests.fakes.slack.fixtures import ana, app, general, team

__all__ = ["ana", "app", "general", "team"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[Slack]:
    async with Slack(clock=clock) as slack:
        yield slack


@pytest.fixture
def client(slack: Slack, app: App, team: Team) -> AsyncWebClient:
    return AsyncWebClient(app.bot_token(team), base_url=slack.base_url, retry_handlers=[])
