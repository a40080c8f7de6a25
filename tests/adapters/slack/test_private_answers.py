"""A whole bot on the loopback Slack: what one member of a channel asks for, they alone see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from botcore import AdapterSetup, Button, ConversationKey, Part, Pieces, Plugin
from botcore.access.desk import AccessDesk
from botcore.bot import Bot
from botcore.builtin import SHOWN
from botcore.config import BotSection
from botcore.endings import SHOW_HERE, SHOW_THERE
from botcore.promises import LATER
from botcore.store import Database, Store
from botcore.store.access_store import AccessStore
from botcore.testing import FakeEngine
from botcore.testing.databases import make_database
from botcore_slack import SlackAdapter
from tests.botcore.running_bot import talking_plugin
from tests.fakes.slack import App, Channel, Message, Person, Slack, Team

SECRET = "You weigh sixty kilograms."


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with Slack() as slack:  # whose clock is that of everybody
        yield slack


def weighing_plugin(wait: asyncio.Event) -> Plugin:
    plugin = Plugin("scales")

    @plugin.command("weigh", private=True, job=True)
    async def weigh() -> Pieces:
        await wait.wait()
        yield Part(SECRET, (Button("In pounds", "pounds", "132"),))

    @plugin.action("pounds")
    async def pounds(*, number: int) -> str:
        return f"That is {number} pounds."

    return plugin


@asynccontextmanager
async def bot_in(
    slack: Slack, app: App, team: Team, channel: Channel, folder: Path, wait: asyncio.Event | None = None
) -> AsyncIterator[None]:
    """Run a bot whom the members of one channel may ask. `wait`: how long the scales take."""
    make_database(folder / "botcore.db")
    store = Store(Database(folder / "botcore.db"))
    desk = AccessDesk(AccessStore(store.database), retention_days=0)
    await desk.set_chat(ConversationKey("slack", team.id, channel.id), allowed=True)
    ready = asyncio.Event()
    ready.set()
    table = {
        "base_url": slack.base_url,
        "token": app.bot_token(team),
        "app_token": app.app_token,
        "sockets": 1,
    }
    bot = Bot(
        store=store,
        epoch=await store.take_over(),
        engine=FakeEngine(),
        plugins=[talking_plugin(), weighing_plugin(wait or ready)],
        adapters=[SlackAdapter(AdapterSetup(table, folder))],
        settings_of=lambda plugin: None,
        rules=BotSection(answerer="talk", grace_seconds=0.0),
    )
    task = asyncio.create_task(bot.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await store.close()


async def seen(slack: Slack, person: Person, place: Channel | App, text: str) -> Message:
    """Wait until somebody sees a message with this text."""

    def found() -> list[Message]:
        return [message for message in person.sees(place) if message.shown == text]

    await slack.until(lambda: bool(found()), f"{text!r} for {person.user.name}", 30)
    return found()[-1]


@pytest.fixture
def bo(slack: Slack, team: Team, general: Channel) -> Person:
    bo = slack.person("Bo", team)
    general.members[bo.id] = bo.user
    return bo


async def test_what_is_ready_at_once_is_shown_to_its_asker_alone_and_then_to_all(
    slack: Slack, app: App, team: Team, ana: Person, bo: Person, general: Channel, tmp_path: Path
) -> None:
    async with bot_in(slack, app, team, general, tmp_path):
        ana.write(f"{app.mention(team)} weigh", general)
        answer = await seen(slack, ana, general, SECRET)
        assert answer.labels == ["In pounds", SHOW_HERE]
        await ana.press(answer, "In pounds").taken()
        await seen(slack, ana, general, "That is 132 pounds.")
        assert not [message for message in bo.sees(general) if "sixty" in message.shown]
        assert not [message for message in bo.sees(general) if "132" in message.shown]

        await ana.press(answer, SHOW_HERE).taken()
        await seen(slack, bo, general, SECRET)


@pytest.mark.slow  # the core's own tests promise quickly
async def test_what_takes_long_comes_to_the_direct_chat_with_a_link(
    slack: Slack,
    app: App,
    team: Team,
    ana: Person,
    bo: Person,
    general: Channel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("botcore.promises.SOON_SECONDS", 0.0)
    wait = asyncio.Event()
    async with bot_in(slack, app, team, general, tmp_path, wait):
        asked = ana.write(f"{app.mention(team)} weigh", general)
        await seen(slack, ana, general, LATER)
        wait.set()
        answer = await seen(slack, ana, app, SECRET)

        [where] = [message for message in ana.sees(app) if "what you asked me for" in message.shown]
        assert asked.ts.replace(".", "") in str(where.blocks)
        await ana.press(answer, SHOW_THERE).taken()
        await seen(slack, ana, app, SHOWN)
        shown = await seen(slack, bo, general, SECRET)
        assert shown.thread_ts == asked.ts
