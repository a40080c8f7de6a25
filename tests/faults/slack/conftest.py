"""A Slack on loopback, and a bot's processes on it. Whoever writes there may talk to the bot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.bot_process import DATABASE
from tests.fakes.postgresql import PostgresqlServer
from tests.fakes.slack import App, Slack, Team
from tests.fakes.slack.fixtures import ana, app, general, team
from tests.fakes.slack_process import SlackProcess

__all__ = ["ana", "app", "general", "team"]


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with Slack() as slack:
        yield slack


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
