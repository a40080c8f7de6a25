"""What one member of a group asks for is shown to them alone, and to the others when they say so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from botcore import Author, Button, Context, Conversation, Part, Pieces, Plugin
from botcore.adapter import Capabilities
from botcore.builtin import NOT_SHOWN, NOT_THERE, WELCOME
from botcore.domain import ConversationKey
from botcore.endings import READY
from botcore.forms.dialogue import NOT_YOURS
from botcore.store import Database, schema
from botcore.testing import Chat, FakeEngine, MemoryAdapter
from botcore.turns import NOT_PRIVATE
from tests.botcore.running_bot import running, talking_plugin

BEN = Author("ben", "Ben")
SHOW = "Show it to all here"


def secretive_plugin() -> Plugin:
    plugin = Plugin("secretive")

    @plugin.command("weigh", job=True, private=True)
    async def weigh() -> Pieces:
        yield "You weigh "
        yield "sixty kilograms."
        yield Part("Do you want to know more?", (Button("More", "more"),))

    @plugin.action("more")
    async def more() -> str:
        return "You are tall, too."

    @plugin.command("history")
    async def history(conversation: Conversation) -> str:
        return repr(await conversation.history())

    @plugin.command("stumble", private=True)
    async def stumble() -> Pieces:
        yield "You weigh"
        raise RuntimeError("planned")

    return plugin


async def test_the_group_sees_a_link_and_only_who_asked_gets_what_is_behind_it() -> None:
    chat = Chat(secretive_plugin(), FakeEngine())

    assert await chat.say("/weigh", group=True) == READY
    assert await chat.follow("Read it", author="Ben") == NOT_THERE
    assert await chat.follow("Read it") == "You weigh sixty kilograms.\n\nDo you want to know more?"
    assert await chat.press("More") == "You are tall, too."


async def test_it_is_handed_over_once() -> None:
    chat = Chat(secretive_plugin(), FakeEngine())
    await chat.say("/weigh", group=True)
    await chat.follow("Read it")

    assert await chat.follow("Read it") == NOT_THERE


async def test_nothing_of_it_is_seen_in_the_group_before_or_later(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine(), plugins=[talking_plugin(), secretive_plugin()]) as at:
        asked = await at.adapter.post("/weigh", chat="group", direct=False)
        await at.adapter.answer_to(asked)
        seen = [
            version.text + version.progress
            for message in at.adapter.shown.values()
            for version in message.versions
        ]
        later = await at.adapter.post("/history", chat="group", direct=False)

        assert not [text for text in seen if "weigh" in text]
        assert "weigh" not in await at.adapter.answer_to(later)


async def test_who_asked_may_show_it_to_all_and_nobody_else_may() -> None:
    chat = Chat(secretive_plugin(), FakeEngine())
    await chat.say("/weigh", group=True)

    assert await chat.press(SHOW, author="Ben", group=True) == NOT_YOURS
    shown = await chat.press(SHOW, group=True)
    assert shown == "You weigh sixty kilograms.\n\nDo you want to know more?"
    assert await chat.press("More", author="Ben", group=True) == "You are tall, too."


class Left(MemoryAdapter):
    """Whoever asks has left the group by now."""

    async def is_member(self, key: ConversationKey, user_id: str) -> bool:
        return False


async def test_who_has_left_the_group_shows_nothing_there(tmp_path: Path) -> None:
    plugins = [talking_plugin(), secretive_plugin()]
    async with running(tmp_path, FakeEngine(), plugins=plugins, adapter=Left()) as at:
        await at.adapter.answer_to(await at.adapter.post("/weigh", chat="group", direct=False))

        shown = await (await at.adapter.press(SHOW, chat="group")).answer()

        assert "There is no such chat, or you are not in it." in shown
        assert "sixty" not in shown


async def test_in_a_direct_chat_it_is_answered_as_anything_is() -> None:
    chat = Chat(secretive_plugin(), FakeEngine())

    assert (await chat.say("/weigh")).startswith("You weigh sixty kilograms.")


async def test_what_fails_tells_the_group_only_that_it_did(tmp_path: Path) -> None:
    chat = Chat(secretive_plugin(), FakeEngine())

    answer = await chat.say("/stumble", group=True)

    assert "Sorry" in answer
    assert "weigh" not in answer


async def test_a_platform_that_can_not_answer_one_alone_refuses(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=Capabilities(edit_interval=0.0, buttons=True))
    plugins = [talking_plugin(), secretive_plugin()]
    async with running(tmp_path, FakeEngine(), plugins=plugins, adapter=adapter) as at:
        asked = await adapter.post("/weigh", chat="group", direct=False)

        assert await at.adapter.answer_to(asked) == NOT_PRIVATE


async def test_a_link_works_for_a_day(tmp_path: Path) -> None:
    plugins = [talking_plugin(), secretive_plugin()]
    async with running(tmp_path, FakeEngine(), plugins=plugins) as at:
        asked = await at.adapter.post("/weigh", chat="group", direct=False)
        await at.adapter.answer_to(asked)
        old = datetime.now(UTC) - timedelta(days=1, minutes=1)
        database: Database = at.bot.store.database
        await database.write(lambda c: c.execute(update(schema.private_answer).values(created_at=old)))
        [message] = at.adapter.answers_to(asked)
        token = message.buttons[0].url.rpartition("/")[2]

        assert await at.ask(f"/start {token}") == NOT_THERE
        assert await (await at.adapter.press(SHOW, chat="group")).answer() == NOT_SHOWN


@pytest.mark.parametrize("typed", ["/start", "/start nothing-of-yours"])
async def test_a_first_message_is_welcomed(typed: str) -> None:
    answer = await Chat(secretive_plugin(), FakeEngine()).say(typed)

    assert answer == (WELCOME if typed == "/start" else NOT_THERE)


async def test_what_was_given_up_is_asked_again_by_a_button(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore.turns.RETRY_SECONDS", 0.01)
    plugin, tries = Plugin("moody"), []

    @plugin.command("try")
    async def try_() -> str:
        tries.append(1)
        if len(tries) <= 3:
            raise RuntimeError("planned")
        return "It worked."

    async with running(tmp_path, FakeEngine(), plugins=[talking_plugin(), plugin]) as at:
        asked = await at.adapter.post("/try")
        assert "Sorry" in await at.adapter.answer_to(asked)
        at.adapter.forget_end_of(asked)

        await at.adapter.press("Try again")

        assert "It worked." in await at.adapter.answer_to(asked)


async def test_the_model_is_not_told_of_a_command_that_links_type() -> None:
    plugin = Plugin("curious")

    @plugin.command("known")
    async def known(context: Context) -> str:
        return " ".join(context.commands)

    assert await Chat(plugin, FakeEngine()).say("/known") == "help stop queue missed known"
