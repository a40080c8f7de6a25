"""Workspaces install the app themselves: what it gets is kept encrypted, used, exchanged and forgotten."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.oauth.installation_store import Installation

from botcore import AdapterSetup, ConversationKey, Outgoing, Refused, UserError
from botcore.store import Database
from botcore.store.place import Place
from botcore.testing.databases import make_database
from botcore_slack import SlackAdapter
from botcore_slack.installations import Installations, States
from botcore_slack.keys import new_key, read_keys
from tests.adapters.slack.connected import Commits, free_address, install, listening, running
from tests.fakes.postgresql import PostgresqlServer
from tests.fakes.slack import App, Person, Slack, Team

# slack_sdk's own, of aiohttp's.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")
KEY = new_key()


@pytest.fixture
def clock() -> Callable[[], float]:
    return time.time


@pytest.fixture
def app(slack: Slack, team: Team) -> App:
    return slack.app()  # installed nowhere yet


@asynccontextmanager
async def opened(place: Place) -> AsyncIterator[Database]:
    make_database(place)
    database = Database(place)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(tmp_path / "botcore.db") as database:
        yield database


class Site:
    """The adapter's pages, as a browser sees them."""

    def __init__(self, slack: Slack, app: App, database: Database, **more: Any) -> None:
        self.slack, self.app = slack, app
        self.commits = Commits()
        listen = free_address()
        self.url = f"http://{listen}"
        self.listen = listen
        table = {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "installation_key": KEY,
            "app_token": app.app_token,
            "sockets": 1,
            "listen": listen,
            "public_url": self.url,
            "base_url": slack.base_url,
        }
        self.adapter = SlackAdapter(AdapterSetup(table | more, Path()))
        self.adapter.use_tables(database)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        async with running(self.adapter, self.commits):
            await listening(self.listen)
            yield

    async def install(self, person: Person, *, grid: bool = False, state: str = "") -> tuple[int, str]:
        """Install the app as somebody; return what they see at the end."""
        return await install(person, self.url, grid=grid, state=state)

    async def post(self, team: str, channel: str, text: str) -> None:
        key = ConversationKey("slack", team, channel, "")
        await self.adapter.create(Outgoing(key, text, final=True))


@pytest.fixture
async def site(slack: Slack, app: App, database: Database) -> AsyncIterator[Site]:
    site = Site(slack, app, database)
    async with site.open():
        yield site


async def test_two_workspaces_install_the_app_and_are_answered_by_their_own_bots(
    slack: Slack, app: App, ana: Person, site: Site
) -> None:
    other = slack.team("Other")
    eve = slack.person("Eve", other)
    assert (await site.install(ana))[0] == 200
    assert (await site.install(eve))[0] == 200

    for person in (ana, eve):
        person.write(f"hello from {person.team.name}", app)
        await app.deliveries.all[-1].taken()
        await site.post(person.team.id, person.channel(app).id, f"hello {person.user.real_name}")

    assert site.commits.texts == ["hello from Acme", "hello from Other"]
    assert [m.shown for m in ana.sees(app)] == ["hello from Acme", "hello Ana"]
    assert [m.shown for m in eve.sees(app)] == ["hello from Other", "hello Eve"]


async def test_an_app_outside_the_assistant_pane_does_not_ask_for_it(
    slack: Slack, app: App, team: Team, ana: Person, database: Database
) -> None:
    site = Site(slack, app, database, assistant=False)
    async with site.open():
        assert (await site.install(ana))[0] == 200

    given = app.installed_in(team).scopes
    assert "chat:write" in given
    assert "assistant:write" not in given


async def test_no_token_is_readable_in_the_database(
    app: App, ana: Person, site: Site, tmp_path: Path
) -> None:
    await site.install(ana)

    kept = b"".join([(tmp_path / f"botcore.db{end}").read_bytes() for end in ("", "-wal")])
    assert app.bot_user(ana.team).id.encode() in kept
    assert app.bot_token(ana.team).encode() not in kept


async def test_nobody_installs_it_without_the_state_that_was_given(app: App, ana: Person, site: Site) -> None:
    status, page = await site.install(ana, state="forged")

    assert status in (400, 401)
    assert "invalid" in page
    assert app.installations == []


async def test_a_state_works_once(database: Database) -> None:
    states = States(database)
    state = await states.async_issue()

    assert await states.async_consume(state)
    assert not await states.async_consume(state)


