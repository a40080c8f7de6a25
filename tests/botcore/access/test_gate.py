"""Denied is the default, and it is decided before anything is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from botcore import Accepted, Author, ChatMoved, Edited, Event, InboundEvent
from botcore.access.roles import UserRole
from botcore.errors import InputError
from botcore.testing import MemoryAdapter
from tests.botcore.access.rooms import ANA, BEN, EVE, Rooms, code_in, rooms

QUIET_SECONDS = 0.3


async def test_a_stranger_is_denied_and_nothing_of_the_text_is_kept(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        event = at.event(ANA, "my secret plan")

        assert await at.club.deliver(event) is Accepted.DENIED
        [line] = await at.until_said(ANA.id)

        assert "give this code" in line
        assert not await at.remembers("secret plan")
        assert await at.rows("select dedupe_key, platform_chat_id from denial") == [
            (event.dedupe_key, ANA.id)
        ]
        assert await at.rows("select count(*) from message") == [(0,)]
        assert at.at.bot.telemetry.metrics.denied.labels("memory", "stranger")._value.get() == 1


async def test_a_stranger_is_told_once_a_day(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        for _ in range(3):
            await at.write(ANA, "hello?")
        await at.until_said(ANA.id)

        await asyncio.sleep(QUIET_SECONDS)

        assert len(at.said_in(ANA.id)) == 1
        assert await at.rows("select count(*) from denial") == [(3,)]


async def test_only_so_many_strangers_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botcore.store.access.OPEN_PAIRINGS", 2)
    async with rooms(tmp_path) as at:
        for number in range(4):
            await at.write(Author(f"u{number}", "Somebody"), "hello?")
        await at.until_said("u1")
        await asyncio.sleep(QUIET_SECONDS)

        assert [len(at.said_in(f"u{number}")) for number in range(4)] == [1, 1, 0, 0]


async def test_the_same_delivery_twice_is_denied_once(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        event = at.event(ANA, "hello?")
        await at.club.deliver(event)
        await at.until_said(ANA.id)

        assert await at.club.deliver(event) is Accepted.DENIED
        assert await at.rows("select count(*) from denial") == [(1,)]


async def test_what_was_denied_is_not_answered_when_it_is_delivered_again_after_the_approval(
    tmp_path: Path,
) -> None:
    async with rooms(tmp_path) as at:
        event = at.event(ANA, "hello?")
        await at.club.deliver(event)
        [line] = await at.until_said(ANA.id)
        await at.at.bot.access.desk.approve(code_in(line))

        assert await at.club.deliver(event) is Accepted.DENIED
        assert await at.ask(ANA, "and now?") == "old pond"


async def test_who_is_approved_hears_of_it_and_is_answered(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        code = await at.code_for(ANA)

        admitted = await at.at.bot.access.desk.approve(code.lower().replace("-", " "))

        assert admitted.name == "Ana"
        assert "You were let in" in (await at.until_said(ANA.id, 2))[1]
        assert await at.ask(ANA, "hello") == "old pond"
        assert await at.write(BEN, "hello") is Accepted.DENIED


async def test_a_code_is_good_for_one(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        code = await at.code_for(ANA)
        await at.at.bot.access.desk.approve(code)

        with pytest.raises(InputError, match="Nobody waits with this code"):
            await at.at.bot.access.desk.approve(code)


async def test_a_code_expires(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        code = await at.code_for(ANA)
        await at.at.bot.store.database.write(
            lambda connection: connection.exec_driver_sql(
                "update pairing set expires_at = '2020-01-01', created_at = '2020-01-01'"
            )
        )

        with pytest.raises(InputError, match="older than a day"):
            await at.at.bot.access.desk.approve(code)
        assert await at.code_for(ANA) != code


async def test_the_database_does_not_hold_the_code(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        code = await at.code_for(ANA)

        [(kept,)] = await at.rows("select code_hash from pairing")

        assert code not in kept
        assert len(kept) == 64


async def test_a_bot_is_told_nothing(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        assert await at.write(replace(EVE, is_bot=True), "hello") is Accepted.DENIED
        await asyncio.sleep(QUIET_SECONDS)

        assert at.club.shown == {}


async def test_a_group_that_nobody_allowed_hears_nothing_and_leaves_no_ledger(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        await at.let_in(ANA)

        for addressed in (True, False):
            assert await at.write(ANA, "between us", chat="group", addressed=addressed) is Accepted.DENIED
        await asyncio.sleep(QUIET_SECONDS)

        assert at.said_in("group") == []
        assert not await at.remembers("between us")


async def test_who_may_allow_a_group_is_told_how_when_they_address_the_bot_there(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        await at.let_in(ANA)
        await at.let_in(BEN)
        [ana] = await at.rows("select user_id from identity where platform_user_id = '1'")
        await at.at.bot.access.desk.set_role(ana[0], UserRole.ADMIN)

        for who, addressed in ((BEN, True), (ANA, False), (ANA, True)):
            assert await at.write(who, "our plan", chat="group", addressed=addressed) is Accepted.DENIED

        [hint] = await at.until_said("group")
        assert "/access allow" in hint
        assert not await at.remembers("our plan")


async def test_a_group_that_is_allowed_is_told_so_once_and_its_members_are_answered(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        key = at.event(ANA, "", chat="group").key

        for _ in range(2):
            await at.at.bot.access.desk.set_chat(key, allowed=True)
        assert await at.write(BEN, "between us", chat="group", addressed=False) is Accepted.NOTED
        assert await at.ask(ANA, "hello", chat="group") == "old pond"

        [notice, answer] = at.said_in("group")
        assert "I remember what is written here, for 90 days" in notice
        assert answer == "old pond"
        assert await at.remembers("between us")


async def test_a_tenant_that_is_allowed_lets_everybody_and_every_chat_in(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        await at.at.bot.access.desk.set_tenant("memory", "test", allowed=True)

        assert await at.ask(ANA, "hello") == "old pond"
        assert await at.ask(BEN, "hello", chat="group") == "old pond"
        assert await at.write(EVE, "hello", tenant="another") is Accepted.DENIED

        assert "I remember" in at.said_in("group")[0]
        assert at.said_in(ANA.id) == ["old pond"], "a direct chat needs no notice"


async def test_a_chat_may_be_denied_where_the_tenant_is_allowed(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        await at.at.bot.access.desk.set_tenant("memory", "test", allowed=True)
        await at.at.bot.access.desk.set_chat(at.event(ANA, "", chat="group").key, allowed=False)

        assert await at.write(ANA, "hello", chat="group") is Accepted.DENIED


async def test_who_is_revoked_is_not_answered_anywhere(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        await at.let_in(ANA)
        await at.at.bot.access.desk.set_chat(at.event(ANA, "", chat="group").key, allowed=True)
        await at.ask(ANA, "hello", chat="group")
        said = len(at.club.shown)
        ana = await at.at.bot.access.desk.store.find_user("memory:1")

        await at.at.bot.access.desk.set_role(ana, UserRole.REVOKED)

        assert await at.write(ANA, "hello") is Accepted.DENIED
        assert await at.write(ANA, "hello", chat="group") is Accepted.NOTED, "the chat is allowed"
        await asyncio.sleep(QUIET_SECONDS)
        assert len(at.club.shown) == said


async def test_an_edit_is_kept_only_where_a_message_would_be(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        await at.let_in(ANA)
        room = at.event(ANA, "", chat="group").key
        await at.at.bot.access.desk.set_chat(room, allowed=True)
        alone, among = at.event(ANA, "one"), at.event(ANA, "two", chat="group", addressed=False)
        for message in (alone, among):
            await at.club.deliver(message)

        async def edit(message: InboundEvent, text: str) -> Accepted:
            return await at.at.bot.receive(Edited(message.key, message.message_id, text, datetime.now(UTC)))

        assert [await edit(one, f"{one.text}!") for one in (alone, among)] == [Accepted.NOTED] * 2
        assert await edit(at.event(ANA, "never heard"), "x") is Accepted.DUPLICATE
        await at.at.bot.access.desk.set_chat(room, allowed=False)
        ana = await at.at.bot.access.desk.store.find_user("memory:1")
        await at.at.bot.access.desk.set_role(ana, UserRole.REVOKED)

        assert [await edit(one, "my secret plan") for one in (alone, among)] == [Accepted.DENIED] * 2
        assert not await at.remembers("secret plan")


async def test_a_chat_that_moved_stays_allowed(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        await at.at.bot.access.desk.set_chat(at.event(ANA, "", chat="group").key, allowed=True)
        await at.ask(ANA, "hello", chat="group")
        assert await at.write(ANA, "hello", chat="supergroup") is Accepted.DENIED

        moved = ChatMoved("memory", "test", "group", "supergroup")
        assert await at.at.bot.receive(moved) is Accepted.NOTED

        assert await at.ask(ANA, "hello", chat="supergroup") == "old pond"
        assert len([line for line in at.said_in("supergroup") if "I remember" in line]) == 0, "it was told"
        assert await at.write(ANA, "hello", chat="group") is Accepted.DENIED


async def test_a_restart_knows_who_was_let_in(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        await at.let_in(ANA)

    async with rooms(tmp_path) as at:
        assert await at.ask(ANA, "hello") == "old pond"


async def test_who_is_known_costs_no_statement_more_than_at_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore.access.doorkeeper.SKEW", timedelta())
    async with rooms(tmp_path) as at:
        await at.let_in(ANA)
        await at.at.bot.access.desk.set_chat(at.event(ANA, "", chat="group").key, allowed=True)
        here = MemoryAdapter("here")
        async with at.at.bot.attached(here, 1):
            counts = []
            for platform in ("memory", "here"):
                posts = [at.event(ANA, "hi Ben", chat="group", addressed=False) for _ in range(6)]
                named = [replace(post, key=replace(post.key, platform=platform)) for post in posts]
                for post in named[:2]:
                    await at.at.bot.receive(post)
                # What else goes on, such as sending the word that the chat is remembered, ends some time.
                counts.append(min([await statements_for(at, post) for post in named[2:]], key=len))

        assert counts[0] == counts[1]


async def statements_for(at: Rooms, post: Event) -> list[str]:
    while await at.at.bot.store.undelivered():
        await asyncio.sleep(0.01)
    with counted() as statements:
        assert await at.at.bot.receive(post) is Accepted.NOTED
    return [statement.partition(" ")[0] for statement in statements]


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements that are run meanwhile, but for what waits for work."""
    statements: list[str] = []

    def note(connection: object, cursor: object, sql: str, *_: object) -> None:
        if "min(inbox.due_at)" not in sql:
            statements.append(sql)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def test_the_gate_asks_the_database_once_for_each_person_and_chat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rooms(tmp_path) as at:
        await at.let_in(ANA)
        reads = 0
        store = at.at.bot.access.desk.store
        standing = store.standing

        async def counted(*arguments: object) -> object:
            nonlocal reads
            reads += 1
            return await standing(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(store, "standing", counted)
        for _ in range(5):
            await at.ask(ANA, "hello")

        assert reads == 1
