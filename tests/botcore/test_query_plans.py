"""No statement of the way of a message reads a whole table that grows."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Column, Engine, create_engine, event

from botcore import Button, Capability, Context, Ledger, Part, Plugin
from botcore.adapter import Capabilities
from botcore.config import AccessSection, MemberBudgetSection
from botcore.domain import Author
from botcore.store import schema
from botcore.store.place import Place
from botcore.testing import FakeEngine, MemoryAdapter
from tests.botcore.access.rooms import ANA, BEN, EVE, rooms
from tests.botcore.forms.ordering import ordering_plugin
from tests.botcore.running_bot import Running, running, talking_plugin
from tests.botcore.schedules.reminding import MONDAY, reminding_plugin
from tests.botcore.settings.test_settings import poet
from tests.fakes.postgresql import PostgresqlServer

# A row, one for each installation, or no more than a hundred at a time.
SMALL = {"owner", "tenant", "alembic_version", "pairing"}
SMALL_SCANS = re.compile(
    r"SCAN (CONSTANT ROW|\d+ CONSTANT|\(?subquery|anon_|owner\b|tenant\b|pairing\b)", re.IGNORECASE
)
Statement = tuple[str, Any]  # its SQL and its parameters


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botcore.turns.RETRY_SECONDS", 0.01)
    monkeypatch.setattr("botcore.waiting.TELL_SECONDS", 0.02)


@contextmanager
def recorded() -> Iterator[dict[str, Statement]]:
    """Collect the statements that are run meanwhile, each once."""
    statements: dict[str, Statement] = {}

    def note(connection: object, cursor: object, sql: str, parameters: Any, *_: object) -> None:
        if re.match(r"SELECT|INSERT|UPDATE|DELETE|WITH", sql) and "alembic_version" not in sql:
            statements.setdefault(sql, (sql, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def reading_plugin() -> Plugin:
    plugin = Plugin("reading", capabilities=[Capability.HISTORY])

    @plugin.command("read", job=True)
    async def read(ledger: Ledger, context: Context, *, chat: str = "") -> str:
        """Read what was said."""
        context.progress("Reading")
        return str(len(await ledger.read(last=50, chat=chat or None)))

    @plugin.command("offer")
    async def offer() -> Part:
        """Offer something."""
        return Part("It is yours.", (Button("Take it", "take", personal=True),))

    @plugin.action("take")
    async def take() -> str:
        return "Taken."

    @plugin.command("whisper", private=True)
    async def whisper() -> str:
        """Say something to one person."""
        return "Between you and me."

    return plugin


async def live_through_everything(folder: Path, place: Place) -> None:
    """Let a bot meet what happens to one: newcomers, commands, stops, failures, a restart."""
    slow = FakeEngine("word " * 200, pace=0.01)
    plugins = [talking_plugin(), reading_plugin()]
    for overlap in ("queue", "interrupt", "drop"):
        async with running(folder, slow, place=place, plugins=plugins, overlap=overlap, max_waiting=2) as at:
            first = await at.adapter.post("talk", chat="slow")
            for number in range(4):
                await at.adapter.post(f"and {number}", chat="slow")
            await asyncio.sleep(0.1)
            await at.ask("/queue", chat="slow")
            await at.ask("/stop", chat="slow")
            await at.adapter.answer_to(first)
    async with running(folder, FakeEngine("old pond"), place=place, plugins=plugins) as at:
        for text in ("hello", "again", "/count", "/count", "/parts", "/fail", "/refuse", "/help", "/missed"):
            await at.ask(text)
        await at.ask("/read")
        await at.adapter.post("renamed", author=Author("ana", "Ana Maria"), addressed=False)
        at.adapter.errors = [RuntimeError("nobody knows whether it arrived")]
        await at.ask("in doubt")
        await at.ask("what was that?")
        await at.ask("/missed")
        await press_and_fetch(at)
    await fill_in_choose_and_plan(folder, place)
    await come_in(folder, place, plugins)


async def press_and_fetch(at: Running) -> None:
    """Press buttons, ask for an answer that is one's own, fetch it and show it to the others."""
    await at.ask("/offer")
    await (await at.adapter.press("Take it")).answer()
    asked = await at.adapter.post("/whisper", chat="group", direct=False)
    await at.adapter.answer_to(asked)
    [message] = at.adapter.answers_to(asked)
    await at.ask(f"/start {message.buttons[0].url.rpartition('/')[2]}")
    await (await at.adapter.press("Show it to all here", chat="group")).answer()
    await at.ask("/fail", chat="give up")
    await (await at.adapter.press("Try again", chat="give up")).answer()


