"""`botcore chat` and `botcore ask` as people run them, over the whole core."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.terminal.program import Program

CTRL_C = "\x03"
CTRL_D = "\x04"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def test_a_chat_at_a_terminal(program: Program) -> None:
    with program.at_terminal("chat") as session:
        session.expect("botcore with the model fake")
        session.expect("/help")
        session.expect("\n>")
        session.type("hello\r")
        session.expect("You asked: hello")
        session.expect("\n>")
        session.type("/help\r")
        session.expect("/stop")
        session.expect("\n>")
        session.type("slow\r")
        session.expect("and on and on")
        session.resize(30, 8)
        session.expect("and on")
        session.type(CTRL_C)
        session.expect("Stopped.")
        session.resize(80, 24)
        session.expect("\n>")
        session.type("still there?\r")
        session.expect("You asked: still there?")
        session.expect("\n>")
        session.type(CTRL_D)

        assert session.wait() == 0


def test_a_piped_chat_prints_only_the_answer(program: Program) -> None:
    done = program.run("chat", stdin="hello\nyou\n")

    assert done.stdout == "**You** asked: hello\nyou\n"
    assert done.stderr == ""
    assert done.returncode == 0


def test_a_question_on_the_command_line_takes_what_is_piped_in_with_it(program: Program) -> None:
    done = program.run("ask", "what", "is", "this?", stdin="a \x1b[31mlog\n")

    assert done.stdout == "**You** asked: what is this?\n\na ␛[31mlog\n"


def test_a_command_can_be_asked(program: Program) -> None:
    assert "/stop" in program.run("ask", "/help").stdout


def test_a_question_at_a_terminal_is_answered_there(program: Program) -> None:
    with program.at_terminal("ask", "hello") as session:
        session.expect("You asked: hello")

        assert session.wait() == 0
        assert "> " not in session.text


def test_control_c_ends_a_question_on_the_command_line(program: Program) -> None:
    with program.at_terminal("ask", "slow") as session:
        session.expect("and on and on")
        session.interrupt()

        assert session.wait() == 130


def test_asking_needs_no_data_folder_of_its_own(program: Program) -> None:
    with program.at_terminal("chat") as session:
        session.expect("\n>")

        assert program.run("ask", "hello").returncode == 0

        session.type("/exit\r")

        assert session.wait() == 0


@pytest.mark.parametrize("arguments", [("chat",), ("ask", "")])
def test_without_a_question_there_is_one_line_that_says_so(program: Program, arguments: tuple[str]) -> None:
    done = program.run(*arguments, stdin=" \n")

    assert done.stdout == ""
    assert done.stderr.startswith("botcore: There is no question.")
    assert done.stderr.count("\n") == 1
    assert done.returncode == 65


def test_a_model_that_will_never_answer_ends_it_with_one_line(program: Program) -> None:
    program.environment["BOTCORE_ENGINE__BROKEN"] = "yes"

    done = program.run("chat", stdin="hello")

    assert (done.stdout, done.stderr) == ("", "botcore: The model's files are gone.\n")
    assert done.returncode == 69


def test_an_answer_that_fails_goes_to_the_error_stream_and_the_exit_code(program: Program) -> None:
    done = program.run("ask", "/unknown")

    assert done.stdout == ""
    assert done.stderr == "There is no command /unknown. /help shows them all.\n"
    assert done.returncode == 1
