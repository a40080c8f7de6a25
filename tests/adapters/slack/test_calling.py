"""What people in Slack are told to type works as they are told to: within threads, too."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botcore import ConversationKey
from botcore_slack.calling import Calling
from botcore_slack.connection import Account, Clients
from botcore_slack.home import home_view
from botcore_slack.names import Names
from botcore_slack.settings import SlackSettings
from tests.adapters.slack.as_read import objects
from tests.adapters.slack.whole_bot import until_seen, whole_bot
from tests.fakes.slack import App, Channel, Person, Slack, Team

BARE = re.compile(r"(?<![\w/])/(?!botcore )[a-z]+")  # a command behind a slash that Slack may not take


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with Slack() as slack:  # whose clock is that of everybody
        yield slack


async def test_commands_are_typed_behind_the_bots_own_in_direct_messages_and_channels(
    slack: Slack, app: App, team: Team, ana: Person, general: Channel, tmp_path: Path
) -> None:
    async with whole_bot(slack, app, team, tmp_path):
        ana.command(app, "/botcore", "help")
        listed = await until_seen(slack, ana, ana.channel(app), "or use a command")
        assert "/botcore summarize" in listed
        ana.command(app, "/botcore", "help help")
        assert "/botcore help summarize" in await until_seen(slack, ana, ana.channel(app), "is typed")

        ana.command(app, "/botcore", "help summarize", general)
        assert "/botcore summarize 50" in await until_seen(slack, ana, general, "last 50")
        told = [message.shown for message in ana.sees(general) if message.author.is_bot]

    assert not BARE.search(listed)
    assert any("/botcore privacy shows what I keep" in one for one in told), told
    assert not any(BARE.search(one) for one in told)


@pytest.mark.parametrize("is_direct", [False, True])
async def test_within_a_thread_they_are_typed_behind_the_bots_name(
    slack: Slack,
    app: App,
    team: Team,
    ana: Person,
    general: Channel,
    tmp_path: Path,
    is_direct: bool,
) -> None:
    """Slack takes no command of its own there, and brings a slash that does not begin the message."""
    place = ana.channel(app) if is_direct else general
    mention, name = app.mention(team), app.bot_user(team).name
    async with whole_bot(slack, app, team, tmp_path):
        root = ana.write("Plans", place)
        ana.write(f"{mention} /hepl", place, thread=root)
        told = await until_seen(slack, ana, place, "There is no command")
        assert f"Did you mean @{name} /help?" in told

        ana.write(f"{mention} /help summarize", place, thread=root)
        told = await until_seen(slack, ana, place, "last 50")
        assert f"@{name} /summarize 50" in told

        ana.write(f"{mention} /language German", place, thread=root)
        await until_seen(slack, ana, place, "I answer you in German")


async def test_the_home_tells_no_command_that_slack_keeps_to_itself() -> None:
    view = home_view({"help": "Show what I can do: /help summarize."}, "U1", [])

    texts = [str(one["text"]) for one in objects(view) if isinstance(one.get("text"), str)]
    assert any("/botcore help summarize" in text for text in texts)
    assert not any(BARE.search(text) for text in texts)


async def test_a_workspace_that_installed_the_app_itself_is_asked_once_for_the_bots_name(
    slack: Slack, app: App, team: Team
) -> None:
    clients = Clients(SlackSettings.model_validate(_table(slack, app, team)))
    calling = Calling(Names(clients))
    bot = app.bot_user(team)
    bot.display_name = "Helpful Bot"
    key = ConversationKey("slack", team.id, "C1", "1.0")
    account = Account(team.id, app.bot_token(team), bot.id, "B1")
    assert calling.prefix(key) == "@botcore /"
    try:
        for _ in range(3):
            calling.heard_by(account)
        await slack.until(lambda: calling.prefix(key) != "@botcore /", "its name")
        calling.heard_by(account)
    finally:
        await calling.close()
        await clients.close()

    assert calling.prefix(key) == "@Helpful Bot /"
    assert calling.prefix(ConversationKey("slack", team.id, "C1")) == "/botcore "
    assert len(slack.calls_of("users.info")) == 1


def _table(slack: Slack, app: App, team: Team) -> dict[str, str]:
    return {"token": app.bot_token(team), "app_token": app.app_token, "base_url": slack.base_url}
