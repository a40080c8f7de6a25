"""Where commands can't be typed behind a mere slash, every text says how they are typed there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import botcore_chat
import botcore_code
import botcore_draft
import botcore_summarize
from botcore import Author, Button, Capability, ConversationKey, InputError, Part, Plugin, Schedules
from botcore.spelling import Spelling
from botcore.testing import FakeEngine, MemoryAdapter
from tests.botcore.access.rooms import BEN, Club, Rooms, code_in
from tests.botcore.running_bot import running, talking_plugin
from tests.botcore.texts_with_commands import texts_with_commands

OLGA = Author("9", "Olga")
PREFIX = "@bot do "
UNTYPABLE = re.compile(r"(?<![\w/“])/[a-z]+")


class Prefixed(Club):
    """A platform that keeps the slash to itself."""

    def command_prefix(self, key: ConversationKey) -> str:
        return PREFIX


def offering_plugin() -> Plugin:
    """A plugin with more to switch on than there are buttons for, and that plans what can't be."""
    plugin = Plugin("offers", capabilities=[Capability.SCHEDULE, Capability.SEND_UNASKED])

    for number in range(9):

        @plugin.every("0 9 * * *", name=f"offer{number}")
        async def offer() -> str:
            """Do it."""
            return "done"

    @plugin.command("plan")
    async def plan(schedules: Schedules) -> None:
        """Plan more than there may be."""
        while True:
            await schedules.every("0 9 * * *", "offer0")

    async def look() -> str:
        raise InputError("Not so: /help knows how.")

    @plugin.action("look", open=look)
    async def act() -> str:
        """Never done."""
        return ""

    @plugin.command("offer")
    async def button() -> Part:
        """Offer a button."""
        return Part("Shall I look into “/help”?", (Button("Look", "look"),))

    return plugin


TYPED = (
    *("/draft email", "hello"),
    *("/start", "/hepl", "/nope", "/help", "/privacy", "/privacy forget", "/language", "/timezone"),
    *(
        "/language German",
        "/language",
        "/access",
        "/access approve",
        "/access role Ben",
        "/settings chat history_turns",
    ),
    *("/schedules", "/schedules mute", "/schedules remove x", "/schedules what", "/plan"),
    *("/code write", "/code fix", "/draft reply", "/draft email to Bo --tone formal"),
)


async def test_every_text_tells_how_commands_are_typed(tmp_path: Path) -> None:
    """The texts are found in the code, so that none that is written later is forgotten."""
    plugins = [botcore_chat.plugin, botcore_code.plugin, botcore_draft.plugin, botcore_summarize.plugin]
    club, engine = Prefixed(), FakeEngine("old pond")
    async with running(
        tmp_path, engine, adapter=club, plugins=[*plugins, offering_plugin()], answerer="chat"
    ) as at:
        people = Rooms(at, club)
        await _get_in(people)
        for typed in TYPED:
            await people.ask(OLGA, typed)
        names = [command.name for command in at.bot.commands]
        for name in names:
            await people.ask(OLGA, f"/help {name}")
        await _in_a_group(people)
        await _lose_an_answer(people)
        shown = "\n\n".join(text.text for text in club.shown.values())
        told = engine.requests[0].messages[0].text

    texts = texts_with_commands({*names} - {"start"}, PREFIX)  # nobody is told to type that one
    assert len(texts) > 35
    assert [place for place, looks in texts.items() if not looks.search(shown)] == []
    assert f"Did you mean {PREFIX}help?" in shown
    assert f"Type it like this: {PREFIX}access " in shown
    assert UNTYPABLE.findall(shown) == ["/hepl", "/nope"], "these two were typed by a person"
    assert f"{PREFIX}summarize" in told, "the model tells people of them too"
    assert not UNTYPABLE.search(told)


async def _get_in(people: Rooms) -> None:
    desk = people.at.bot.access.desk
    await people.write(OLGA, await desk.new_owner_code())
    await people.until_said(OLGA.id)
    await people.write(BEN, "hello?")
    [invitation] = await people.until_said(BEN.id)
    await people.ask(OLGA, f"/access approve {code_in(invitation)}")
    await people.until_said(BEN.id, 2)


async def _in_a_group(people: Rooms) -> None:
    await people.write(OLGA, "hello", chat="group")
    await people.until_said("group")
    await people.at.bot.access.desk.set_chat(ConversationKey("memory", "test", "group"), allowed=True)
    await people.until_said("group", 2)
    await people.ask(OLGA, "/access audit", chat="group")
    await people.ask(OLGA, "/access deny", chat="group")


async def _lose_an_answer(people: Rooms) -> None:
    """Let an answer be in doubt, so that the next offers to show it."""
    people.club.lost_receipts = 1
    await people.ask(BEN, "/offer")
    await people.ask(BEN, "/offer")
    assert await people.ask(BEN, "/missed") == "Shall I look into “/help”?"


async def test_what_is_told_at_once_says_so_too(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("old pond"), adapter=_Trusting(), plugins=_two()) as at:
        await at.ask("/offer")
        pressed = await at.adapter.press("Look")

    assert pressed.notice == f"Not so: {PREFIX}help knows how."


async def test_what_a_plugin_or_a_person_said_stays_as_it_was(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("Try /help."), adapter=_Trusting(), plugins=_two()) as at:
        assert await at.ask("/offer") == "Shall I look into “/help”?"
        assert await at.ask("hello") == "Try /help."
        assert "“/help”" in await at.ask("/stop /help")  # one word too many


def _two() -> list[Plugin]:
    return [talking_plugin(), offering_plugin()]


class _Trusting(MemoryAdapter):
    def command_prefix(self, key: ConversationKey) -> str:
        return PREFIX


async def test_an_adapter_that_fails_to_tell_is_taken_for_one_that_has_nothing_to_tell(
    tmp_path: Path,
) -> None:
    class Failing(MemoryAdapter):
        def command_prefix(self, key: ConversationKey) -> str:
            raise RuntimeError("planned")

    async with running(tmp_path, FakeEngine("old pond"), adapter=Failing()) as at:
        assert "/help shows what else I can do" in await at.ask("/start")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/help", "!help"),
        ("Type `/draft reply`, or (/help).", "Type `!draft reply`, or (!help)."),
        ("/nope, //help, a/help, ./help, https://help, /help/me, “/help”, /helpful", None),
    ],
)
def test_only_the_names_of_commands_are_spelled_anew(text: str, shown: str | None) -> None:
    assert Spelling({"help", "draft"}, "!")(text) == (shown or text)
    assert Spelling({"help", "draft"})(text) == text
