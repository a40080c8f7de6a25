"""What was said before the bot came is fetched for who may read it, as far as the platform gives it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import botcore_summarize
from botcore import (
    Author,
    Capability,
    ConversationKey,
    HistoryPage,
    Ledger,
    PastMessage,
    Plugin,
    Refused,
    RetryLater,
)
from botcore.testing import FakeEngine
from tests.botcore.access.rooms import ANA, BEN, EVE, Club, Rooms
from tests.botcore.running_bot import running, talking_plugin
from tests.plugins.summarize.writers import honest

BEGINNING = datetime.now(UTC) - timedelta(hours=5)
READING = Plugin("reading", capabilities=[Capability.HISTORY])


@READING.command("read")
async def read(ledger: Ledger, *, last: int = 200, threads: bool = False, chat: str = "") -> str:
    """Show what was said, and what of that is missing."""
    said = [one.text for one in await ledger.read(last=last, chat=chat or None, threads=threads)]
    return "\n".join([*said, await ledger.unheard(chat=chat or None)]).strip()


@dataclass
class Archive(Club):
    """A platform that tells what was said, a page at a time."""

    page: int = 10
    said: dict[tuple[str, str], list[PastMessage]] = field(default_factory=dict)  # by chat and thread
    asked_for: list[tuple[str, str, str]] = field(default_factory=list)
    trouble: list[Exception] = field(default_factory=list)  # raised by the next calls, in turn

    def __post_init__(self) -> None:
        super().__init__()

    def say(self, chat: str, count: int, *, thread: str = "") -> None:
        """Let more be said that the bot does not hear."""
        said = self.said.setdefault((chat, thread), [])
        for number in range(len(said), len(said) + count):
            at = BEGINNING + timedelta(minutes=number)
            said.append(PastMessage(f"{thread}#{number}", Author("ben", "Ben"), f"said {number}", at, thread))

    def reply(self, chat: str, root: int, *texts: str) -> None:
        """Let more be said below a message that the bot does not hear."""
        outside = self.said[chat, ""]
        thread = outside[root].message_id
        below = self.said.setdefault((chat, thread), [])
        for text in texts:
            at = BEGINNING + timedelta(minutes=root, seconds=len(below) + 1)
            its_id = f"{thread}#{len(below)}"
            below.append(PastMessage(its_id, Author("ben", "Ben"), text, at, thread))
        outside[root] = replace(outside[root], replies=len(below), last_reply_at=below[-1].sent_at)

    async def fetch_history(self, key: ConversationKey, cursor: str) -> HistoryPage:
        if self.trouble:
            raise self.trouble.pop(0)
        self.asked_for.append((key.chat, key.thread, cursor))
        said = self.said.get((key.chat, key.thread), [])
        if key.thread:
            begin = int(cursor or 0)
            page = said[begin : begin + self.page]
            return HistoryPage(tuple(page), str(begin + len(page)), begin + len(page) < len(said))
        end = int(cursor) if cursor else len(said)
        page = said[max(0, end - self.page) : end]
        return HistoryPage(tuple(page[::-1]), str(end - len(page)), end > len(page))


@asynccontextmanager
async def archives(folder: Path) -> AsyncIterator[tuple[Rooms, Archive]]:
    archive = Archive()
    plugins = (talking_plugin(), READING, botcore_summarize.plugin)
    async with running(folder, FakeEngine(honest), adapter=archive, plugins=plugins) as at:
        rooms = Rooms(at, archive)
        await at.bot.access.desk.set_tenant("memory", "test", allowed=True)
        archive.members["room"] = {ANA.id, BEN.id}
        yield rooms, archive


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[tuple[Rooms, Archive]]:
    async with archives(tmp_path) as both:
        yield both


def lines(begin: int, end: int) -> str:
    return "\n".join(f"said {number}" for number in range(begin, end))


async def test_a_chat_is_read_back_as_far_as_is_asked_for(both: tuple[Rooms, Archive]) -> None:
    rooms, archive = both
    archive.say("room", 45)

    assert await rooms.ask(ANA, "/read 25", chat="room") == lines(20, 45)
    assert len(archive.asked_for) == 3
    assert await rooms.ask(ANA, "/read 25", chat="room") == lines(20, 45)
    assert len(archive.asked_for) == 4, "one look for what is new"
    archive.say("room", 3)
    assert await rooms.ask(ANA, "/read 48", chat="room") == lines(0, 48)
    assert len(archive.asked_for) == 7, "one for the new, the rest from where it ended"


async def test_a_chat_is_read_with_the_threads_below_its_messages(both: tuple[Rooms, Archive]) -> None:
    rooms, archive = both
    archive.say("room", 12)
    archive.reply("room", 4, "why?", "so that it works")
    archive.reply("room", 10, "fine")

    read = "said 9\nsaid 10\nfine\nsaid 11"
    assert await rooms.ask(ANA, "/read 4 --threads", chat="room") == read
    assert [thread for _, thread, _ in archive.asked_for] == ["", "#10"], "no more than what is asked for"
    whole = (await rooms.ask(ANA, "/read --threads", chat="room")).splitlines()
    assert (len(whole), whole[4:8]) == (15, ["said 4", "why?", "so that it works", "said 5"])
    assert len(archive.asked_for) == 5, "each thread is read once"
    assert await rooms.ask(ANA, "/read", chat="room") == lines(0, 12), "without them, as it was asked"

    archive.reply("room", 4, "I see")
    assert "I see" in await rooms.ask(ANA, "/read --threads", chat="room")
    assert archive.asked_for[-1] == ("room", "#4", "2"), "what is new, from where it ended"


async def test_threads_that_come_slowly_are_told_to_be_missing_and_read_on(
    both: tuple[Rooms, Archive], monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms, archive = both
    archive.say("room", 5)
    for root in (1, 2, 3):
        archive.reply("room", root, f"re {root}")
    monkeypatch.setattr("botcore.access.reading_past.LONGEST_PAUSE", 0.05)
    passes = archive.fetch_history

    async def slow(key: ConversationKey, cursor: str) -> HistoryPage:
        if key.thread and not archive.trouble and (key.chat, key.thread) not in limited:
            limited.add((key.chat, key.thread))
            raise RetryLater(after=60.0)
        return await passes(key, cursor)

    limited: set[tuple[str, str]] = set()
    monkeypatch.setattr(archive, "fetch_history", slow)

    told = await rooms.ask(ANA, "/read --threads", chat="room")
    assert "so what was replied in 3 threads is missing" in told
    assert "ask again in about 3 minutes for more" in told
    async with asyncio.timeout(10):
        while "missing" in (told := await rooms.ask(ANA, "/read --threads", chat="room")):
            await asyncio.sleep(0.05)
    assert [line for line in told.splitlines() if line.startswith("re ")] == ["re 1", "re 2", "re 3"]


async def test_a_thread_that_is_gone_holds_nothing_up(both: tuple[Rooms, Archive]) -> None:
    rooms, archive = both
    archive.say("room", 3)
    archive.reply("room", 1, "lost")
    passes = archive.fetch_history

    async def gone(key: ConversationKey, cursor: str) -> HistoryPage:
        if key.thread:
            archive.asked_for.append((key.chat, key.thread, cursor))
            raise Refused("thread_not_found")
        return await passes(key, cursor)

    archive.fetch_history = gone  # type: ignore[method-assign]

    assert await rooms.ask(ANA, "/read --threads", chat="room") == lines(0, 3)
    assert [thread for _, thread, _ in archive.asked_for] == ["", "#1"]


async def test_what_was_heard_in_threads_is_not_asked_for(both: tuple[Rooms, Archive]) -> None:
    rooms, archive = both
    archive.say("room", 3)
    archive.reply("room", 1, "heard")
    heard = rooms.event(BEN, "heard", chat="room", addressed=False)
    heard = replace(heard, key=replace(heard.key, thread="#1"), message_id="#1#0", dedupe_key="#1#0")
    await archive.deliver(heard)

    told = await rooms.ask(ANA, "/read --threads", chat="room")

    assert told.splitlines() == ["said 0", "said 1", "said 2", "heard"]
    assert [thread for _, thread, _ in archive.asked_for] == [""]


async def test_a_gap_is_filled_before_older_messages_are_asked_for(both: tuple[Rooms, Archive]) -> None:
    rooms, archive = both
    archive.say("room", 10)
    await rooms.ask(ANA, "/read 5", chat="room")
    archive.say("room", 25)

    assert await rooms.ask(ANA, "/read 35", chat="room") == lines(0, 35)


async def test_a_thread_is_read_from_its_beginning(both: tuple[Rooms, Archive]) -> None:
    _, archive = both
    archive.say("room", 25, thread="#7")

    asked = await archive.post("/read 10", chat="room", thread="#7", author=ANA, direct=False)

    assert await archive.answer_to(asked) == lines(15, 25)


async def test_a_thread_that_the_bot_is_called_into_is_read_at_once(both: tuple[Rooms, Archive]) -> None:
    _, archive = both
    archive.say("room", 12, thread="#7")

    message_id = await archive.post("hello", chat="room", thread="#7", author=ANA, direct=False)
    await archive.over(message_id)

    async with asyncio.timeout(10):
        while len(archive.asked_for) < 2:
            await asyncio.sleep(0.01)
    assert {place[:2] for place in archive.asked_for} == {("room", "#7")}


async def test_a_chat_in_which_the_bot_never_was_is_read_for_its_members_only(
    both: tuple[Rooms, Archive],
) -> None:
    rooms, archive = both
    archive.say("room", 4)

    assert "no such chat" in await rooms.ask(EVE, "/read 4 --chat room")
    assert archive.asked_for == [], "nothing is asked for who may not know it"
    assert await rooms.ask(ANA, "/read 4 --chat room") == lines(0, 4)


async def test_what_comes_slowly_is_missing_at_first_and_then_there(
    both: tuple[Rooms, Archive], monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms, archive = both
    archive.say("room", 30)
    monkeypatch.setattr("botcore.access.reading_past.LONGEST_PAUSE", 0.1)
    await rooms.ask(ANA, "/read 2", chat="room")
    archive.trouble = [RetryLater(after=60.0)]

    # The first call of each question meets the limit, as with one request a minute.
    answer = await rooms.ask(ANA, "/read 30", chat="room")

    assert "I am given what was said here only a little at a time" in answer
    assert "ask again in about" in answer
    async with asyncio.timeout(10):
        while len(archive.asked_for) < 4:
            await asyncio.sleep(0.01)
    assert await rooms.ask(ANA, "/read 30", chat="room") == lines(0, 30)


async def test_who_asks_waits_for_a_short_pause(both: tuple[Rooms, Archive]) -> None:
    rooms, archive = both
    archive.say("room", 4)
    archive.trouble = [RetryLater(after=0.05)]

    assert await rooms.ask(ANA, "/read 4", chat="room") == lines(0, 4)


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (
            Refused("Invite me into the channel."),
            "I can't read what was said here before",
        ),
        (RetryLater(), "I could not ask for all that was said here, so something may be missing."),
    ],
)
async def test_what_can_not_be_read_is_told(
    both: tuple[Rooms, Archive], trouble: Exception, told: str
) -> None:
    rooms, archive = both
    await rooms.write(BEN, "heard", chat="room", addressed=False)
    archive.trouble = [trouble]

    answer = await rooms.ask(ANA, "/read 4", chat="room")

    assert answer.startswith(f"heard\n{told}")


async def test_a_summary_is_made_of_what_was_said_before(both: tuple[Rooms, Archive]) -> None:
    rooms, archive = both
    archive.say("room", 12)

    summary = await rooms.ask(ANA, "/summarize 10 --chat room")

    assert "Read the last 10 messages by 1 person" in summary
