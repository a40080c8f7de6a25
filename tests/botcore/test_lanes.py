"""Jobs, waiting, overlap, expiry: who is answered when, and what the others are told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from botcore import Author, Conversation, Engine, ModelMessage, Part, Pieces, Plugin
from botcore.domain import InboundEvent, Overlap
from botcore.engine import Options
from botcore.store import Database, schema
from botcore.testing import FakeEngine
from tests.botcore.running_bot import Running, running, talking_plugin

BEN = Author("ben", "Ben")
CLEO = Author("cleo", "Cleo")


def busy_plugin(gate: asyncio.Event) -> Plugin:
    """A job that ends when the gate opens."""
    plugin = Plugin("busy")

    @plugin.command("dig", job=True)
    async def dig(*, what: str = "") -> Pieces:
        await gate.wait()
        yield Part(f"dug {what}".strip())

    @plugin.command("remember")
    async def remember(conversation: Conversation) -> str:
        return " | ".join(message.text for message in await conversation.history())

    return plugin


def plugins(gate: asyncio.Event) -> Sequence[Plugin]:
    return [talking_plugin(), busy_plugin(gate)]


async def until_shown(at: Running, message_id: str, words: str) -> None:
    """Wait until a preview tells something."""
    async with asyncio.timeout(30):
        while not any(
            words in shown.versions[-1].progress or words in shown.text
            for shown in at.adapter.answers_to(message_id)
        ):
            await asyncio.sleep(0.01)


async def test_a_job_delays_nobody(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with running(tmp_path, FakeEngine("here I am"), plugins=plugins(gate)) as at:
        job = await at.adapter.post("/dig gold")
        await until_shown(at, job, "Working on it")

        assert await at.ask("hello?") == "here I am"

        gate.set()
        assert await at.adapter.answer_to(job) == "dug gold"


async def test_the_jobs_of_one_user_follow_one_another_and_those_of_others_do_not_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore.waiting.TELL_SECONDS", 0.05)
    monkeypatch.setattr("botcore.waiting.TELL_AFTER", timedelta(0))
    gate = asyncio.Event()
    async with running(tmp_path, FakeEngine(), plugins=plugins(gate)) as at:
        first = await at.adapter.post("/dig one")
        second = await at.adapter.post("/dig two")
        bens = await at.adapter.post("/dig three", author=BEN)
        await until_shown(at, first, "Working on it")
        await until_shown(at, bens, "Working on it")
        await until_shown(at, second, "Waiting: you are next")

        gate.set()
        assert await at.adapter.answer_to(second) == "dug two"


async def test_a_job_is_stopped_by_its_user_and_by_nobody_else(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with running(tmp_path, FakeEngine(), plugins=plugins(gate)) as at:
        job = await at.adapter.post("/dig gold")
        later = await at.adapter.post("/dig silver")
        await until_shown(at, job, "Working on it")

        stop = await at.adapter.post("/stop", author=BEN)
        assert await at.adapter.answer_to(stop) == "There is nothing to stop."

        await at.adapter.answer_to(await at.adapter.post("/stop"))
        assert await at.adapter.answer_to(job) == "_Stopped._"
        assert await at.adapter.answer_to(later) == "_Stopped._"


async def test_the_queue_shows_what_is_ones_own_and_counts_the_others(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with running(tmp_path, FakeEngine(), plugins=plugins(gate)) as at:
        job = await at.adapter.post("/dig gold")
        await at.adapter.post("/dig silver")
        bens = await at.adapter.post("/dig a secret", author=BEN)
        await until_shown(at, job, "Working on it")
        await until_shown(at, bens, "Working on it")

        queue = await at.ask("/queue")

        assert "- being answered: “/dig gold”" in queue
        assert "- number 1 in the queue: “/dig silver”" in queue
        assert "1 of others." in queue
        assert "secret" not in queue
        gate.set()
        await at.adapter.answer_to(bens)


async def test_a_job_is_remembered_where_it_was_asked_for(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with running(tmp_path, FakeEngine("yes"), plugins=plugins(gate)) as at:
        job = await at.adapter.post("/dig gold")
        await at.ask("are you there?")
        gate.set()
        await at.adapter.answer_to(job)

        assert await at.ask("/remember") == "/dig gold | dug gold | are you there? | yes"


async def test_when_all_places_are_taken_people_are_told_where_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore.load.MAX_RUNNING", 1)
    monkeypatch.setattr("botcore.waiting.TELL_SECONDS", 0.05)
    monkeypatch.setattr("botcore.waiting.TELL_AFTER", timedelta(0))
    gate = asyncio.Event()
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(gate)) as at:
        job = await at.adapter.post("/dig gold")
        await until_shown(at, job, "Working on it")
        first = await at.adapter.post("hi", chat="first", author=BEN)
        second = await at.adapter.post("hi", chat="second", author=CLEO)

        await until_shown(at, first, "Waiting: you are next")
        await until_shown(at, second, "Waiting: 1 before you")

        gate.set()
        assert await at.adapter.answer_to(second) == "hello"
        assert len(at.adapter.answers_to(second)) == 1  # the same message, edited


async def test_control_commands_of_one_user_leave_room_for_those_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore.load.USERS_CONTROL", 2)
    gate, begun = asyncio.Event(), []
    plugin = talking_plugin()

    @plugin.command("look", control=True)
    async def look(*, number: int) -> str:
        begun.append(number)
        await gate.wait()
        return f"seen {number}"

    async with running(tmp_path, FakeEngine(), plugins=[plugin]) as at, asyncio.timeout(60):
        looks = [await at.adapter.post(f"/look {number}") for number in range(4)]
        bens = await at.adapter.post("/queue", author=BEN)

        assert "Nothing of yours waits" in await at.adapter.answer_to(bens)
        assert begun == [0, 1]
        gate.set()
        assert [await at.adapter.answer_to(one) for one in looks] == [f"seen {n}" for n in range(4)]


async def test_control_commands_wait_when_too_many_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore.load.MAX_CONTROL", 2)
    now_running, most = 0, 0
    plugin = talking_plugin()

    @plugin.command("look", control=True)
    async def look() -> str:
        nonlocal now_running, most
        now_running += 1
        most = max(most, now_running)
        await asyncio.sleep(0.1)
        now_running -= 1
        return "seen"

    async with running(tmp_path, FakeEngine(), plugins=[plugin]) as at, asyncio.timeout(60):
        people = [Author(f"u{number}", f"U{number}") for number in range(6)]
        asked = [await at.adapter.post("/look", author=one) for one in people]

        assert [await at.adapter.answer_to(one) for one in asked] == ["seen"] * 6
        assert most == 2


async def test_more_than_may_wait_are_refused_and_told_so(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with running(tmp_path, FakeEngine(), plugins=plugins(gate), max_waiting=2) as at:
        jobs = [await at.adapter.post(f"/dig {n}") for n in range(5)]

        refused = await at.adapter.answer_to(jobs[-1])

        assert refused.startswith("2 messages wait for me")
        gate.set()
        assert await at.adapter.answer_to(jobs[1]) == "dug 1"


def merging_engine() -> FakeEngine:
    """Repeats what it is asked, slowly when that asks for it."""

    async def answer(messages: Sequence[ModelMessage], options: Options) -> str:
        if messages[-1].text == "slow":
            await asyncio.sleep(60)
        return f"you said {messages[-1].text!r}"

    return FakeEngine(answer)


async def test_a_newer_message_of_the_same_author_may_interrupt_and_is_answered_with_the_older_one(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, merging_engine(), overlap=Overlap.INTERRUPT) as at:
        old = await at.adapter.post("slow")
        await asyncio.sleep(0.1)
        middle = await at.adapter.post("slow")
        new = await at.adapter.post("and this")

        assert await at.adapter.answer_to(new) == r"you said 'slow\n\nslow\n\nand this'"
        assert await at.adapter.answer_to(old) == ""
        assert await at.adapter.answer_to(middle) == ""
        assert await at.ask("again") == "you said 'again'"


async def test_nobody_interrupts_another_person(tmp_path: Path) -> None:
    gate = asyncio.Event()

    async def answer(messages: Sequence[ModelMessage], options: Options) -> str:
        await gate.wait()
        return messages[-1].text

    async with running(tmp_path, FakeEngine(answer), overlap=Overlap.INTERRUPT) as at:
        anas = await at.adapter.post("mine")
        bens = await at.adapter.post("his", author=BEN)
        gate.set()

        assert await at.adapter.answer_to(anas) == "mine"
        assert await at.adapter.answer_to(bens) == "his"


async def test_a_merged_question_is_remembered_whole(tmp_path: Path) -> None:
    gate = asyncio.Event()
    overlap = Overlap.INTERRUPT
    async with running(tmp_path, merging_engine(), plugins=plugins(gate), overlap=overlap) as at:
        await at.adapter.post("slow")
        await at.ask("and this")

        assert (await at.ask("/remember")).startswith("slow\n\nand this | ")


async def test_a_message_that_comes_too_early_may_be_dropped_and_says_so(tmp_path: Path) -> None:
    gate = asyncio.Event()

    async def answer(messages: Sequence[ModelMessage], options: Options) -> str:
        await gate.wait()
        return "done"

    async with running(tmp_path, FakeEngine(answer), overlap=Overlap.DROP) as at:
        first = await at.adapter.post("one")
        second = await at.adapter.post("two")

        assert "still answering" in await at.adapter.answer_to(second)
        gate.set()
        assert await at.adapter.answer_to(first) == "done"
        assert await at.ask("three") == "done"


async def written_days_ago(folder: Path) -> None:
    database = Database(folder / "botcore.db")
    days_ago = update(schema.inbox).values(received_at=datetime.now(UTC) - timedelta(days=3))
    await database.write(lambda connection: connection.execute(days_ago))
    await database.close()


async def leave_unanswered(folder: Path, *, direct: bool) -> InboundEvent:
    """Let a bot take a message in and leave before it can answer."""
    async with running(folder, FakeEngine("late", pace=60)) as at:
        message_id = await at.adapter.post("what's for lunch?", direct=direct)
        event = at.adapter.events[message_id]
    await written_days_ago(folder)
    return event


async def test_what_waited_too_long_is_not_answered_and_says_so(tmp_path: Path) -> None:
    event = await leave_unanswered(tmp_path, direct=True)

    async with running(tmp_path, FakeEngine("late")) as at:
        assert "too long" in await at.adapter.answer_to(event.message_id)
        assert await at.ask("hello?") == "late"


async def test_in_a_group_nobody_is_bothered_with_what_waited_too_long(tmp_path: Path) -> None:
    event = await leave_unanswered(tmp_path, direct=False)

    async with running(tmp_path, FakeEngine("late")) as at:
        assert await at.adapter.answer_to(event.message_id) == ""


async def test_the_model_tells_how_many_are_before_one(tmp_path: Path) -> None:
    served = asyncio.Event()

    async def answer(messages: Sequence[ModelMessage], options: Options) -> str:
        assert options.on_place is not None
        options.on_place(3)
        await served.wait()
        options.on_place(0)
        return "at last"

    async with running(tmp_path, FakeEngine(answer)) as at:
        question = await at.adapter.post("hello?")
        await until_shown(at, question, "Waiting for the model: 2 before you")
        served.set()

        assert await at.adapter.answer_to(question) == "at last"


def test_a_command_is_a_job_or_a_control_command() -> None:
    plugin = Plugin("odd")

    async def both(engine: Engine) -> str:
        return ""

    with pytest.raises(Exception, match="either a job or a control command"):
        plugin.command("both", control=True, job=True)(both)