async def test_a_workspace_that_takes_the_app_out_is_forgotten(
    slack: Slack, app: App, ana: Person, site: Site, database: Database, tmp_path: Path
) -> None:
    await site.install(ana)
    channel = ana.channel(app)
    ana.uninstall(app)
    for delivery in app.deliveries.all:
        await delivery.taken()

    with pytest.raises(Refused, match="not installed"):
        await site.post(ana.team.id, channel.id, "hello?")
    with sqlite3.connect(tmp_path / "botcore.db") as connection:
        for table in ("slack_bot", "slack_installation"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchall() == [(0,)]
    connection.close()
    assert slack.calls_of("chat.postMessage") == []


async def test_news_of_an_old_uninstall_takes_no_new_installation_away(
    app: App, ana: Person, site: Site
) -> None:
    await site.install(ana)
    ana.uninstall(app)
    uninstalled = app.deliveries.all[-1]
    await uninstalled.taken()
    uninstalled.payload["event_time"] -= 60
    await site.install(ana)

    await app.deliveries.again(uninstalled).taken()

    await site.post(ana.team.id, ana.channel(app).id, "still here")
    assert [m.shown for m in ana.sees(app)] == ["still here"]


async def test_a_whole_organisation_has_one_installation(slack: Slack, database: Database) -> None:
    grid = slack.enterprise()
    first, second = slack.team("First", grid), slack.team("Second", grid)
    app = slack.app()
    fay, gus = slack.person("Fay", first), slack.person("Gus", second)
    site = Site(slack, app, database)
    async with site.open():
        await site.install(fay, grid=True)
        for person in (fay, gus):
            await site.post(person.team.id, person.channel(app).id, "hello")
        with pytest.raises(Refused):
            await site.post("T0STRANGER", "D1", "hello")

    assert [m.shown for m in gus.sees(app)] == ["hello"]


async def test_an_installation_that_can_t_be_kept_is_told_in_the_browser(
    slack: Slack, app: App, ana: Person, site: Site, database: Database
) -> None:
    async def fail(body: object) -> None:
        raise OSError("no space")

    database.write = fail  # type: ignore[method-assign, assignment]
    async with aiohttp.ClientSession() as browser, browser.get(f"{site.url}/slack/install") as answer:
        assert answer.status == 503
        assert "could not be kept" in await answer.text()


def installation(team: str = "T1", token: str = "xoxb-canary", **more: Any) -> Installation:
    return Installation(
        app_id="A1",
        enterprise_id=None,
        team_id=team,
        user_id="U1",
        bot_token=token,
        bot_id="B1",
        bot_user_id="U2",
        bot_scopes=["chat:write"],
        **more,
    )


class TestKeeping:
    @pytest.fixture(params=["sqlite", "postgresql"])
    async def database(self, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
        place: Place = tmp_path / "botcore.db"
        if request.param == "postgresql":
            server: PostgresqlServer = request.getfixturevalue("postgresql")
            place = server.new()
        async with opened(place) as database:
            yield database

    async def test_what_is_kept_is_found(self, database: Database) -> None:
        kept = Installations("C1", database, read_keys(KEY))
        await kept.async_save(installation())
        await kept.async_save(installation(token="xoxb-canary-2"))
        await kept.async_save(installation("T2", "xoxb-" + "long" * 100))

        assert [(bot.team_id, bot.bot_token) for bot in await kept.all_bots()] == [
            ("T1", "xoxb-canary-2"),
            ("T2", "xoxb-" + "long" * 100),
        ]
        found = await kept.async_find_installation(enterprise_id=None, team_id="T1")
        assert found and (found.bot_token, found.user_id) == ("xoxb-canary-2", "U1")
        bot = await kept.async_find_bot(enterprise_id=None, team_id="T1")
        assert bot and bot.bot_token == "xoxb-canary-2"
        assert await Installations("C2", database, read_keys(KEY)).all_bots() == []
        await kept.async_delete_all(enterprise_id=None, team_id="T1")
        assert [bot.team_id for bot in await kept.all_bots()] == ["T2"]

    async def test_a_new_key_takes_the_place_of_the_old(self, database: Database) -> None:
        newer = new_key()
        await Installations("C1", database, read_keys(KEY)).async_save(installation())
        both = Installations("C1", database, read_keys(f"{newer}, {KEY}"))
        assert await both.reencrypt() == 1
        only = Installations("C1", database, read_keys(newer))

        assert [bot.bot_token for bot in await only.all_bots()] == ["xoxb-canary"]
        with pytest.raises(UserError, match="INSTALLATION_KEY") as error:
            await Installations("C1", database, read_keys(new_key())).reencrypt()
        assert "canary" not in str(error.value)

    async def test_a_state_is_kept_until_it_is_used(self, database: Database) -> None:
        states = States(database)
        first, second = await asyncio.gather(states.async_issue(), states.async_issue())

        assert await states.async_consume(first)
        assert not await states.async_consume("forged")
        assert await states.async_consume(second)
