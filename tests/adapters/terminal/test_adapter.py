"""A chat, from the keys that are typed to what stands on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from prompt_toolkit.application import get_app
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from botcore import Accepted, AdapterSetup, Event, InboundEvent, Outgoing, Receipt, UserError
from botcore.errors import StoreError
from botcore_terminal import TerminalAdapter
from botcore_terminal.lines import OneQuestion
from botcore_terminal.live_screen import LiveScreen
from botcore_terminal.prompt import Prompt
from tests.adapters.terminal.fake_terminal import FakeTerminal

ENTER = "\r"
CTRL_C = "\x03"
CTRL_D = "\x04"
ESCAPE = "\x1b"

Answer = Callable[["FakeChat", InboundEvent], Awaitable[None]]


@dataclass
class FakeChat:
    """A person at a terminal, and a core that answers with what the test says."""

    keys: PipeInput
    prompt: Prompt
    terminal: FakeTerminal
    adapter: TerminalAdapter
    events: list[InboundEvent] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    accepted: Accepted | Exception = Accepted.NEW
    answer: Answer | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def receive(self, event: Event) -> Accepted:
        assert isinstance(event, InboundEvent)
        if isinstance(self.accepted, Exception):
            raise self.accepted
        async with self.news:
            self.events.append(event)
            self.news.notify_all()
        if self.answer:
            self.tasks.add(asyncio.create_task(self._answer(event)))
        return self.accepted

    async def _answer(self, event: InboundEvent) -> None:
        assert self.answer
        await self.answer(self, event)

    async def say(self, event: InboundEvent, text: str) -> None:
        """Answer an event with a preview and a final text; the turn is over then."""
        receipt = await self.preview(event, text[:5])
        await self.adapter.edit(receipt, Outgoing(event.key, text, final=True, answers=event.message_id))
        await self.adapter.turn_over(event.key, event.message_id)

    async def preview(self, event: InboundEvent, text: str) -> Receipt:
        return await self.adapter.create(Outgoing(event.key, text, final=False, answers=event.message_id))

    async def heard(self, count: int) -> InboundEvent:
        """Wait for the count-th event."""
        async with self.news:
            await self.news.wait_for(lambda: len(self.events) >= count)
        return self.events[count - 1]

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.events]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the adapter; at the end the person leaves."""
        run = asyncio.create_task(self.adapter.run(self.receive))
        yield
        self.keys.send_text(CTRL_D)
        await run
        await asyncio.gather(*self.tasks)


async def echo(chat: FakeChat, event: InboundEvent) -> None:
    await chat.say(event, f"You said {event.text}")


@pytest.fixture
def keys() -> Iterator[PipeInput]:
    with create_pipe_input() as keys:
        yield keys


@pytest.fixture
async def chat(keys: PipeInput, tmp_path: Path) -> FakeChat:
    prompt = Prompt(history=tmp_path / "history", keyboard=keys, display=DummyOutput())
    terminal = FakeTerminal()
    return FakeChat(
        keys, prompt, terminal, TerminalAdapter(lines=prompt, screen=LiveScreen(terminal.console()))
    )


async def test_a_question_is_answered_and_the_next_can_be_asked(chat: FakeChat) -> None:
    chat.answer = echo
    async with chat.running():
        chat.keys.send_text("one" + ENTER)
        await chat.heard(1)
        chat.keys.send_text("two" + ENTER)
        await chat.heard(2)

    assert chat.texts == ["one", "two"]
    assert chat.terminal.text == "\nYou said one\n\n\nYou said two"


