"""A Slack on loopback, and a bot's processes on it. Whoever writes there may talk to the bot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.bot_process import DATABASE
from tests.fakes.postgresql import PostgresqlServer
from tests.fakes.slack import App, Channel, Person, Slack, Team
from tests.fakes.slack_process import SlackProcess


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with Slack() as slack:
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
async def bot(
    tmp_path: Path, slack: Slack, app: App, team: Team, request: pytest.FixtureRequest
) -> AsyncIterator[SlackProcess]:
    """Not started yet, so that a test can change its settings. `on_both` gives it either database."""
    bot = SlackProcess(tmp_path / "bot", slack, app, team)
    if getattr(request, "param", "sqlite") == "postgresql":
        server: PostgresqlServer = request.getfixturevalue("postgresql")
        url = server.new(migrated=False).render_as_string(hide_password=False)
        bot.environment[DATABASE] = url
    yield bot
    if bot.is_running:
        await bot.kill()
