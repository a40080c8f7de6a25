"""What a person sees while an answer is written, and after it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator

import pytest

from botcore import ConversationKey, Outgoing
from botcore_terminal.live_screen import LiveScreen
from botcore_terminal.plain_screen import PlainScreen
from tests.adapters.terminal.fake_terminal import FakeTerminal

KEY = ConversationKey("terminal", "local", "terminal")
POEM = "# Pond\n\nAn old pond.\nA frog jumps in.\n\n- splash\n- silence\n\nThe end."


def preview(text: str, *, progress: str = "", tokens: int = 0, seconds: float = 0.0) -> Outgoing:
    return Outgoing(KEY, text, final=False, progress=progress, tokens=tokens, seconds=seconds)


def final(text: str) -> Outgoing:
    return Outgoing(KEY, text, final=True)


@pytest.fixture
def terminal() -> FakeTerminal:
    return FakeTerminal()


@pytest.fixture
async def screen(terminal: FakeTerminal) -> AsyncIterator[LiveScreen]:
    screen = LiveScreen(terminal.console())
    screen.start_work("Thinking")
    yield screen
    screen.end_work()


def stream(screen: LiveScreen, text: str, step: int = 3) -> None:
    for end in range(step, len(text), step):
        screen.show("1", preview(text[:end]))
    screen.show("1", final(text))


async def test_what_is_being_done_is_shown(screen: LiveScreen, terminal: FakeTerminal) -> None:
    screen.show("1", preview("", progress="Reading part 2 of 5"))

    assert "Reading part 2 of 5" in terminal.screen
    assert not terminal.cursor_shown


async def test_the_rate_is_shown_while_the_model_writes(screen: LiveScreen, terminal: FakeTerminal) -> None:
    screen.show("1", preview("An old", tokens=30, seconds=2.0))

    assert "Writing · 30 tokens · 15.0 tokens/s" in terminal.screen


async def test_no_half_of_a_sign_is_seen_while_it_is_written(
    screen: LiveScreen, terminal: FakeTerminal
) -> None:
    screen.show("1", preview("An **old po"))
    assert "An old po" in terminal.screen

    screen.show("1", preview("An **old pond**, see [there](https://exa"))
    assert "An old pond, see there" in terminal.screen
    assert "](" not in terminal.screen


async def test_the_spinner_turns(screen: LiveScreen, terminal: FakeTerminal) -> None:
    before = terminal.screen
    while terminal.screen == before:
        await asyncio.sleep(0.01)

    assert "Thinking" in terminal.screen


async def test_nothing_but_the_answer_and_a_figure_stays(screen: LiveScreen, terminal: FakeTerminal) -> None:
    screen.show("1", preview("An old", tokens=30, seconds=2.0))
    screen.show("1", final("An old pond"))
    screen.end_work()

    assert terminal.text == "\nAn old pond\n30 tokens · 15.0 tokens/s"
    assert terminal.cursor_shown


async def test_a_streamed_answer_ends_as_if_it_was_printed_at_once(
    screen: LiveScreen, terminal: FakeTerminal
) -> None:
    stream(screen, POEM)
    screen.end_work()

    assert terminal.text == "\nPond\n\nAn old pond.\nA frog jumps in.\n\n • splash\n • silence\n\nThe end."


@pytest.mark.parametrize("kind", ["- line {}\n", "line {}\n", "line {}\n\n", "> line {}\n"])
async def test_an_answer_longer_than_the_screen_is_there_once_and_whole(
    screen: LiveScreen, terminal: FakeTerminal, kind: str
) -> None:
    stream(screen, "".join(kind.format(number) for number in range(60)), step=17)
    screen.end_work()

    numbers = [line.split()[-1] for line in terminal.text.splitlines() if "line" in line]
    assert numbers == [str(number) for number in range(60)]


async def test_of_a_long_program_the_end_is_in_sight(screen: LiveScreen, terminal: FakeTerminal) -> None:
    code = "".join(f"print({number})\n" for number in range(60))
    screen.show("1", preview(f"```python\n{code}"))

    assert "print(59)" in terminal.screen
    assert "Writing" in terminal.screen

    screen.show("1", final(f"```python\n{code}```"))

    assert terminal.text.count("print(0)") == 1


async def test_a_narrower_window_leaves_no_traces(screen: LiveScreen, terminal: FakeTerminal) -> None:
    screen.show("1", preview("word " * 30))
    terminal.resize(20, 24)
    screen.show("1", preview("word " * 31))
    screen.show("1", final("Short."))
    screen.end_work()

    assert terminal.text == "\nShort."


@pytest.mark.parametrize(("width", "height"), [(1, 1), (7, 2), (20, 5)])
async def test_a_tiny_window_is_no_problem(
    screen: LiveScreen, terminal: FakeTerminal, width: int, height: int
) -> None:
    terminal.resize(width, height)

    stream(screen, POEM)

    assert "splash" in terminal.text.replace("\n", "")


async def test_messages_keep_the_order_they_began_in(screen: LiveScreen, terminal: FakeTerminal) -> None:
    screen.show("1", preview("An old"))
    screen.show("2", final("Stopped."))

    assert "Stopped." not in terminal.text

    screen.show("1", final("An old pond"))

    assert terminal.text.index("An old pond") < terminal.text.index("Stopped.")


async def test_an_answer_that_is_not_final_when_work_ends_is_taken_away(
    screen: LiveScreen, terminal: FakeTerminal
) -> None:
    screen.show("1", preview("An old"))
    screen.show("2", final("Stopped."))
    screen.end_work()

    assert terminal.text == "\nStopped."


async def test_a_withdrawn_message_disappears(screen: LiveScreen, terminal: FakeTerminal) -> None:
    screen.show("1", preview("An old"))
    screen.withdraw("1")
    screen.withdraw("1")

    assert "An old" not in terminal.text


async def test_a_repeated_final_edit_shows_nothing_twice(screen: LiveScreen, terminal: FakeTerminal) -> None:
    screen.show("1", final("An old pond"))
    screen.show("1", final("An old pond"))

    assert terminal.text.count("An old pond") == 1


async def test_an_answer_written_anew_says_so(screen: LiveScreen, terminal: FakeTerminal) -> None:
    screen.show("1", preview("First try.\n\nMore\nand more"))
    screen.show("1", final("Second try."))
    screen.end_work()

    assert terminal.text == "\nFirst try.\n\nThe answer was written anew:\n\nSecond try."


async def test_leading_blanks_of_a_preview_make_no_difference(
    screen: LiveScreen, terminal: FakeTerminal
) -> None:
    screen.show("1", preview("\n First.\n\nSecond\nis"))
    screen.show("1", final("First.\n\nSecond\nis here."))
    screen.end_work()

    assert terminal.text == "\nFirst.\n\nSecond\nis here."


async def test_escape_sequences_of_the_model_never_reach_the_terminal(
    screen: LiveScreen, terminal: FakeTerminal
) -> None:
    evil = "\x1b]52;c;ZXZpbA==\x07 \x9b2J \x1b[A\r\x08"

    screen.show("1", preview("", progress=evil))  # the fake terminal fails on any it does not expect
    screen.show("1", preview(f"```{evil}\n{evil}\n"))
    screen.show("1", final(f"{evil} [{evil}]({evil}) `{evil}`\n\n    {evil}"))
    screen.note(evil)

    assert "␛]52;c;ZXZpbA==␇" in terminal.text


async def test_no_color_is_respected(terminal: FakeTerminal) -> None:
    screen = LiveScreen(terminal.console(no_color=True))

    screen.show("1", final("# Title\n\n`code`\n\n```python\nx = 1\n```"))

    assert "\x1b[3" not in terminal.getvalue()
    assert "\x1b[9" not in terminal.getvalue()


def test_a_pipe_gets_the_final_texts_and_nothing_else() -> None:
    answers, notes = io.StringIO(), io.StringIO()
    screen = PlainScreen(answers, notes)

    screen.start_work("Thinking")
    screen.show("1", preview("**An", progress="Reading"))
    screen.note("Something else")
    screen.show("1", final("**An** \x1b[31mold pond\n"))
    screen.show("1", final("**An** \x1b[31mold pond\n"))
    screen.show("2", final("Part two"))
    screen.end_work()

    assert answers.getvalue() == "**An** ␛[31mold pond\n\nPart two\n"
    assert notes.getvalue() == "Something else\n"
    assert screen.answered