async def fill_in_choose_and_plan(folder: Path, place: Place) -> None:
    """Answer the fields of a form, send another, choose a setting, and do what is due."""
    times = [MONDAY]
    plugins = [talking_plugin(), ordering_plugin(), reminding_plugin(), poet()]
    async with running(folder, FakeEngine("x"), place=place, plugins=plugins, now=lambda: times[-1]) as at:
        for text in ("/order", "salad", "/back", "/cancel", "/choose"):
            await at.ask(text)
        await (await at.adapter.press("Choose")).answer()
        await (await at.adapter.press("Yes")).answer()
        for text in ("/settings poet lines 5", "/poem", "/settings", "/daily tea", "/schedules on digest"):
            await at.ask(text)
        times.append(MONDAY + timedelta(hours=2))
        await at.bot.schedules.look()
        for text in ("/schedules", "/schedules mute", "/end"):
            await at.ask(text)
    adapter = MemoryAdapter(capabilities=Capabilities(edit_interval=0.0, buttons=True, forms=True))
    async with running(folder, FakeEngine("x"), place=place, plugins=plugins, adapter=adapter) as at:
        await at.ask("/order")
        await adapter.submit({"dish": "soup"})
        await adapter.over(adapter.forms[-1].event.message_id)


async def come_in(folder: Path, place: Place, plugins: list[Plugin]) -> None:
    """Let strangers come, be let in, talk, and look at another chat."""
    rules = AccessSection(member=MemberBudgetSection(messages_per_hour=100, tokens_per_day=100_000))
    async with rooms(folder, place=place, plugins=tuple(plugins), access=rules) as at:
        await at.at.bot.access.desk.new_owner_code()
        await at.write(EVE, "-".join(["AAAAA"] * 5))
        await at.let_in(ANA)
        await at.ask(ANA, "hello")
        await at.at.bot.access.desk.set_tenant("memory", "test", allowed=True)
        await at.ask(BEN, "hello", chat="group")
        at.club.members["group"] = {ANA.id}
        await at.ask(ANA, "/read group")


def plan_on_sqlite(path: Path, statement: Statement) -> list[str]:
    import sqlite3

    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {statement[0]}", statement[1]).fetchall()
    return [row[3] for row in rows]


def whole_tables_on_sqlite(path: Path, statement: Statement) -> list[str]:
    lines = [line for line in plan_on_sqlite(path, statement) if line.startswith("SCAN")]
    return [line for line in lines if not SMALL_SCANS.match(line)]


def whole_tables_on_postgresql(url: URL, statements: list[Statement]) -> dict[str, list[str]]:
    engine = create_engine(url)
    found = {}
    with engine.connect() as connection:
        connection.exec_driver_sql("SET enable_seqscan = off")
        for sql, parameters in statements:
            lines = connection.exec_driver_sql(f"EXPLAIN {sql}", parameters).scalars()
            tables = [match[1] for line in lines if (match := re.search(r"Seq Scan on \"?(\w+)", line))]
            if whole := [table for table in tables if table not in SMALL]:
                found[sql] = whole
    engine.dispose()
    return found


async def test_sqlite_reads_no_whole_table_on_the_way_of_a_message(tmp_path: Path) -> None:
    with recorded() as statements:
        await live_through_everything(tmp_path, tmp_path / "botcore.db")

    assert {"inbox", "outbox", "message", "turn"} <= {
        table.name for table in schema.metadata.sorted_tables if any(table.name in sql for sql in statements)
    }
    whole = {sql: whole_tables_on_sqlite(tmp_path / "botcore.db", s) for sql, s in statements.items()}
    assert {sql: lines for sql, lines in whole.items() if lines} == {}


@pytest.mark.slow
async def test_postgresql_has_an_index_for_everything_on_the_way_of_a_message(
    tmp_path: Path, postgresql: PostgresqlServer
) -> None:
    place = postgresql.new()
    with recorded() as statements:
        await live_through_everything(tmp_path, place)

    assert whole_tables_on_postgresql(place, list(statements.values())) == {}


async def test_what_refers_to_a_row_that_is_deleted_is_found_by_an_index(tmp_path: Path) -> None:
    with recorded() as statements:
        await live_through_everything(tmp_path, tmp_path / "botcore.db")
    deleted = {match[1] for sql in statements if (match := re.match(r"DELETE FROM (\w+)", sql))}

    assert deleted == {"button", "form", "message", "pairing", "private_answer", "schedule", "setting"}
    for name in deleted:
        for column in columns_that_refer_to(name):
            indexes = [next(iter(index.columns)) for index in column.table.indexes]
            assert column in indexes, f"{column} has no index"


def columns_that_refer_to(name: str) -> list[Column[Any]]:
    tables = schema.metadata.sorted_tables
    return [key.parent for table in tables for key in table.foreign_keys if key.column.table.name == name]


def test_a_statement_that_reads_a_whole_table_would_be_found(tmp_path: Path) -> None:
    from botcore.store.migrate import upgrade

    upgrade(tmp_path / "botcore.db")

    for sql in ("SELECT id FROM message WHERE text = ?", "SELECT x.id FROM inbox AS x WHERE x.failures = ?"):
        assert whole_tables_on_sqlite(tmp_path / "botcore.db", (sql, ("1",)))