async def test_each_event_is_the_persons_own(chat: FakeChat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ana")
    chat.answer = echo
    async with chat.running():
        chat.keys.send_text("same" + ENTER + "same" + ENTER)
        first, second = await chat.heard(1), await chat.heard(2)

    assert first.author.name == "ana"
    assert first.key == second.key
    assert first.key.platform == chat.adapter.name
    assert first.sent_at.tzinfo
    assert len({first.dedupe_key, second.dedupe_key, first.message_id, second.message_id}) == 2


async def test_the_next_question_waits_until_the_turn_is_over(chat: FakeChat) -> None:
    async with chat.running():
        chat.keys.send_text("one" + ENTER)
        event = await chat.heard(1)
        await chat.adapter.create(Outgoing(event.key, "Part one", final=True, answers=event.message_id))
        chat.keys.send_text("two" + ENTER)
        await asyncio.sleep(0.05)
        await chat.adapter.create(Outgoing(event.key, "Part two", final=True, answers=event.message_id))

        assert chat.texts == ["one"]

        await chat.adapter.turn_over(event.key, event.message_id)
        await chat.say(await chat.heard(2), "Second answer")

    assert chat.texts == ["one", "two"]
    assert chat.terminal.text == "\nPart one\n\nPart two\n\n\nSecond answer"


async def test_several_lines_can_be_typed(chat: FakeChat) -> None:
    chat.answer = echo
    async with chat.running():
        chat.keys.send_text("one\\" + ENTER + "two" + ESCAPE + ENTER + "three" + ENTER)
        await chat.heard(1)

    assert chat.texts == ["one\ntwo\nthree"]


async def test_pasted_lines_are_one_question(chat: FakeChat) -> None:
    chat.answer = echo
    async with chat.running():
        chat.keys.send_text("\x1b[200~one\r\ntwo\n\x1b[201~three" + ENTER)
        await chat.heard(1)

    assert chat.texts == ["one\ntwo\nthree"]


async def test_blank_lines_are_no_question(chat: FakeChat) -> None:
    chat.answer = echo
    async with chat.running():
        chat.keys.send_text(ENTER + "  " + ENTER + "one" + ENTER)
        await chat.heard(1)

    assert [text.strip() for text in chat.texts] == ["one"]


async def test_commands_are_completed(chat: FakeChat) -> None:
    @dataclass
    class Offered:
        name: str
        description: str

    chat.answer = echo
    chat.prompt.offer([Offered("summarize", "Summarize this conversation"), Offered("stop", "Stop")])
    async with chat.running():
        chat.keys.send_text("/su")
        while not get_app().current_buffer.complete_state:
            await asyncio.sleep(0.01)
        chat.keys.send_text("\t" + ENTER)
        await chat.heard(1)

    assert chat.texts == ["/summarize"]


async def test_control_c_stops_the_answer_and_not_the_program(chat: FakeChat) -> None:
    async with chat.running():
        chat.keys.send_text("one" + ENTER)
        question = await chat.heard(1)
        receipt = await chat.preview(question, "An old")
        chat.keys.send_text(CTRL_C)
        stop = await chat.heard(2)
        await chat.adapter.turn_over(stop.key, stop.message_id)
        await chat.adapter.edit(receipt, Outgoing(question.key, "An old (stopped)", final=True))
        await chat.adapter.turn_over(question.key, question.message_id)
        chat.keys.send_text("two" + ENTER)
        await chat.say(await chat.heard(3), "Still here")

    assert chat.texts == ["one", "/stop", "two"]
    assert chat.terminal.text == "\nAn old (stopped)\n\n\nStill here"


async def test_a_second_control_c_gives_the_prompt_back(chat: FakeChat) -> None:
    async with chat.running():
        chat.keys.send_text("one" + ENTER)
        question = await chat.heard(1)
        receipt = await chat.preview(question, "An old")
        chat.keys.send_text(CTRL_C)
        stop = await chat.heard(2)
        await chat.adapter.turn_over(stop.key, stop.message_id)  # and the answer goes on nevertheless
        chat.keys.send_text(CTRL_C)
        chat.keys.send_text("two" + ENTER)
        await chat.say(await chat.heard(3), "Second answer")
        await chat.adapter.edit(receipt, Outgoing(question.key, "A late answer", final=True))

    assert "no longer waited for" in chat.terminal.text
    assert chat.terminal.text.endswith("Second answer\n\nA late answer")


async def test_control_c_at_the_prompt_clears_the_line(chat: FakeChat) -> None:
    chat.answer = echo
    async with chat.running():
        chat.keys.send_text("nonsense" + CTRL_C + CTRL_C + "one" + ENTER)
        await chat.heard(1)

    assert chat.texts == ["one"]


async def test_what_is_typed_during_an_answer_is_kept_for_the_prompt(chat: FakeChat) -> None:
    async with chat.running():
        chat.keys.send_text("one" + ENTER)
        first = await chat.heard(1)
        chat.keys.send_text("tw")
        await asyncio.sleep(0.05)
        await chat.say(first, "Answer")
        chat.keys.send_text("o" + ENTER)
        await chat.say(await chat.heard(2), "Answer")

    assert chat.texts == ["one", "two"]


@pytest.mark.parametrize("word", ["/exit", "/quit", " /exit "])
async def test_exit_leaves(chat: FakeChat, word: str) -> None:
    chat.keys.send_text(word + ENTER)

    await chat.adapter.run(chat.receive)

    assert chat.texts == []


async def test_a_message_nobody_waits_for_appears_above_the_prompt(chat: FakeChat) -> None:
    chat.answer = echo
    async with chat.running():
        chat.keys.send_text("one" + ENTER)
        event = await chat.heard(1)
        chat.keys.send_text("half a question")
        await asyncio.sleep(0.05)
        receipt = await chat.adapter.create(Outgoing(event.key, "A dig", final=False))
        await chat.adapter.edit(receipt, Outgoing(event.key, "A digest", final=True))
        chat.keys.send_text(CTRL_C)

    assert chat.terminal.text.endswith("A digest")


@pytest.mark.parametrize("outcome", [Accepted.NOTED, Accepted.DUPLICATE])
async def test_what_will_not_be_answered_is_not_waited_for(chat: FakeChat, outcome: Accepted) -> None:
    chat.accepted = outcome
    async with chat.running():
        chat.keys.send_text("one" + ENTER + "two" + ENTER)
        await chat.heard(2)

    assert chat.texts == ["one", "two"]


async def test_a_question_that_could_not_be_kept_is_told(chat: FakeChat) -> None:
    chat.accepted = StoreError("The disk is full.")
    chat.keys.send_text("one" + ENTER)
    async with chat.running():
        while "The disk is full." not in chat.terminal.text:
            await asyncio.sleep(0.01)


async def test_a_deleted_preview_disappears(chat: FakeChat) -> None:
    async with chat.running():
        chat.keys.send_text("one" + ENTER)
        event = await chat.heard(1)
        receipt = await chat.preview(event, "An old")
        await chat.adapter.delete(receipt)
        await chat.adapter.turn_over(event.key, event.message_id)

    assert chat.terminal.text == ""


async def test_cancelling_gives_the_terminal_back(chat: FakeChat) -> None:
    run = asyncio.create_task(chat.adapter.run(chat.receive))
    chat.keys.send_text("one" + ENTER)
    await chat.preview(await chat.heard(1), "An old")
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run

    assert chat.terminal.cursor_shown
    assert chat.terminal.text == ""


async def test_the_history_is_private_and_outlives_the_program(
    chat: FakeChat, keys: PipeInput, tmp_path: Path
) -> None:
    chat.answer = echo
    async with chat.running():
        chat.keys.send_text("one\\" + ENTER + "two" + ENTER)
        await chat.heard(1)
    chat.adapter = TerminalAdapter(
        lines=Prompt(history=tmp_path / "history", keyboard=keys, display=DummyOutput()),
        screen=LiveScreen(chat.terminal.console()),
    )
    async with chat.running():
        await asyncio.sleep(0.1)  # the history is read in the background
        chat.keys.send_text("\x1b[A" + ENTER)
        await chat.heard(2)

    assert chat.texts == ["one\ntwo", "one\ntwo"]
    assert (tmp_path / "history").stat().st_mode & 0o777 == 0o600


async def test_one_question_is_asked_and_nothing_more(chat: FakeChat) -> None:
    chat.adapter = TerminalAdapter(lines=OneQuestion("one"), screen=LiveScreen(chat.terminal.console()))
    chat.answer = echo

    await chat.adapter.run(chat.receive)

    assert chat.texts == ["one"]
    assert chat.terminal.text == "\nYou said one"


def test_an_unknown_setting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="colour"):
        TerminalAdapter(AdapterSetup({"colour": "green"}, tmp_path))
