"""A summary says which of the messages that it cites were changed since, where it stands."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

import botcore_summarize
from botcore import Author, Deleted, Edited
from botcore.endings import SHOW_HERE
from botcore.store import schema
from botcore.store.audit import Actor
from botcore.testing import FakeEngine, MemoryAdapter
from tests.botcore.running_bot import Running, running, talking_plugin
from tests.botcore.test_answers_for_one_alone import AloneAdapter
from tests.plugins.summarize.writers import honest

PLUGINS = [talking_plugin(), botcore_summarize.plugin]


async def until_shown(at: Running, ending: str, *, chat: str = "room") -> str:
    """Wait until a message of the bot's in a chat ends like this, and return it."""
    async with asyncio.timeout(10):
        while True:
            for shown in at.adapter.shown.values():
                if shown.key.chat == chat and shown.text.endswith(ending):
                    return shown.text
            await asyncio.sleep(0.01)


async def summarized(at: Running) -> list[str]:
    """Let two things be said and summarized; return their ids."""
    said = [
        await at.adapter.post(text, addressed=False) for text in ("the parser is broken", "the lexer is fine")
    ]
    assert "Ana says: the parser is broken [1]" in await at.ask("/summarize")
    return said


async def test_an_edit_is_told_below_it(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine(honest), plugins=PLUGINS) as at:
        first, _ = await summarized(at)

        later = datetime.now(UTC) + timedelta(seconds=1)
        await at.adapter.deliver(Edited(at.adapter.events[first].key, first, "the parser works", later))

        text = await until_shown(at, "\n\n_Changed since then: [1] was edited._")
        assert "Ana says: the parser is broken [1]" in text, "what was summarized stays as it was"
        assert len(at.adapter.shown) == 1, "the same message was edited"


async def test_what_was_deleted_is_quoted_no_more(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine(honest), plugins=PLUGINS) as at:
        first, _ = await summarized(at)

        await at.adapter.deliver(Deleted(at.adapter.events[first].key, first))

        text = await until_shown(at, "\n\n_Changed since then: [1] was deleted._")
        assert "Ana: the parser is broken" not in text
        assert "_(this message was deleted)_" in text


async def test_what_changed_while_nobody_could_be_told_is_told_after_the_start(tmp_path: Path) -> None:
    adapter = MemoryAdapter()
    async with running(tmp_path, FakeEngine(honest), plugins=PLUGINS, adapter=adapter) as at:
        first, _ = await summarized(at)
        await at.bot.store.follow(Deleted(adapter.events[first].key, first))  # and the process ends here
    shown = adapter.shown
    adapter = MemoryAdapter()
    adapter.shown = shown
    async with running(tmp_path, FakeEngine(honest), plugins=PLUGINS, adapter=adapter) as at:
        await until_shown(at, "[1] was deleted._")


async def test_who_fetched_it_is_told_as_well_as_all_who_were_shown_it(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine(honest), plugins=PLUGINS) as at:
        said = await at.adapter.post("the parser is broken", addressed=False, chat="group", direct=False)
        await at.adapter.post("the lexer is fine", addressed=False, chat="group", direct=False)
        asked = await at.adapter.post("/summarize", chat="group", direct=False)
        await at.adapter.answer_to(asked)
        [line] = at.adapter.answers_to(asked)
        await at.ask(f"/start {line.buttons[0].url.rpartition('/')[2]}")
        await (await at.adapter.press("Show it to all here", chat="group")).answer()

        await at.adapter.deliver(Deleted(at.adapter.events[said].key, said))

        for chat in ("room", "group"):
            assert "Ana: the parser is broken" not in await until_shown(at, "[1] was deleted._", chat=chat)
        assert at.adapter.answers_to(asked)[0].text.startswith("Your answer is ready.")


async def test_an_answer_that_one_alone_sees_is_marked_as_well(tmp_path: Path) -> None:
    adapter = AloneAdapter()
    async with running(tmp_path, FakeEngine(honest), plugins=PLUGINS, adapter=adapter):
        said = await adapter.post("the parser is broken", addressed=False, chat="group", direct=False)
        await adapter.post("the lexer is fine", addressed=False, chat="group", direct=False)
        await adapter.answer_to(await adapter.post("/summarize", chat="group", direct=False))
        await (await adapter.press(SHOW_HERE, chat="group")).answer()

        await adapter.deliver(Deleted(adapter.events[said].key, said))

        async with asyncio.timeout(10):
            while sum("[1] was deleted._" in text for text in adapter.seen_by("ana")) < 2:
                await asyncio.sleep(0.01)
        assert not [text for text in adapter.seen_by("ana") if "Ana: the parser is broken" in text]


async def test_who_is_forgotten_is_quoted_in_nobodys_summary_any_more(tmp_path: Path) -> None:
    ben = Author("ben", "Ben")
    async with running(tmp_path, FakeEngine(honest), plugins=PLUGINS) as at:
        await at.adapter.post("the parser is broken", addressed=False, author=ben)
        await at.adapter.post("the lexer is fine", addressed=False)
        assert "Ben: the parser is broken" in await at.ask("/summarize")

        users = schema.user.c
        query = select(users.id).where(users.name == "Ben")
        user_id = await at.bot.store.database.read(lambda connection: connection.scalar(query))
        assert user_id
        await at.bot.access.privacy.forget(user_id, Actor())

        async with asyncio.timeout(10):
            while any("Ben: the parser" in shown.text for shown in at.adapter.shown.values()):
                await asyncio.sleep(0.01)
        kept = select(schema.outbox.c.text, schema.turn.c.answer).join(schema.turn)
        rows = await at.bot.store.database.read(lambda connection: connection.execute(kept).all())
        assert rows
        assert not [row for row in rows if "Ben: the parser" in f"{row.text} {row.answer}"]
