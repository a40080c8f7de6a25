"""Every command with a bot that is up and without one, as real processes."""

from __future__ import annotations

import json
import signal
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.botcore.owner.installation import ECHO, Installation, eventually, slow_answer


@pytest.fixture(params=["up", "down"])
def either(request: pytest.FixtureRequest, botcore: Installation) -> Iterator[Installation]:
    """Return an installation whose bot is up, and one whose bot is not."""
    if request.param == "down":
        yield botcore
        return
    with botcore.up() as bot:
        yield botcore

        assert bot.poll() is None
        assert botcore.models_loaded == 1


def test_ask_which_remembers_nothing(either: Installation) -> None:
    done = either.run("ask", "what", "is", "it?")

    assert (done.stdout, done.stderr, done.returncode) == ("You asked: what is it?\n", "", 0)
    files = list(either.data_folder.glob("botcore.db*"))
    assert not any(b"what is it?" in file.read_bytes() for file in files)


def test_a_piped_chat(either: Installation) -> None:
    assert either.run("chat", stdin="hello").stdout == "You asked: hello\n"


def test_summarize(either: Installation) -> None:
    (either.folder / "chat.txt").write_text("10:42 Ana: the parser is broken\n10:43 Bo: I'll fix it\n")

    done = either.run("summarize", "chat.txt")

    assert (done.returncode, done.stderr) == (0, "")
    assert "Read 2 of 2 messages" in done.stdout


def test_model_info(botcore: Installation) -> None:
    assert "no, as no bot runs" in botcore.run("model", "info").stdout

    with botcore.up() as bot:
        assert f"no; the bot that runs (process {bot.pid}) has fake" in botcore.run("model", "info").stdout


@pytest.fixture(params=["up", "down"])
def given_up(request: pytest.FixtureRequest, botcore: Installation) -> Iterator[Installation]:
    """Return an installation with a message that was given up, and with a part that may have arrived."""
    botcore.configure("one", more=f'[plugins.echo]\nuse = "{ECHO}"\n')
    with botcore.up():
        (botcore.platform("one") / "lost").touch()
        botcore.post("one", "m1", "hello")
        eventually(lambda: "part_not_delivered" in botcore.log)
        (botcore.platform("one") / "lost").unlink()
        botcore.post("one", "m2", f"/work {botcore.folder / 'mended'}")
        eventually(lambda: botcore.finals("one"))  # the apology
        if request.param == "up":
            yield botcore
    if request.param == "down":
        yield botcore


@pytest.mark.slow
def test_what_was_given_up_is_shown_and_put_back(given_up: Installation) -> None:
    heads, row = given_up.run("outbox").stdout.splitlines()
    assert heads.split() == ["id", "state", "age", "chat"]
    assert row.split()[1] == "unknown"
    assert row.endswith("one/room")

    [entry] = json.loads(given_up.run("outbox", "--text", "--json").stdout)
    assert (entry["state"], entry["text"]) == ("unknown", "You asked: hello")

    message, part = json.loads(given_up.run("dead", "list", "--json").stdout)
    assert (message["id"][0], message["state"]) == ("m", "dead")
    assert (part["id"][0], part["state"]) == ("p", "unknown")
    assert "text" not in message

    apology = given_up.finals("one")
    (given_up.folder / "mended").touch()
    done = given_up.run("dead", "retry", "--all")
    assert done.stdout == f"Put back: {message['id']}, {part['id']}.\n"
    with running(given_up):
        eventually(lambda: len(given_up.finals("one")) == 3)
    assert sorted(given_up.finals("one")) == sorted([*apology, "You asked: hello", "done"])
    assert given_up.run("dead", "list").stdout == "Nothing was given up.\n"


@pytest.mark.slow
def test_what_was_given_up_can_be_dropped_one_by_one(given_up: Installation) -> None:
    message, part = (letter["id"] for letter in json.loads(given_up.run("dead", "list", "--json").stdout))

    assert given_up.run("dead", "drop", part).stdout == f"Dropped: {part}.\n"
    assert [letter["id"] for letter in json.loads(given_up.run("dead", "list", "--json").stdout)] == [message]
    assert given_up.run("outbox").stdout == "Nothing waits to be delivered.\n"


