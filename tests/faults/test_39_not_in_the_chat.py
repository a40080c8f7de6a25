"""A member who never was in a private chat, or left it, asks what is said there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import botcore_summarize
from botcore import Accepted, Capability, Ledger, Plugin
from tests.botcore.access.rooms import ANA, BEN, EVE, Rooms, rooms
from tests.botcore.running_bot import talking_plugin

NOT_FOUND = "There is no such chat, or you are not in it."
SECRET = "we merge with the other company"
READING = Plugin("reading", capabilities=[Capability.HISTORY])


@READING.command("read")
async def read(ledger: Ledger, *, chat: str = "") -> str:
    """Show what was said: a plugin that forgets to ask who may know it."""
    return "\n".join(message.text for message in await ledger.read(chat=chat or None))


@pytest.fixture
async def private(tmp_path: Path) -> AsyncIterator[Rooms]:
    """Return a bot that reads a chat of Ana's and Ben's, and that Eve talks to as well."""
    plugins = (talking_plugin(), READING, botcore_summarize.plugin)
    async with rooms(tmp_path, plugins=plugins) as at:
        for who in (ANA, BEN, EVE):
            await at.let_in(who)
        for chat in ("board", "denied"):
            key = at.event(ANA, "", chat=chat).key
            await at.at.bot.access.desk.set_chat(key, allowed=True)
            at.club.members[chat] = {ANA.id, BEN.id}
            for who, text in ((ANA, SECRET), (BEN, "agreed, on Monday"), (ANA, "good")):
                assert await at.write(who, text, chat=chat, addressed=False) is Accepted.NOTED
        await at.at.bot.access.desk.set_chat(key, allowed=False)
        yield at


ASKED = ["/summarize --chat {}", "/summarize 2 --chat {}", "/read {}"]


@pytest.mark.parametrize("command", ASKED)
async def test_who_never_was_there_can_not_tell_it_from_one_that_does_not_exist(
    private: Rooms, command: str
) -> None:
    answers = [await private.ask(EVE, command.format(chat)) for chat in ("board", "no-such-chat", "denied")]

    assert answers == [NOT_FOUND] * 3
    # The platform was asked in each case: how long that takes tells nothing either.
    assert [chat for chat, who in private.club.asked if who == EVE.id] == ["board", "no-such-chat", "denied"]


@pytest.mark.parametrize("command", ASKED)
async def test_who_is_there_may_know(private: Rooms, command: str) -> None:
    answer = await private.ask(BEN, command.format("board"))

    assert "Monday" in answer
    assert await private.ask(BEN, command.format("denied")) == NOT_FOUND, "it is read by nobody"


async def test_who_left_may_not_know_any_more(private: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    assert SECRET in await private.ask(BEN, "/read board")
    private.club.members["board"].remove(BEN.id)
    monkeypatch.setattr("botcore.access.membership.KEPT_SECONDS", 0.0)  # as when five minutes are over

    assert await private.ask(BEN, "/read board") == NOT_FOUND


async def test_on_doubt_it_is_refused(private: Rooms) -> None:
    private.club.is_broken = True

    assert await private.ask(BEN, "/read board") == NOT_FOUND
    private.club.is_broken = False
    assert SECRET in await private.ask(BEN, "/read board"), "a doubt is not kept"


async def test_an_answer_is_kept_for_a_while(private: Rooms) -> None:
    for _ in range(3):
        await private.ask(BEN, "/read board")

    assert private.club.asked.count(("board", BEN.id)) == 1


async def test_in_the_chat_itself_who_has_just_written_is_known(private: Rooms) -> None:
    assert SECRET in await private.ask(ANA, "/read", chat="board")
    assert private.club.asked == []


async def test_who_wrote_there_long_ago_is_asked_after(private: Rooms) -> None:
    """A message may have waited through a downtime, in which its author has left."""
    long_ago = datetime.now(UTC) - timedelta(minutes=30)
    event = replace(private.event(BEN, "/read", chat="board"), sent_at=long_ago)
    private.club.members["board"].remove(BEN.id)

    assert await private.club.deliver(event) is Accepted.NEW

    assert await private.club.answer_to(event.message_id) == NOT_FOUND


async def test_a_direct_chat_of_somebody_else_is_nobodys_to_read(private: Rooms) -> None:
    await private.ask(ANA, "a word in confidence")
    private.club.members[ANA.id] = {ANA.id, BEN.id}

    assert await private.ask(BEN, f"/read {ANA.id}") == NOT_FOUND


async def test_another_tenants_chat_is_not_found(private: Rooms) -> None:
    at = private
    await at.at.bot.access.desk.set_tenant("memory", "another", allowed=True)
    await at.write(EVE, "hello", tenant="another")

    assert await at.ask(EVE, "/read board", tenant="another") == NOT_FOUND
    at.club.members["board"].add(EVE.id)  # the platform confuses them
    assert await at.ask(EVE, "/read board", tenant="another") == NOT_FOUND
