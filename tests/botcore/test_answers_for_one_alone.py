"""Where a message can be shown to one person alone, a private answer is, or comes in the direct chat."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from botcore import Author, Button, Context, ConversationKey, Part, Pieces, Plugin, Refused
from botcore.adapter import Capabilities, Outgoing, PrivateAnswers, Receipt
from botcore.builtin import SHOWN
from botcore.endings import SHOW_HERE, SHOW_THERE
from botcore.promises import LATER
from botcore.testing import FakeEngine, MemoryAdapter
from botcore.testing.memory_adapter import ShownMessage
from tests.botcore.running_bot import Running, running, talking_plugin

ABLE = Capabilities(edit_interval=0.0, buttons=True, private=PrivateAnswers.EPHEMERAL)
SECRET = "You weigh sixty kilograms."


class AloneAdapter(MemoryAdapter):
    """Shows what is `only_for` somebody to them alone; everybody has a direct chat of their own."""

    def __init__(self) -> None:
        super().__init__(capabilities=ABLE)
        self.has_direct_chats = True

    async def direct_chat(self, key: ConversationKey, user_id: str) -> ConversationKey:
        if not self.has_direct_chats:
            raise Refused
        return ConversationKey(self.name, key.tenant, f"direct {user_id}")

    async def link_to(self, key: ConversationKey, message_id: str) -> str:
        return f"https://memory.example/{message_id}"

    async def edit(self, receipt: Receipt, message: Outgoing) -> Receipt | None:
        assert not (message.only_for and not self.shown[receipt.message_id].versions[0].only_for)
        return await super().edit(receipt, message)

    async def is_member(self, key: ConversationKey, user_id: str) -> bool:
        return user_id != "stranger"

    def seen_by(self, user: str, chat: str = "group") -> list[str]:
        return [m.text for m in self.messages(chat) if m.versions[-1].only_for in ("", user)]

    def messages(self, chat: str) -> list[ShownMessage]:
        return [m for m in self.shown.values() if m.key.chat == chat and not m.deleted]

    def ever_seen_by_all(self, chat: str = "group") -> str:
        """Return every look of every message that all see."""
        return " ".join(
            f"{version.text} {version.progress}"
            for message in self.shown.values()
            for version in message.versions
            if message.key.chat == chat and not version.only_for
        )


def weighing_plugin(wait: asyncio.Event | None = None) -> Plugin:
    plugin = Plugin("weighing")

    @plugin.command("weigh", job=True, private=True)
    async def weigh(context: Context) -> Pieces:
        context.progress("Weighing you, all sixty kilograms")
        if wait:
            await wait.wait()
        yield Part(SECRET, (Button("More", "more"),))

    @plugin.action("more")
    async def more() -> str:
        return "You are tall, too."

    @plugin.command("stumble", private=True)
    async def stumble() -> Pieces:
        yield SECRET
        raise RuntimeError("planned")

    @plugin.answerer
    async def answer() -> str:
        return "Hello."

    return plugin


def open_bot(folder: Path, wait: asyncio.Event | None = None) -> AbstractAsyncContextManager[Running]:
    adapter = AloneAdapter()
    plugins = [talking_plugin(), weighing_plugin(wait)]
    return running(folder, FakeEngine(), adapter=adapter, plugins=plugins)


def adapter_of(at: Running) -> AloneAdapter:
    assert isinstance(at.adapter, AloneAdapter)
    return at.adapter


async def ask(at: Running, text: str = "/weigh") -> str:
    return await at.adapter.post(text, chat="group", direct=False)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ten seconds be over at once."""
    monkeypatch.setattr("botcore.promises.SOON_SECONDS", 0.0)


async def test_what_is_there_at_once_is_seen_by_its_asker_alone(tmp_path: Path) -> None:
    async with open_bot(tmp_path) as at:
        asked = await ask(at)
        await at.adapter.answer_to(asked)

        assert adapter_of(at).seen_by("ana") == [SECRET]
        assert adapter_of(at).seen_by("ben") == []
        assert "sixty" not in adapter_of(at).ever_seen_by_all()


async def test_what_its_buttons_do_is_seen_by_its_asker_alone_too(tmp_path: Path) -> None:
    async with open_bot(tmp_path) as at:
        await at.adapter.answer_to(await ask(at))
        press = await at.adapter.press("More", chat="group")
        await press.answer()

        assert adapter_of(at).seen_by("ana") == [SECRET, "You are tall, too."]
        assert adapter_of(at).seen_by("ben") == []


async def test_its_asker_may_show_it_to_all(tmp_path: Path) -> None:
    async with open_bot(tmp_path) as at:
        await at.adapter.answer_to(await ask(at))
        await (await at.adapter.press(SHOW_HERE, chat="group")).answer()

        assert adapter_of(at).seen_by("ben") == [SECRET]
        [shown] = [m for m in adapter_of(at).messages("group") if not m.versions[-1].only_for]
        assert [key.label for key in shown.buttons] == ["More"]


