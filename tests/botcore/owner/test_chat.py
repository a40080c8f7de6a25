"""`botcore chat` at a terminal, beside a bot that runs, beside another chat, and when the bot goes away."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.adapters.terminal.program import Program, Session
from tests.botcore.owner.installation import Installation, end, eventually, slow_answer

CTRL_C, CTRL_D = "\x03", "\x04"


@pytest.fixture
def terminal(botcore: Installation) -> Program:
    """Return the program at a terminal, over the same installation."""
    program = Program(botcore.folder)
    program.environment |= botcore.environment
    return program


@contextmanager
def chatting(terminal: Program) -> Iterator[Session]:
    with terminal.at_terminal("chat") as session:
        session.expect("\n>")
        yield session


def leave(session: Session) -> None:
    assert session.leave(CTRL_D) == 0


def test_a_chat_with_a_bot_that_runs(botcore: Installation, terminal: Program) -> None:
    with botcore.up() as bot, terminal.at_terminal("chat") as session:
        session.expect("botcore with the model fake")
        session.expect("\n>")
        session.type("hello\r")
        session.expect("You asked: hello")
        session.type("/help\r")
        session.expect("/stop")
        session.expect("\n>")
        session.type("slow 900\r")
        session.expect("word3")
        session.type(CTRL_C)
        session.expect("Stopped.")
        session.expect("\n>")
        leave(session)

        assert bot.poll() is None
        assert botcore.models_loaded == 1


@pytest.mark.slow
def test_two_chats_with_one_bot_are_two_conversations(botcore: Installation, terminal: Program) -> None:
    with botcore.up(), chatting(terminal) as one, chatting(terminal) as other:
        one.type("slow 150\r")
        one.expect("word1")
        other.type("good day\r")
        other.expect("You asked: good day")
        one.expect("word149")
        one.type("still here\r")
        one.expect("You asked: still here")
        chats = [adapter["chat"] for adapter in status(botcore)["adapters"]]
        leave(one)
        leave(other)

        assert chats == [None, "terminal", "terminal-2"]
        assert "good day" not in one.text
        assert "still here" not in other.text


def test_a_second_chat_needs_no_model_of_its_own_and_outlives_the_first(
    botcore: Installation, terminal: Program
) -> None:
    with chatting(terminal) as first, chatting(terminal) as second:
        second.type("hello\r")
        second.expect("You asked: hello")
        assert botcore.models_loaded == 1
        second.type("half a quest")
        second.expect("half a quest")
        leave(first)
        second.expect("goes on by itself")
        second.type("ion\r")
        second.expect("You asked: half a question")
        leave(second)

    assert botcore.models_loaded == 2


@pytest.mark.slow
def test_a_chat_goes_on_when_the_summary_it_ran_in_is_done(botcore: Installation, terminal: Program) -> None:
    question = botcore.start("ask", "slow 800")
    eventually(lambda: botcore.run("status").returncode == 0)
    with chatting(terminal) as session:
        session.type("hello\r")
        session.expect("You asked: hello")
        assert botcore.models_loaded == 1
        answer, _ = question.communicate(timeout=40)
        assert answer == slow_answer(800) + "\n"
        session.expect("goes on by itself")
        session.type("still there?\r")
        session.expect("You asked: still there?")
        leave(session)


@pytest.mark.slow
def test_an_answer_for_a_chat_that_has_gone_waits_for_the_next(
    botcore: Installation, terminal: Program
) -> None:
    with botcore.up():
        with chatting(terminal) as session:
            session.type("slow 100\r")
            session.expect("word3")
            session.kill()
        eventually(lambda: status(botcore)["outbox"])
        botcore.post("one", "m1", "hello")
        eventually(lambda: botcore.finals("one") == ["You asked: hello"])

        with chatting(terminal) as session:
            session.expect("word99")
            leave(session)
        eventually(lambda: status(botcore)["outbox"] == {})


@pytest.mark.slow
def test_a_chat_that_hangs_holds_nobody_up(botcore: Installation, terminal: Program) -> None:
    with botcore.up() as bot, chatting(terminal) as session:
        session.type("slow 900\r")
        session.expect("word3")
        session.send_signal(signal.SIGSTOP)
        botcore.post("one", "m1", "hello")
        eventually(lambda: botcore.finals("one") == ["You asked: hello"])
        bot.send_signal(signal.SIGTERM)

        assert bot.wait(40) == 0
        session.send_signal(signal.SIGCONT)


@pytest.mark.slow
def test_a_chat_waits_for_a_bot_that_is_restarted(botcore: Installation, terminal: Program) -> None:
    with chatting_beside_a_bot(botcore, terminal) as session:
        session.expect("Waiting for it to come back")
        with botcore.up() as bot:
            session.expect("\n>")
            session.type("are you there?\r")
            session.expect("You asked: are you there?")
            leave(session)

            assert bot.poll() is None


def test_a_question_to_a_bot_that_is_killed_is_answered_by_the_next(
    botcore: Installation, terminal: Program
) -> None:
    with botcore.up() as bot, chatting(terminal) as session:
        session.type("slow 200\r")
        session.expect("word3")
        bot.kill()
        session.expect("Waiting for it to come back")
        with botcore.up():
            session.expect("word199")
            leave(session)


@pytest.mark.slow
def test_a_chat_ends_when_the_bot_does_not_come_back(botcore: Installation, terminal: Program) -> None:
    with chatting_beside_a_bot(botcore, terminal) as session:
        session.expect("It has not come back")

        assert session.wait() == 75


@contextmanager
def chatting_beside_a_bot(botcore: Installation, terminal: Program) -> Iterator[Session]:
    """Chat with a bot that ends in good order just then."""
    with botcore.up() as bot, chatting(terminal) as session:
        end(bot)
        yield session


def status(botcore: Installation) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(botcore.run("status", "--json").stdout)
    return report
