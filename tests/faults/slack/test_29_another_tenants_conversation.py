"""One workspace guesses the ids of another's conversations; the bot serves both."""

from __future__ import annotations

import pytest

from tests.fakes.slack import App, Person, Slack, Team
from tests.fakes.slack_answers import until_answered
from tests.fakes.slack_process import SlackProcess

NOT_FOUND = "There is no such chat, or you are not in it."
SECRET = "we merge with the other company"


@pytest.fixture
def grid(slack: Slack) -> tuple[Team, Team]:
    """Two workspaces of one organization, in both of which the app is by one installation."""
    enterprise = slack.enterprise()
    return slack.team("First", enterprise), slack.team("Second", enterprise)


@pytest.fixture
def app(slack: Slack, grid: tuple[Team, Team]) -> App:
    app = slack.app()
    slack.install(app, *grid, enterprise=grid[0].enterprise)
    return app


@pytest.fixture
def team(grid: tuple[Team, Team]) -> Team:
    return grid[0]


async def test_it_is_not_found(
    slack: Slack, app: App, grid: tuple[Team, Team], ana: Person, bot: SlackProcess
) -> None:
    first, second = grid
    bot.teams = grid
    eve = slack.person("Eve", second)
    board = slack.channel("board", ana, app, kind="group", team=first)
    await bot.start()
    ana.write(SECRET, board)
    await slack.until(lambda: bot.rows("select count(*) from message") == [(1,)], "a message")

    for guess in (board.id, f"{first.id}:{board.id}", f"{first.id}/{board.id}"):
        asked = eve.write(f"summarize --chat {guess}", app)
        await until_answered(slack, app, asked, NOT_FOUND)

    places = "select distinct tenant_id from chat"
    assert len(bot.rows(places)) == 2, "each workspace is a tenant of its own"
    assert SECRET not in "".join(message.shown for message in eve.sees(app))
