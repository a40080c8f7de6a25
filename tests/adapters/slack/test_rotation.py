"""A token that ends soon is exchanged for the next, which is kept before it is used."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from botcore import RetryLater, UserError
from botcore.store import Database
from botcore.testing.databases import make_database
from botcore_slack.connection import Clients
from botcore_slack.installations import Installations
from botcore_slack.keys import new_key, read_keys
from botcore_slack.settings import SlackSettings
from botcore_slack.workspaces import Workspaces
from tests.adapters.slack.test_installing import installation

# slack_sdk's own, of aiohttp's.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")
KEY = new_key()


class Exchange:
    """A server that gives a new token for an old one's refresh token, once each."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fails = False
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.base_url = ""

    async def answer(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.asked.append(str(form["refresh_token"]))
        await self.goes_on.wait()
        if self.fails or self.asked.count(str(form["refresh_token"])) > 1:
            return web.json_response({"ok": False, "error": "invalid_refresh_token"})
        number = len(self.asked) + 1
        told = {"ok": True, "token_type": "bot", "expires_in": 43200}
        return web.json_response(
            {**told, "access_token": f"xoxe.xoxb-{number}", "refresh_token": f"xoxe-{number}"}
        )


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    exchange, app = Exchange(), web.Application()
    app.router.add_post("/api/oauth.v2.access", exchange.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    exchange.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    yield exchange
    await runner.cleanup()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    make_database(tmp_path / "botcore.db")
    database = Database(tmp_path / "botcore.db")
    yield database
    await database.close()


@pytest.fixture
async def workspaces(exchange: Exchange, database: Database) -> AsyncIterator[Workspaces]:
    settings = SlackSettings(
        client_id="1.2",
        client_secret=SecretStr("s"),
        installation_key=SecretStr(KEY),
        app_token=SecretStr("xapp-1"),
        base_url=exchange.base_url,
    )
    clients = Clients(settings)
    yield Workspaces(clients, Installations("1.2", database, read_keys(KEY)), "1.2", "s")
    await clients.close()


async def given(database: Database, *, ends_in: float) -> None:
    """Keep a token that ends in so many seconds."""
    await Installations("1.2", database, read_keys(KEY)).async_save(
        installation(
            token="xoxe.xoxb-1", bot_refresh_token="xoxe-1", bot_token_expires_at=int(time.time() + ends_in)
        )
    )


async def given_another(database: Database, key: str = KEY) -> None:
    """Keep another workspace's token, encrypted with this key."""
    installations = Installations("1.2", database, read_keys(key))
    await installations.async_save(installation("T2", "xoxb-2"))


async def token(workspaces: Workspaces) -> str:
    account = await workspaces.find("T1")
    assert account
    return account.token


async def test_a_token_that_lasts_is_used(
    exchange: Exchange, database: Database, workspaces: Workspaces
) -> None:
    await given(database, ends_in=3 * 3600)

    assert await token(workspaces) == "xoxe.xoxb-1"
    assert exchange.asked == []


async def test_a_token_that_ends_soon_is_exchanged_once(
    exchange: Exchange, database: Database, workspaces: Workspaces
) -> None:
    await given(database, ends_in=3600)

    assert [await token(workspaces) for _ in range(3)] == ["xoxe.xoxb-2"] * 3
    assert exchange.asked == ["xoxe-1"]
    [kept] = await Installations("1.2", database, read_keys(KEY)).all_bots()
    assert (kept.bot_token, kept.bot_refresh_token) == ("xoxe.xoxb-2", "xoxe-2")


async def test_all_who_ask_at_once_get_the_one_that_was_exchanged(
    exchange: Exchange, database: Database, workspaces: Workspaces
) -> None:
    await given(database, ends_in=3600)

    assert await asyncio.gather(*(token(workspaces) for _ in range(3))) == ["xoxe.xoxb-2"] * 3
    assert exchange.asked == ["xoxe-1"]


async def test_a_workspace_waits_for_no_other(
    exchange: Exchange, database: Database, workspaces: Workspaces
) -> None:
    await given(database, ends_in=3600)
    await given_another(database)
    exchange.goes_on.clear()
    waiting = asyncio.create_task(workspaces.find("T1"))
    async with asyncio.timeout(5):
        while not exchange.asked:
            await asyncio.sleep(0.01)
        assert await workspaces.find("T2")
    assert not waiting.done()
    exchange.goes_on.set()

    assert await waiting


async def test_what_can_t_be_decrypted_is_its_own_workspaces_trouble(
    database: Database, workspaces: Workspaces
) -> None:
    await given(database, ends_in=3 * 3600)
    await given_another(database, new_key())

    assert await token(workspaces) == "xoxe.xoxb-1"
    with pytest.raises(UserError):
        await workspaces.find("T2")


async def test_a_token_is_used_to_its_end_when_there_is_no_next(
    exchange: Exchange, database: Database, workspaces: Workspaces
) -> None:
    exchange.fails = True
    await given(database, ends_in=3600)

    assert await token(workspaces) == "xoxe.xoxb-1"


async def test_a_new_token_that_can_t_be_kept_yet_is_not_lost(
    exchange: Exchange, database: Database, workspaces: Workspaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(body: object) -> None:
        raise OSError("no space")

    await given(database, ends_in=3600)
    with monkeypatch.context() as broken:
        broken.setattr(database, "write", fail)
        with pytest.raises(RetryLater):
            await workspaces.find("T1")

    assert await token(workspaces) == "xoxe.xoxb-2"
    assert exchange.asked == ["xoxe-1"]


async def test_what_is_taken_away_while_it_is_read_is_not_remembered(
    database: Database, workspaces: Workspaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    await given(database, ends_in=3 * 3600)
    whole_read = database.read

    async def slow_read(body: Callable[[Any], Any]) -> Any:
        found = await whole_read(body)
        monkeypatch.undo()
        await workspaces.leave("T1", "", time.time(), everywhere=False)
        return found

    monkeypatch.setattr(database, "read", slow_read)
    assert await token(workspaces) == "xoxe.xoxb-1"

    assert await workspaces.find("T1") is None
