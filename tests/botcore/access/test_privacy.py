"""People see what is kept of them, and end it; what is too old ends by itself."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import UniqueConstraint

from botcore import Accepted, PluginStore
from botcore.access.desk import OPERATOR
from botcore.access.roles import UserRole
from botcore.config import AccessSection
from botcore.plugin import Plugin
from botcore.store import schema
from botcore.store.cascade import references_to
from tests.botcore.access.rooms import ANA, BEN, Rooms, rooms
from tests.botcore.running_bot import talking_plugin

NOTES = Plugin("notes")


@NOTES.command("keep")
async def keep(store: PluginStore, *, what: str) -> str:
    """Keep something."""
    store.set("what", what)
    return "kept"


PLUGINS = (talking_plugin(), NOTES)


async def settle_in(at: Rooms) -> None:
    """Let Ana and Ben in, and have them talk to the bot and in a group."""
    for who in (ANA, BEN):
        await at.let_in(who)
        await at.ask(who, f"a word of {who.name}'s")
        await at.ask(who, f"/keep a note of {who.name}'s")
    await at.at.bot.access.desk.set_chat(at.event(ANA, "", chat="group").key, allowed=True)
    for who in (ANA, BEN):
        await at.write(who, f"{who.name}'s view", chat="group", addressed=False)
        await at.ask(who, f"{who.name}'s question", chat="group")
        await at.ask(who, f"/keep {who.name}'s secret", chat="group")


async def test_an_export_holds_what_is_kept_of_one_and_of_nobody_else(tmp_path: Path) -> None:
    async with rooms(tmp_path, plugins=PLUGINS) as at:
        await settle_in(at)
        await at.ask(ANA, "/timezone Europe/Berlin")

        answer = await at.ask(ANA, "/privacy export")

        assert answer.startswith("```json privacy.json\n")
        export = json.loads(answer.removeprefix("```json privacy.json\n").removesuffix("\n```"))
        texts = [one["text"] for one in export["messages"]]
        assert "a word of Ana's" in texts
        assert "Ana's view" in texts
        assert export["known_as"] == [{"platform": "memory", "platform_user_id": "1", "name": "Ana"}]
        assert export["role"][0]["role"] == "member"
        assert export["you"][0]["timezone"] == "Europe/Berlin"
        assert {one["value"] for one in export["kept_by_plugins"]} >= {"a note of Ana's"}
        assert "old pond" in {one["answer"] for one in export["answers"]}
        assert len(export["model_use"]) == 2
        assert "Ben" not in answer


async def test_an_export_is_not_shown_in_a_group(tmp_path: Path) -> None:
    async with rooms(tmp_path, plugins=PLUGINS) as at:
        await settle_in(at)

        assert "direct chat" in await at.ask(ANA, "/privacy export", chat="group")


async def test_nothing_is_forgotten_without_a_second_word(tmp_path: Path) -> None:
    async with rooms(tmp_path, plugins=PLUGINS) as at:
        await settle_in(at)

        assert "can't be taken back" in await at.ask(ANA, "/privacy forget yes"), "nobody was warned"
        assert await at.remembers("a word of Ana's")


async def test_who_is_forgotten_leaves_sums_and_what_they_may(tmp_path: Path) -> None:
    async with rooms(tmp_path, plugins=PLUGINS) as at:
        await settle_in(at)
        used = await at.rows("select prompt_tokens, answer_tokens from usage where user_id = 1")
        await at.ask(ANA, "/privacy forget")

        answer = await at.ask(ANA, "/privacy forget yes")

        assert answer.startswith("It is deleted: 6 messages of yours")
        for words in ("word of Ana", "note of Ana", "Ana's view", "Ana's question", "Ana's secret"):
            assert not await at.remembers(words), words
        assert (await at.rows("select name from identity order by id"))[0] == ("forgotten",)
        assert await at.rows("select count(*) from usage where user_id = 1") == [(0,)]
        assert await at.rows("select turns, prompt_tokens, answer_tokens from usage_sum") == [
            (len(used), sum(one for one, _ in used), sum(one for _, one in used))
        ]
        for words in ("word of Ben", "note of Ben", "Ben's view", "Ben's question", "Ben's secret"):
            assert await at.remembers(words), words
        assert await at.ask(ANA, "hello again") == "old pond"
        assert await at.rows("select action, about_user_id from audit where action = 'forget'") == [
            ("forget", 1)
        ]


async def test_what_still_waits_is_not_answered_after_it_was_forgotten(tmp_path: Path) -> None:
    async with rooms(tmp_path, plugins=PLUGINS) as at:
        await settle_in(at)
        bot = at.at.bot
        await bot.store.database.write(
            lambda connection: connection.execute(
                schema.inbox.update()
                .where(schema.inbox.c.user_id == 1)
                .values(state="waiting", due_at=datetime.now(UTC) + timedelta(minutes=5))
            )
        )

        await bot.access.privacy.forget(1, OPERATOR)

        assert await at.rows("select count(*) from inbox where user_id = 1") == [(0,)]


async def test_what_is_too_old_goes_with_everything_that_rests_on_it(tmp_path: Path) -> None:
    async with rooms(tmp_path, plugins=PLUGINS) as at:
        await settle_in(at)
        later = datetime.now(UTC) + timedelta(days=91)
        before = await at.rows("select count(*) from message")

        swept = await at.at.bot.access.privacy.sweep(later)

        assert [(swept,)] == before
        for table in ("message", "inbox", "turn", "outbox", "plugin_state", "usage"):
            assert await at.rows(f"select count(*) from {table}") == [(0,)], table
        assert await at.rows("select sum(turns) from usage_sum") == [(4,)]
        assert await at.ask(ANA, "hello") == "old pond", "who may come in is not swept"


async def test_what_is_younger_stays(tmp_path: Path) -> None:
    async with rooms(tmp_path, plugins=PLUGINS) as at:
        await settle_in(at)

        assert await at.at.bot.access.privacy.sweep(datetime.now(UTC) + timedelta(days=89)) == 0
        assert await at.remembers("a note of Ana's")


async def test_what_waits_for_its_answer_is_never_too_old(tmp_path: Path) -> None:
    async with rooms(tmp_path, plugins=PLUGINS) as at:
        await at.let_in(ANA)
        await at.ask(ANA, "hello")
        await at.at.bot.store.database.write(
            lambda connection: connection.execute(
                schema.inbox.update().values(state="waiting", due_at=datetime.now(UTC) + timedelta(minutes=5))
            )
        )

        await at.at.bot.access.privacy.sweep(datetime.now(UTC) + timedelta(days=91))

        assert await at.remembers("hello")


async def test_an_admin_sets_how_long_a_chat_is_remembered(tmp_path: Path) -> None:
    async with rooms(tmp_path, plugins=PLUGINS, access=AccessSection(retention_days=60)) as at:
        await settle_in(at)
        assert (
            await at.ask(ANA, "/privacy retention", chat="group") == "I keep what is said here for 60 days."
        )
        assert "Only an owner or an admin" in await at.ask(ANA, "/privacy retention 7", chat="group")
        desk = at.at.bot.access.desk
        await desk.set_role(await desk.store.find_user("memory:1"), UserRole.ADMIN)

        assert "for 7 days" in await at.ask(ANA, "/privacy retention 7 days", chat="group")
        assert "is no number of days" in await at.ask(ANA, "/privacy retention soon", chat="group")
        assert "for 7 days" in await at.ask(ANA, "/privacy", chat="group")

        await at.at.bot.access.privacy.sweep(datetime.now(UTC) + timedelta(days=8))
        assert not await at.remembers("Ana's view")
        assert await at.remembers("a word of Ana's"), "that was said elsewhere"
        assert "for 60 days" in await at.ask(ANA, "/privacy retention default", chat="group")


async def test_a_group_that_is_let_in_again_is_told_its_own_retention(tmp_path: Path) -> None:
    async with rooms(tmp_path, plugins=PLUGINS) as at:
        await settle_in(at)
        desk, room = at.at.bot.access.desk, at.event(ANA, "", chat="group").key
        await desk.set_role(await desk.store.find_user("memory:1"), UserRole.ADMIN)
        for days, told in (("7", "for 7 days"), ("0", "until somebody deletes it")):
            await at.ask(ANA, f"/privacy retention {days}", chat="group")
            before = len(at.said_in("group"))
            await desk.set_chat(room, allowed=False)

            await desk.set_chat(room, allowed=True)

            assert told in (await at.until_said("group", before + 1))[-1]


async def test_a_chat_may_be_remembered_for_ever(tmp_path: Path) -> None:
    async with rooms(tmp_path, plugins=PLUGINS, access=AccessSection(retention_days=0)) as at:
        await settle_in(at)

        assert "until somebody deletes it" in at.said_in("group")[0]
        assert await at.at.bot.access.privacy.sweep(datetime.now(UTC) + timedelta(days=9999)) == 0


async def test_the_sweep_comes_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with rooms(tmp_path, plugins=PLUGINS) as at:
        await at.let_in(ANA)
        old = replace(at.event(ANA, "long ago"), sent_at=datetime.now(UTC) - timedelta(days=100))
        assert await at.club.deliver(old) is Accepted.NEW
        await at.club.answer_to(old.message_id)

    monkeypatch.setattr("botcore.access.privacy.FIRST_SWEEP", 0.01)
    async with rooms(tmp_path, plugins=PLUGINS) as at:
        while await at.remembers("long ago"):
            pass


def test_every_row_that_goes_finds_what_rests_on_it_by_an_index() -> None:
    """Whoever adds a table that refers to one of these has to add an index too."""
    for table in (schema.message, schema.inbox, schema.turn, schema.outbox):
        for other, column in references_to(table):
            firsts = [next(iter(index.columns)) for index in other.indexes]
            uniques = [next(iter(c.columns)) for c in other.constraints if isinstance(c, UniqueConstraint)]
            assert column in (*firsts, *uniques), f"{column} has no index"