async def test_nothing_of_it_is_in_the_ledger_or_the_history(tmp_path: Path) -> None:
    async with open_bot(tmp_path) as at:
        await at.adapter.answer_to(await ask(at))
        store = at.bot.store
        scope = await store.find_scope(ConversationKey("memory", "test", "group"))
        assert scope
        said = await store.ledger(scope, before=10**9, last=50, commands=True)

        assert not [message.text for message in said if "sixty" in message.text]
        assert await store.history(scope, before=10**9, limit=50) == []


async def test_a_failure_is_told_to_its_asker_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botcore.turns.RETRY_SECONDS", 0.01)
    async with open_bot(tmp_path) as at:
        await at.adapter.answer_to(await ask(at, "/stumble"))

        [told] = adapter_of(at).seen_by("ana")
        assert "sixty" not in told
        assert adapter_of(at).seen_by("ben") == []


@pytest.mark.usefixtures("soon")
async def test_what_takes_long_is_promised_and_comes_in_the_direct_chat(tmp_path: Path) -> None:
    wait = asyncio.Event()
    async with open_bot(tmp_path, wait) as at:
        asked = await ask(at)
        adapter = adapter_of(at)
        await at.until(lambda: adapter.seen_by("ana") == [LATER])
        assert adapter.seen_by("ben") == []
        wait.set()
        await at.adapter.over(asked)

        link, answer = adapter.seen_by("ana", "direct ana")
        assert f"https://memory.example/{asked}" in link
        assert answer == SECRET
        assert adapter.seen_by("ana") == [LATER]
        assert "sixty" not in adapter.ever_seen_by_all()


@pytest.mark.usefixtures("soon")
async def test_it_can_be_shown_to_all_from_the_direct_chat(tmp_path: Path) -> None:
    async with open_bot(tmp_path) as at:
        adapter, asked = adapter_of(at), await ask(at)
        await at.adapter.over(asked)
        press = await adapter.press(SHOW_THERE, chat="direct ana")
        assert SHOWN in await press.answer()
        await at.until(lambda: adapter.seen_by("ben") == [SECRET])

        assert await adapter.press("More", chat="direct ana")
        await at.until(lambda: "You are tall, too." in adapter.seen_by("ana", "direct ana"))
        assert adapter.seen_by("ben") == [SECRET]


@pytest.mark.usefixtures("soon")
async def test_who_has_left_shows_nothing_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_bot(tmp_path) as at:
        adapter, asked = adapter_of(at), await ask(at)
        await at.adapter.over(asked)

        async def is_member(key: ConversationKey, user_id: str) -> bool:
            return False

        monkeypatch.setattr(adapter, "is_member", is_member)
        await (await adapter.press(SHOW_THERE, chat="direct ana")).answer()

        assert adapter.seen_by("ben") == []


@pytest.mark.usefixtures("soon")
async def test_who_has_no_direct_chat_sees_it_where_they_asked(tmp_path: Path) -> None:
    async with open_bot(tmp_path) as at:
        adapter = adapter_of(at)
        adapter.has_direct_chats = False
        await at.adapter.answer_to(await ask(at))

        assert (adapter.seen_by("ana"), adapter.seen_by("ben")) == ([SECRET], [])


@pytest.mark.usefixtures("soon")
async def test_a_promise_is_made_once_and_kept_after_a_restart(tmp_path: Path) -> None:
    async with open_bot(tmp_path, asyncio.Event()) as at:
        await ask(at)
        await at.until(lambda: adapter_of(at).seen_by("ana") == [LATER])
    async with open_bot(tmp_path) as at:
        adapter = adapter_of(at)
        await at.until(lambda: SECRET in adapter.seen_by("ana", "direct ana"))

        assert adapter.seen_by("ana") == []


async def test_one_that_may_have_arrived_is_neither_repeated_nor_offered_to_all(tmp_path: Path) -> None:
    async with open_bot(tmp_path) as at:
        at.adapter.lost_receipts = 1
        await at.adapter.answer_to(await ask(at))
        later = await at.adapter.post("/missed", chat="group", direct=False, author=Author("ben", "Ben"))

        assert "sixty" not in await at.adapter.answer_to(later)
        assert len([m for m in adapter_of(at).messages("group") if m.versions[-1].only_for]) == 1


async def test_in_a_direct_chat_nothing_changes(tmp_path: Path) -> None:
    async with open_bot(tmp_path) as at:
        assert await at.ask("/weigh") == SECRET
        [shown] = adapter_of(at).messages("room")
        assert not shown.versions[-1].only_for