@pytest.mark.parametrize("arguments", [["retry", "m999"], ["retry"], ["drop", "m1", "--all"]])
def test_what_can_not_be_put_back_is_told_in_one_line(botcore: Installation, arguments: list[str]) -> None:
    done = botcore.run("dead", *arguments)

    assert (done.stdout, done.returncode) == ("", 65)
    assert "botcore dead list" in done.stderr
    assert done.stderr.count("\n") == 1


def test_status_of_a_bot_that_runs(botcore: Installation) -> None:
    botcore.configure("one", "two")
    botcore.platform("two").mkdir(parents=True)
    (botcore.platform("two") / "broken").touch()
    with botcore.up() as bot:
        botcore.post("one", "m1", "slow 1000")
        eventually(lambda: botcore.shown("one"))
        told = botcore.run("status")
        report = json.loads(botcore.run("status", "--json").stdout)
        bot.send_signal(signal.SIGTERM)
        bot.send_signal(signal.SIGTERM)

    assert told.returncode == 0
    assert f"process {bot.pid}" in told.stdout
    assert "two: waiting" in told.stdout
    assert report["pid"] == bot.pid
    assert report["engine"]["running"] == 1
    assert report["inbox"] == {"running": 1}
    assert [adapter["state"] for adapter in report["adapters"]] == ["running", "waiting"]


def test_status_without_a_bot(botcore: Installation) -> None:
    done = botcore.run("status")

    assert (done.stdout, done.returncode) == (f"Not running over {botcore.data_folder}.\n", 3)


def test_the_plugins_are_listed_and_one_that_rests_is_asked_again(botcore: Installation) -> None:
    botcore.configure("one", more=f'[plugins.echo]\nuse = "{ECHO}"\n')
    assert "echo         /echo /wait /work\n" in botcore.run("plugins", "list").stdout
    assert botcore.run("plugins", "enable", "echo").returncode == 65

    with botcore.up():
        for number in range(2):  # with three tries and two it fails often enough
            botcore.post("one", f"m{number}", "/work never")
        eventually(lambda: "plugin_quarantined" in botcore.log)

        assert "left alone" in botcore.run("plugins", "list").stdout
        assert "echo fails every time" in botcore.run("status").stdout
        assert botcore.run("plugins", "enable", "echo").stdout == "echo is asked again.\n"
        assert "left alone" not in botcore.run("plugins", "list").stdout


def test_the_socket_is_for_this_user_only(botcore: Installation) -> None:
    with botcore.up():
        socket = botcore.data_folder / "control.sock"

        assert stat.S_IMODE(socket.stat().st_mode) == 0o600
    assert not socket.exists()


def test_the_socket_of_a_killed_owner_misleads_nobody(botcore: Installation) -> None:
    with botcore.up() as bot:
        bot.kill()
        bot.wait(10)

        assert (botcore.data_folder / "control.sock").exists()
        assert botcore.run("status").returncode == 3
        assert botcore.run("ask", "hello").stdout == "You asked: hello\n"
    with botcore.up():
        assert botcore.run("status").returncode == 0


def test_a_long_path_of_the_data_folder_is_no_obstacle(tmp_path: Path) -> None:
    botcore = Installation(tmp_path, tmp_path / ("long" * 30))
    botcore.configure("one")
    with botcore.up() as bot:
        assert json.loads(botcore.run("status", "--json").stdout)["pid"] == bot.pid
        short = (botcore.data_folder / "control.sock").readlink()
        assert stat.S_IMODE(short.parent.stat().st_mode) == 0o700
    assert not short.parent.exists()


def test_commands_at_the_same_time_load_one_model(botcore: Installation) -> None:
    with ThreadPoolExecutor() as threads:
        answers = list(threads.map(lambda _: botcore.run("ask", "slow 500").stdout, range(3)))

    assert answers == [slow_answer(500) + "\n"] * 3
    assert botcore.models_loaded == 1


def test_an_interrupted_question_stops_the_model(botcore: Installation) -> None:
    with botcore.up():
        question = botcore.start("ask", "slow 1000")
        eventually(lambda: running_answers(botcore) == 1)
        question.send_signal(signal.SIGINT)
        question.communicate(timeout=20)

        assert question.returncode == 130
        eventually(lambda: running_answers(botcore) == 0)


def running_answers(botcore: Installation) -> int:
    running: int = json.loads(botcore.run("status", "--json").stdout)["engine"]["running"]
    return running


@contextmanager
def running(botcore: Installation) -> Iterator[None]:
    """Have a bot up, if none is."""
    if botcore.run("status").returncode == 0:
        yield
        return
    with botcore.up():
        yield
